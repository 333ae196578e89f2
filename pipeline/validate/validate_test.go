package validate

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"dagger/dockyard/pipeline/report"
)

// committed is the catalogue of this project.
const committed = "../../servers"

// TestCommitted checks the project's own catalogue, and that doing so stays quick with much to spare for slow machines.
func TestCommitted(t *testing.T) {
	begun := time.Now()
	c, problems := Catalogue(os.DirFS(committed), "servers")
	r := Report(c, problems, "servers")
	took := time.Since(begun)
	t.Logf("%d servers: %v", len(c.Servers), took)
	if r.Status != report.Passed {
		t.Errorf("got %s, want no problem:\n%s", r.Status, r.Summary())
	}
	if limit := time.Second; took > limit {
		t.Errorf("took %v, want at most %v", took, limit)
	}
}

// BenchmarkCommitted measures `validate` of the project's own catalogue in this process, reading from disk included.
func BenchmarkCommitted(b *testing.B) {
	for b.Loop() {
		c, problems := Catalogue(os.DirFS(committed), "servers")
		if r := Report(c, problems, "servers"); len(r.Subjects) == 0 {
			b.Fatal("nothing was checked")
		}
	}
}

const npmSpec = `metadata: {name: a, description: A server, protocol: npx}
spec: {package: left, version: 1.0.0, overrides: [{package: right, version: 2.0.0, reason: a test of an override that the lock lacks}]}
provenance: {repository_uri: "https://example.com/a/a"}
`

const npmLock = `{"name": "a", "lockfileVersion": 3, "requires": true,
"packages": {"": {"name": "a", "dependencies": {"left": "1.0.0"}},
"node_modules/left": {"version": "1.0.0", "integrity": "sha512-` + "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==" + `"}},
"dockyard": {"before": "2026-11-17T00:00:00Z", "npm": "11.0.0"}}
`

const pythonSpec = `metadata: {name: b, description: A server, protocol: uvx}
spec: {package: left, version: 1.0.0, constraints: [{spec: "right<3", reason: a test of a constraint that the lock lacks}]}
provenance: {repository_uri: "https://example.com/b/b"}
`

const goAttested = `metadata: {name: c, description: A server, protocol: go}
spec: {package: example.com/c/c, version: v1.0.0}
provenance: {repository_uri: "https://example.com/c/c",
  attestations: {available: true}}
`

// TestLocks: what is wrong with a lock is told of the file that is wrong, and never of the server whose spec is broken.
func TestLocks(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  []string // parts of the summary, in order
	}{
		{"no lock", map[string]string{"a/spec.yaml": npmSpec, "b/spec.yaml": pythonSpec},
			[]string{"FAILED    a\n", "servers/a/package-lock.json: there is no lock; run: dagger call lock --server=a", "servers/b/requirements.lock: there is no lock"}},
		{"no lock of system packages", map[string]string{"a/spec.yaml": strings.Replace(npmSpec, "version: 1.0.0,", "version: 1.0.0, system_packages: [git],", 1), "a/package-lock.json": npmLock},
			[]string{"servers/a/system.lock.json: there is no lock"}},
		{"stale", map[string]string{"a/spec.yaml": npmSpec, "a/package-lock.json": npmLock},
			[]string{"servers/a/package-lock.json", "run: dagger call lock --server=a"}},
		{"not a lock", map[string]string{"a/spec.yaml": npmSpec, "a/package-lock.json": "{", "b/spec.yaml": pythonSpec, "b/requirements.lock": "left"},
			[]string{"servers/a/package-lock.json", "servers/b/requirements.lock"}},
		{"broken spec", map[string]string{"a/spec.yaml": "metadata: {name: a}\n"}, []string{"servers/a/spec.yaml", "1 failed"}},
		{"attestations of a Go module", map[string]string{"c/spec.yaml": goAttested}, []string{"FAILED    c\n", "servers/c/spec.yaml:4: provenance.attestations: expects attestations, and Go modules have none", "remove attestations", "1 failed"}},
		{"nothing", map[string]string{}, []string{"FAILED    servers\n", "no server here", "1 failed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, text := range tc.files {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			c, problems := Catalogue(tree, "servers")
			rest := Report(c, problems, "servers").Summary()
			for _, want := range tc.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("got\n%s\nwant %q in it", rest, want)
				}
				rest = after
			}
		})
	}
}
