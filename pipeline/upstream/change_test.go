package upstream

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/pylock"
)

func TestCompare(t *testing.T) {
	deps := func(ids ...string) Dependencies {
		d := Dependencies{}
		for _, id := range ids {
			i := strings.LastIndex(id, "@")
			d.Add(id[:i], id[i+1:])
		}
		return d
	}
	before := State{
		Release:      Release{Version: "1.0.0", Repository: "https://github.com/a/b", Publishers: []string{"amy"}, Attested: true},
		Dependencies: deps("x@1.0.0", "@s/y@2.0.0", "z@1.0.0", "z@2.0.0", "same@1.0.0"),
		Scripts:      []string{"sharp@1.0.0"},
		Tools:        deps("setuptools@80.0.0", "wheel@0.45.0"),
	}
	after := State{
		Release:      Release{Version: "1.1.0", Repository: "https://github.com/evil/b", Publishers: []string{"amy", "mallory"}, Scripts: []string{"postinstall: node x.js"}, Deprecated: "use c"},
		Dependencies: deps("x@1.1.0", "z@2.0.0", "new@1.0.0", "same@1.0.0"),
		Scripts:      []string{"sharp@2.0.0", "@q/new@1.0.0"},
		Tools:        deps("setuptools@81.0.0", "flit-core@3.12.0"),
	}
	got := Compare(before, after)
	want := Change{
		From: "1.0.0", To: "1.1.0", Added: []string{"new@1.0.0"}, Removed: []string{"@s/y@2.0.0"}, Moved: []string{"x: 1.0.0 to 1.1.0", "z: 1.0.0,2.0.0 to 2.0.0"},
		Suspicious: []string{
			"the package's repository was https://github.com/a/b and is https://github.com/evil/b", "mallory can publish the package now",
			"the package has a new install script: postinstall: node x.js", "a dependency with an install script appeared: @q/new@1.0.0",
		},
		LostAttestation: true, Deprecated: "use c", Tools: Moves{[]string{"flit-core@3.12.0"}, []string{"wheel@0.45.0"}, []string{"setuptools: 80.0.0 to 81.0.0"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	facts := strings.Join(got.Facts(), "\n")
	for _, w := range []string{"1.0.0 to 1.1.0", "the new one has none", "dependencies added (1): new@1.0.0", "dependencies moved (2)", "build requirements moved (1): setuptools: 80.0.0 to 81.0.0", "build requirements added (1)"} {
		if !strings.Contains(facts, w) {
			t.Errorf("facts: got\n%s\nwant %q in them", facts, w)
		}
	}
	got.FromSource = true
	if facts := strings.Join(got.Facts(), "\n"); !strings.Contains(facts, "built from its source distribution, by code of its own") {
		t.Errorf("from source: got\n%s", facts)
	}
	if facts := (Change{From: "1.0.0", To: "1.0.0"}).Facts(); len(facts) > 0 {
		t.Errorf("nothing newer: got %q", facts)
	}
	if got := Compare(before, before); len(got.Suspicious)+len(got.Added)+len(got.Removed)+len(got.Moved) > 0 || got.LostAttestation {
		t.Errorf("no change: got %+v", got)
	}
}

// TestLocks reads the locks of the project's own catalogue.
func TestLocks(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.Open("../../servers/" + name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	npm, problems := npmlock.Read("lock", open("pdf-reader/package-lock.json"))
	if npm == nil {
		t.Fatal(problems)
	}
	d, _ := NPMLock(npm, "@sylphx/pdf-reader-mcp")
	if len(d) == 0 || d["@sylphx/pdf-reader-mcp"] != nil {
		t.Errorf("npm: got %v", d)
	}
	python, problems := pylock.Read("lock", open("time/requirements.lock"))
	if python == nil {
		t.Fatal(problems)
	}
	if d := PythonLock(python, "mcp_server_time"); len(d["mcp"]) != 1 || d["mcp-server-time"] != nil {
		t.Errorf("PyPI: got %v", d)
	}
}
