package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRefusals gives the commands what they must refuse and expects errors that tell what to do. Each case changes its own copy of the
// project's catalogue. They run one by one: a call that fails cancels what it was doing, and with custom CA certificates the engine then fails
// other calls that were waiting for the same work.
func TestRefusals(t *testing.T) {
	const lock = "servers/sequential-thinking/package-lock.json"
	const spec = "servers/sequential-thinking/spec.yaml"
	build := []string{"build", "--server=sequential-thinking", "digest"}
	for _, c := range []struct {
		name string
		edit func(t *testing.T, c checkout)
		args []string
		want []string
	}{
		{
			name: "unknown server", args: []string{"build", "--server=contxt7", "digest"},
			want: []string{`finding server "contxt7"`, "nearest: context7", "dagger call servers"},
		},
		{
			name: "missing lock", args: build,
			edit: func(t *testing.T, c checkout) { remove(t, filepath.Join(c.dir, lock)) },
			want: []string{lock, "there is no lock", "run: dagger call lock --server=sequential-thinking"},
		},
		{
			name: "stale lock", args: build,
			edit: func(t *testing.T, c checkout) { c.edit(t, spec, "version: 2026.8.31", "version: 2026.7.4") },
			want: []string{lock, "the lock is stale", "2026.7.4", "run: dagger call lock --server=sequential-thinking"},
		},
		{
			name: "entry without integrity", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, lock, regexp.MustCompile(`"integrity": "sha512-[^"]*",\n\s*`), "")
			},
			want: []string{lock, "node_modules/", "has no integrity"},
		},
		{
			name: "tarball with another hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, lock, regexp.MustCompile(`"integrity": "sha512-[^"]*"`), `"integrity": "sha512-`+strings.Repeat("A", 86)+`=="`)
			},
			want: []string{"digest mismatch", "got sha512:", "want sha512:" + strings.Repeat("0", 128)},
		},
		{
			name: "spec mistakes, all at once", args: []string{"validate", "assert"},
			edit: func(t *testing.T, c checkout) {
				c.edit(t, spec, "protocol: npx", "protcol: npx")
				c.edit(t, spec, "version: 2026.8.31", "version: latest")
			},
			want: []string{spec + ":4:", "protcol", "protocol", spec + ":7: spec.version:", "latest"},
		},
		{
			name: "unknown platform", args: append([]string{"--platforms=linux/riscv64"}, build...),
			want: []string{`"linux/riscv64"`, "linux/amd64, linux/arm64"},
		},
		{
			name: "platform that was not built", args: []string{"--platforms=linux/amd64", "build", "--server=sequential-thinking", "tarball", "--platform=linux/arm64", "size"},
			want: []string{`"linux/arm64"`, "one of those built: linux/amd64"},
		},
		{
			name: "registry down", args: append([]string{"--npmrc=file:NPMRC"}, build...),
			want: []string{"127.0.0.1:9", "sequential-thinking", "5 tries"},
		},
		{
			name: "bin that is not there", args: build,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, spec, "version: 2026.8.31", "version: 2026.8.31\n  entrypoint: other")
			},
			want: []string{`has no executable "other"`, "mcp-server-sequential-thinking"},
		},
		{
			name: "cut-off that is no time", args: []string{"lock", "--server=sequential-thinking", "--before=yesterday"},
			want: []string{`got "yesterday"`, "2026-11-17"},
		},
		{
			name: "age that is none", args: []string{"lock", "--min-age=soon"},
			want: []string{`reading --min-age: got "soon"`, "7d"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			co := here(t).catalogue(t)
			if c.edit != nil {
				c.edit(t, co)
			}
			npmrc := filepath.Join(t.TempDir(), "npmrc")
			if err := os.WriteFile(npmrc, []byte("registry=http://127.0.0.1:9/\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args := slices.Clone(c.args)
			for i := range args {
				args[i] = strings.Replace(args[i], "file:NPMRC", "file://"+npmrc, 1)
			}
			co.refused(t, args, c.want...)
		})
	}
}

func remove(t testing.TB, name string) {
	t.Helper()
	if _, err := os.Lstat(name); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// rewrite replaces the first match of a pattern in a file of the checkout.
func (c checkout) rewrite(t testing.TB, name string, pattern *regexp.Regexp, to string) {
	t.Helper()
	name = filepath.Join(c.dir, name)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := pattern.FindIndex(raw)
	if at == nil {
		t.Fatalf("%s has no match of %v", name, pattern)
	}
	if err := os.WriteFile(name, append(append(append([]byte{}, raw[:at[0]]...), to...), raw[at[1]:]...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// removeAll empties a folder, which stays.
func removeAll(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}
