package sdist

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/wheel"
)

const pkgInfo = "Metadata-Version: 2.1\nName: Some.MCP\nVersion: 1.0\nSummary: a server\nProject-URL: Source, https://git.test/x\nLicense: MIT\n\nmore\n"

// factsOf runs the subcommand for some-mcp 1.0 in an archive of these entries.
func factsOf(t *testing.T, change func(*sdist.Plan), entries ...tar.Header) (wheel.Facts, error) {
	t.Helper()
	dir := t.TempDir()
	raw := targz(t, entries...)
	put(t, filepath.Join(dir, "some_mcp-1.0.tar.gz"), raw)
	plan := sdist.Plan{SchemaVersion: sdist.SchemaVersion, Sdists: []sdist.Item{{Name: "some-mcp", Version: "1.0", SHA256: []string{sum(raw)}}}}
	if change != nil {
		change(&plan)
	}
	text, err := sdist.Encode(plan)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "plan.json"), text)
	out := filepath.Join(dir, "facts.json")
	var got wheel.Facts
	if err := FactsCommand([]string{"--plan=" + filepath.Join(dir, "plan.json"), "--sdists=" + dir, "--out=" + out}, t.Output()); err != nil {
		return got, err
	}
	answer, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return got, json.Unmarshal(answer, &got)
}

func TestFacts(t *testing.T) {
	info := file("some_mcp-1.0/PKG-INFO", pkgInfo)
	for name, c := range map[string]struct {
		more []tar.Header
		want []string
	}{
		"no scripts": {nil, nil},
		"setuptools": {[]tar.Header{file("some_mcp-1.0/Some_MCP.egg-info/entry_points.txt", "[console_scripts]\nb = x:main\na = x:main\n[other]\nc = x:main\n")}, []string{"a", "b"}},
		"below src":  {[]tar.Header{file("some_mcp-1.0/src/some_mcp.egg-info/entry_points.txt", "[console_scripts]\na = x:main\n")}, []string{"a"}},
		"of another": {[]tar.Header{file("some_mcp-1.0/other.egg-info/entry_points.txt", "[console_scripts]\na = x:main\n")}, nil},
		"deep below": {[]tar.Header{file("some_mcp-1.0/a/b/some_mcp.egg-info/entry_points.txt", "[console_scripts]\na = x:main\n")}, nil},
		"PEP 621":    {[]tar.Header{file("some_mcp-1.0/pyproject.toml", "[project.scripts]\nsome-mcp = 'x:main'\n")}, []string{"some-mcp"}},
		"Poetry":     {[]tar.Header{file("some_mcp-1.0/pyproject.toml", "[tool.poetry.scripts]\nsome-mcp = {callable = 'x:main'}\n")}, []string{"some-mcp"}},
	} {
		got, err := factsOf(t, nil, append(c.more, info)...)
		want := wheel.Facts{SchemaVersion: 1, Name: "Some.MCP", Version: "1.0", Description: "a server", License: "MIT", Repository: "https://git.test/x", Scripts: c.want}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestFactsRefused(t *testing.T) {
	info := file("some_mcp-1.0/PKG-INFO", pkgInfo)
	for name, c := range map[string]struct {
		change  func(*sdist.Plan)
		entries []tar.Header
		kind    error
		want    string
	}{
		"no PKG-INFO":      {nil, []tar.Header{file("some_mcp-1.0/setup.py", "")}, ErrArchive, "no PKG-INFO"},
		"it is a link":     {nil, []tar.Header{{Name: "some_mcp-1.0/PKG-INFO", Typeflag: tar.TypeSymlink, Linkname: "x"}}, ErrArchive, "is a link"},
		"twice":            {nil, []tar.Header{info, info}, ErrArchive, "there twice"},
		"of another":       {nil, []tar.Header{file("some_mcp-1.0/PKG-INFO", strings.Replace(pkgInfo, "MCP", "thing", 1))}, wheel.ErrPackage, "its PKG-INFO is of Some.thing==1.0, want some-mcp==1.0"},
		"another version":  {nil, []tar.Header{file("some_mcp-1.0/PKG-INFO", strings.Replace(pkgInfo, "Version: 1.0", "Version: 1.1", 1))}, wheel.ErrPackage, "Some.MCP==1.1"},
		"no headers":       {nil, []tar.Header{file("some_mcp-1.0/PKG-INFO", "nothing\n")}, wheel.ErrWheel, "PKG-INFO"},
		"oversized":        {nil, []tar.Header{file("some_mcp-1.0/PKG-INFO", strings.Repeat("a", maxInfo+1))}, ErrLimit, "PKG-INFO"},
		"not TOML":         {nil, []tar.Header{info, file("some_mcp-1.0/pyproject.toml", "[")}, ErrArchive, "pyproject.toml"},
		"a script's name":  {nil, []tar.Header{info, file("some_mcp-1.0/some_mcp.egg-info/entry_points.txt", "[console_scripts]\na;b = x:main\n")}, wheel.ErrWheel, "NAME = MODULE:FUNCTION"},
		"leaves":           {nil, []tar.Header{info, file("some_mcp-1.0/../../x", "")}, ErrArchive, "some-mcp==1.0: "},
		"another hash":     {func(p *sdist.Plan) { p.Sdists[0].SHA256[0] = strings.Repeat("0", 64) }, []tar.Header{info}, ErrSource, "has SHA-256"},
		"several of them":  {func(p *sdist.Plan) { p.Sdists = append(p.Sdists, p.Sdists[0]) }, []tar.Header{info}, nil, "got 2 source distributions, want one"},
		"a plan of others": {func(p *sdist.Plan) { p.SchemaVersion = 7 }, []tar.Header{info}, nil, "schemaVersion 7"},
	} {
		_, err := factsOf(t, c.change, c.entries...)
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
