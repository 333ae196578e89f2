package catalogue

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

var update = flag.Bool("update", false, "write the golden files")

// server is a spec without problems for a protocol and a name.
func server(protocol, name string) string {
	version := "1.2.3"
	pkg := name + "-mcp"
	if protocol == "go" {
		version, pkg = "v1.2.3", "example.com/owner/"+name
	}
	return fmt.Sprintf(`metadata: {name: %s, description: The server %s, protocol: %s}
spec: {package: %q, version: %q}
provenance: {repository_uri: "https://example.com/owner/%s"}
`, name, name, protocol, pkg, version, name)
}

// tree makes a file system from path and content pairs.
func tree(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

func TestLoad(t *testing.T) {
	c, problems := Load(tree(
		"context7/spec.yaml", server("npx", "context7"),
		"context7/package-lock.json", "{}",
		"context7/surface.lock.json", "{}",
		"aws-docs/spec.yaml", strings.Replace(server("uvx", "aws-docs"), `"1.2.3"`, `"1.2.3", system_packages: [git]`, 1),
		"aws-docs/notes/ignored.txt", "",
		"netbird/spec.yaml", server("go", "netbird"),
		"netbird/go.mod", "",
		"README.md", "",
		".git/spec.yaml", "",
	), Options{Label: "servers"})
	if len(problems) > 0 {
		t.Fatalf("got problems %v", problems)
	}
	if got, want := dirs(c.Servers), []string{"aws-docs", "context7", "netbird"}; !slices.Equal(got, want) {
		t.Fatalf("got servers %q, want %q", got, want)
	}
	for i, want := range []struct {
		files, locks, missing []string
		ref                   string
	}{
		{[]string{"spec.yaml"}, []string{PythonLock}, []string{PythonLock, SystemLock}, "pypi:aws-docs-mcp@1.2.3"},
		{[]string{"package-lock.json", "spec.yaml", "surface.lock.json"}, []string{NPMLock}, nil, "npm:context7-mcp@1.2.3"},
		{[]string{"go.mod", "spec.yaml"}, []string{GoMod, GoSum}, []string{GoSum}, "go:example.com/owner/netbird@v1.2.3"},
	} {
		s := c.Servers[i]
		if !slices.Equal(s.Files, want.files) || !slices.Equal(s.LockFiles(), want.locks) || !slices.Equal(s.MissingLocks(), want.missing) || s.Spec.Ref() != want.ref {
			t.Errorf("%s: got files %q, locks %q, missing %q, ref %s; want %v", s.ID, s.Files, s.LockFiles(), s.MissingLocks(), s.Spec.Ref(), want)
		}
	}
	if s := c.Servers[1]; !s.Has(SurfaceLock) || s.Has(SystemLock) || s.Path(NPMLock) != "context7/package-lock.json" {
		t.Errorf("got %q at %q, want the surface lock, no system lock and a path inside the tree", s.Files, s.Path(NPMLock))
	}
}

// TestLoadPeer: a checkout of a catalogue in the other layout, with folders that are no servers and laxities that only warn.
func TestLoadPeer(t *testing.T) {
	c, problems := Load(tree(
		"npx/context7/spec.yaml", server("npx", "context7"),
		"uvx/pagerduty-mcp/spec.yaml", server("uvx", "pagerduty"),
		"uvx/README.md", "",
		"cmd/main.go", "",
		"docs/x.md", "",
	), Options{})
	if len(problems) != 1 || !problems[0].Warning || problems[0].File != "uvx/pagerduty-mcp/spec.yaml" || problems[0].Line != 1 || problems[0].Field != "metadata.name" {
		t.Errorf("got %v, want one warning about the name", problems)
	}
	s, err := c.Find("pagerduty-mcp")
	if err != nil || s.Dir != "uvx/pagerduty-mcp" || s.Spec.ImageName("r/p") != "r/p/uvx/pagerduty-mcp" {
		t.Errorf("got %+v, %v, want the folder as the id", s, err)
	}
}

func TestLoadProblems(t *testing.T) {
	link := tree()
	link["a/spec.yaml"] = &fstest.MapFile{Data: []byte("b/spec.yaml"), Mode: fs.ModeSymlink}
	crowded := tree("a/spec.yaml", server("npx", "a"))
	for i := range MaxEntries {
		crowded[fmt.Sprintf("a/f%d", i)] = &fstest.MapFile{}
	}
	many := tree()
	for i := range MaxServers + 1 {
		many[fmt.Sprintf("s%d/spec.yaml", i)] = &fstest.MapFile{}
	}
	good := server("npx", "good")
	for _, tc := range []struct {
		name string
		tree fs.FS
		want []string // the beginning of each problem; "warning " before those that do not block
	}{
		{"empty", tree(), []string{"servers: no server here, want folders NAME or PROTOCOL/NAME with a spec.yaml; give the folder"}},
		{"missing", os.DirFS("testdata/does-not-exist"), []string{"servers: reading the folder: no such file or directory"}},
		{"one level too high", tree("servers/good/spec.yaml", good), []string{"servers: no server here", "warning servers/servers: the folder has no spec.yaml"}},
		{"folder without spec", tree("good/spec.yaml", good, "other/x", ""), []string{"warning servers/other: the folder has no spec.yaml and is left out"}},
		{"protocol folder without spec", tree("npx/good/spec.yaml", good, "npx/other/x", ""), []string{"warning servers/npx/other: the folder has no spec.yaml"}},
		{"server named as a protocol", tree("npx/spec.yaml", server("npx", "npx"), "good/spec.yaml", good), []string{`servers/npx/spec.yaml: is the spec of a server named "npx"`}},
		{"protocol of another folder", tree("uvx/good/spec.yaml", good), []string{`servers/uvx/good/spec.yaml:1: metadata.protocol: got "npx", want "uvx"`}},
		{"name of another folder", tree("other/spec.yaml", good), []string{`servers/other/spec.yaml:1: metadata.name: got "good", want "other"`}},
		{"folder name", tree("npx/Good_1/spec.yaml", good), []string{`servers/npx/Good_1: the folder is named "Good_1", want lowercase`, "warning servers/npx/Good_1/spec.yaml:1: metadata.name"}},
		{"hostile folder name", tree("a\x1b[2J/x", "", "good/spec.yaml", good), []string{`warning servers/a\x1b[2J: the folder has no`}},
		{"link", link, []string{"servers/a/spec.yaml: is no regular file; put the file itself here"}},
		{"folder as spec", tree("a/spec.yaml/x", ""), []string{"servers/a/spec.yaml: is no regular file"}},
		{"crowded", crowded, []string{"servers/a: has 1025 entries, want at most 1024"}},
		{"many", many, []string{"servers: has 4097 folders, want at most 4096"}},
		{"big", tree("a/spec.yaml", strings.Repeat("#", 1<<20)), []string{"servers/a/spec.yaml: the file has 262145 bytes, want at most 262144"}},
		{"duplicate", tree("good/spec.yaml", good, "npx/good/spec.yaml", good), []string{`servers/npx/good/spec.yaml:1: metadata.name: the id "good" is taken by servers/good; rename`}},
		{"unreadable", failing{tree("a/spec.yaml", good)}, []string{"servers/a/spec.yaml: opening the file: permission denied"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, problems := Load(tc.tree, Options{Label: "servers"})
			ok := len(problems) == len(tc.want)
			for i := 0; ok && i < len(problems); i++ {
				want, warning := strings.CutPrefix(tc.want[i], "warning ")
				ok = strings.HasPrefix(problems[i].String(), want) && problems[i].Warning == warning
			}
			if !ok {
				t.Errorf("got %v, want %q", problems, tc.want)
			}
		})
	}
}

// failing is a tree whose files cannot be opened.
type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, SpecFile) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func TestFind(t *testing.T) {
	c, _ := Load(tree(
		"context7/spec.yaml", server("npx", "context7"),
		"aws-docs/spec.yaml", server("uvx", "aws-docs"),
		"aws-diagram/spec.yaml", server("uvx", "aws-diagram"),
		"broken/spec.yaml", strings.Replace(server("npx", "broken"), "1.2.3", "latest", 1),
		"npx/both/spec.yaml", server("npx", "both"),
		"uvx/both/spec.yaml", server("uvx", "both"),
	), Options{})
	for _, tc := range []struct {
		name     string
		dir      string
		category error
		text     string
	}{
		{name: "context7", dir: "context7"},
		{name: "npx/both", dir: "npx/both"},
		{"contxt7", "", ErrUnknownServer, `finding server "contxt7": unknown server in a catalogue of 6; nearest: context7; list all with: dagger call servers`},
		{"npx/context", "", ErrUnknownServer, "nearest: context7;"},
		{"aws", "", ErrUnknownServer, "nearest: aws-diagram, aws-docs;"},
		{"zzz", "", ErrUnknownServer, "in a catalogue of 6; list all"},
		{"\x1b[2J", "", ErrUnknownServer, `finding server "\x1b[2J"`},
		{"", "", ErrUnknownServer, "list all"},
		{"both", "", problem.ErrInvalid, "npx/both, uvx/both all have this id; name one by its path"},
		{"broken", "", problem.ErrInvalid, `broken/spec.yaml:2: spec.version: got "latest"`},
	} {
		s, err := c.Find(tc.name)
		if !errors.Is(err, tc.category) || s.Dir != tc.dir || err != nil && !strings.Contains(err.Error(), tc.text) {
			t.Errorf("Find(%q): got %q, %v; want %q, %v with %q", tc.name, s.Dir, err, tc.dir, tc.category, tc.text)
		}
	}
}

func TestFindSuggestsFew(t *testing.T) {
	files := tree()
	for i := range 9 {
		name := fmt.Sprintf("demo-%d", i)
		files[name+"/spec.yaml"] = &fstest.MapFile{Data: []byte(server("npx", name))}
	}
	c, _ := Load(files, Options{})
	if _, err := c.Find("demo"); err == nil || !strings.Contains(err.Error(), "demo-0, demo-1, demo-2, demo-3, demo-4; list") {
		t.Errorf("got %v, want five suggestions", err)
	}
}

// TestLoadScale keeps "validate" of a large catalogue within a second with much to spare for slow machines.
func TestLoadScale(t *testing.T) {
	files := tree()
	for i := range 500 {
		name := fmt.Sprintf("demo-%d", i)
		files[name+"/spec.yaml"] = &fstest.MapFile{Data: []byte(server("npx", name))}
	}
	start := time.Now()
	c, problems := Load(files, Options{})
	took := time.Since(start)
	if len(c.Servers) != 500 || len(problems) > 0 {
		t.Fatalf("got %d servers and %v", len(c.Servers), problems)
	}
	t.Logf("500 servers: %v", took)
	if limit := 5 * time.Second; took > limit {
		t.Errorf("took %v, want at most %v", took, limit)
	}
}

func TestSpecOfProblemServerIsAbsent(t *testing.T) {
	c, _ := Load(tree("Bad/spec.yaml", server("npx", "Bad")), Options{})
	s := c.Servers[0]
	if s.Spec != nil || s.LockFiles() != nil || s.MissingLocks() != nil || len(s.Found.Blocking()) == 0 {
		t.Errorf("got %+v, want no spec", s)
	}
	if spec.ValidName("Bad") || spec.ValidName(strings.Repeat("a", spec.MaxName+1)) {
		t.Error("accepted a bad name")
	}
}
