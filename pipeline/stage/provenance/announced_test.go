package provenance_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
)

// announced runs the subcommand for widgets-mcp 1.1.1.
func announced(t *testing.T, more []string, addresses ...string) (pypi.Announcement, error) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "announced.json")
	args := []string{"--package=Widgets_MCP[cli]", "--version=1.1.1", "--out=" + out}
	args = append(args, more...)
	for _, a := range addresses {
		args = append(args, "--index="+a)
	}
	if err := stage.AnnouncedCommand(args, t.Output()); err != nil {
		return pypi.Announcement{}, err
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var a pypi.Announcement
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	return a, nil
}

// TestAnnounced counts the wheels of one release that have attestations, in both forms of an index.
func TestAnnounced(t *testing.T) {
	const other = "widgets_mcp-1.1.1-py3-none-manylinux2014_x86_64.whl"
	for name, c := range map[string]struct {
		change                  func(x *index)
		files, attested, silent int
		more                    []string
	}{
		"all":               {func(x *index) { x.objects[wheelName], x.objects[other] = 1, 1 }, 2, 2, 0, nil},
		"one of two":        {func(x *index) { x.objects[wheelName] = 1 }, 2, 1, 0, nil},
		"none":              {func(*index) {}, 2, 0, 0, nil},
		"a mirror":          {func(x *index) { x.mirror = true }, 2, 0, 2, nil},
		"in HTML":           {func(x *index) { x.html = true; x.objects[wheelName] = 1 }, 2, 1, 1, nil},
		"one was withdrawn": {func(x *index) { x.objects[wheelName] = 1; x.files["widgets-mcp"][1].yanked = "broken" }, 1, 1, 0, nil},
		"all were withdrawn": {func(x *index) {
			x.objects[wheelName] = 1
			for _, f := range x.files["widgets-mcp"] {
				f.yanked = true
			}
		}, 2, 1, 0, nil},
		"source distributions alone": {func(x *index) {
			x.files["widgets-mcp"] = x.files["widgets-mcp"][3:]
			x.objects["widgets_mcp-1.1.1.tar.gz"] = 1
		}, 1, 1, 0, nil},
		"a source distribution beside wheels": {func(x *index) { x.objects[wheelName] = 1 }, 1, 0, 0, []string{"--source"}},
		"another release": {func(x *index) {
			x.files["widgets-mcp"] = x.files["widgets-mcp"][2:3]
			x.objects["widgets_mcp-1.1.10-py3-none-any.whl"] = 1
		}, 0, 0, 0, nil},
		"no such project": {func(x *index) { delete(x.files, "widgets-mcp") }, 0, 0, 0, nil},
	} {
		x := newIndex(t)
		x.add(t, "widgets-mcp", "1.1.1", wheelName, other)
		x.add(t, "widgets-mcp", "1.1.10", "widgets_mcp-1.1.10-py3-none-any.whl")
		x.add(t, "widgets-mcp", "1.1.1", "widgets_mcp-1.1.1.tar.gz")
		c.change(x)
		got, err := announced(t, c.more, newIndex(t).URL, x.URL)
		want := pypi.Announcement{SchemaVersion: 1, Project: "widgets-mcp", Version: "1.1.1", Files: c.files, Attested: c.attested, Silent: c.silent}
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

// TestAnnouncedUnanswered: no answer is an error, and never "no attestations".
func TestAnnouncedUnanswered(t *testing.T) {
	const page = "/py/simple/widgets-mcp/"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"refused":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "403"},
		"malformed": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{")) }, "the page of widgets-mcp"},
		"oversized": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 64<<20+1)) }, "MaxBytes"},
	} {
		x := newIndex(t)
		x.add(t, "widgets-mcp", "1.1.1", wheelName)
		x.replace[page] = c.answer
		if _, err := announced(t, nil, x.URL); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "1.1.1") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
