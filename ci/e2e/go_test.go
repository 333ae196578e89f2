package e2e

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

const (
	goSpec = "servers/filesystem-go/spec.yaml"
	goMod  = "servers/filesystem-go/go.mod"
	goSum  = "servers/filesystem-go/go.sum"
)

// isProgram tells whether an entry point is a Go server: the program itself.
func isProgram(entrypoint []string) bool {
	return len(entrypoint) > 0 && entrypoints[entrypoint[0]] == "" && path.Dir(entrypoint[0]) == "/app/bin"
}

// checkStatic expects an image whose one ELF file is a static program for the architecture, with no C library beside it.
func checkStatic(t *testing.T, img v1.Image, program, arch string) {
	t.Helper()
	r := mutate.Extract(img)
	defer r.Close()
	found := 0
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 4)
		if _, err := io.ReadFull(tr, head); err != nil || string(head) != elf.ELFMAG {
			continue
		}
		found++
		rest, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(append(head, rest...)))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; f.Machine != want || "/"+h.Name != program {
			t.Errorf("%s: /%s is an ELF file for %v, want none but %s, for %v", arch, h.Name, f.Machine, program, want)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("%s: /%s has a segment %v, want a static program", arch, h.Name, p.Type)
			}
		}
	}
	if found != 1 {
		t.Errorf("%s: got %d ELF files, want the program alone", arch, found)
	}
}

// TestGoLockTwice makes the lock of a server again with the cut-off it records, and expects the same bytes.
func TestGoLockTwice(t *testing.T) {
	c := here(t).catalogue(t)
	mod, sum := c.read(t, goMod), c.read(t, goSum)
	cutoff := regexp.MustCompile(`"before":"([^"]+)"`).FindStringSubmatch(mod)
	if cutoff == nil {
		t.Fatalf("%s records no cut-off", goMod)
	}
	remove(t, c.dir+"/"+goMod)
	remove(t, c.dir+"/"+goSum)
	c.call(t, "--auto-apply", "lock", "--server=filesystem-go", "--before="+cutoff[1])
	if got := c.read(t, goMod); got != mod {
		t.Errorf("go.mod: got\n%s\nwant\n%s", got, mod)
	}
	if got := c.read(t, goSum); got != sum {
		t.Errorf("go.sum: got\n%s\nwant\n%s", got, sum)
	}
	if strings.Contains(mod+sum, "://") {
		t.Error("the lock holds an address")
	}
}

// TestGoOverride raises a dependency and the toolchain.
func TestGoOverride(t *testing.T) {
	c := here(t).catalogue(t)
	c.edit(t, goSpec, "version: v0.11.1", `version: v0.11.1
  overrides:
    - {package: golang.org/x/net, version: v0.43.0, reason: a test of overrides which takes a newer version}
    - {package: go, version: 1.26.8, reason: a test of overrides which takes a newer toolchain}`)
	c.refused(t, []string{"build", "--server=filesystem-go", "digest"}, goMod, "the lock is stale", "overrides none, want go@1.26.8, golang.org/x/net@v0.43.0")
	c.call(t, "--auto-apply", "lock", "--server=filesystem-go")
	for _, want := range []string{"\ntoolchain go1.26.8\n", "\tgolang.org/x/net v0.43.0 // indirect\n"} {
		if got := c.read(t, goMod); !strings.Contains(got, want) {
			t.Errorf("go.mod: got\n%s\nwant %q in it", got, want)
		}
	}
	if got := c.call(t, "validate", "status"); got != "PASSED" {
		t.Errorf("validate after lock: got %s\n%s", got, c.call(t, "validate", "summary"))
	}
}

// TestGoRefusals gives the commands what they must refuse of Go modules.
func TestGoRefusals(t *testing.T) {
	lock, build := []string{"lock", "--server=filesystem-go"}, []string{"build", "--server=filesystem-go", "digest"}
	const own = "package: github.com/mark3labs/mcp-filesystem-server\n  version: v0.11.1"
	for _, r := range []struct {
		name string
		edit func(t *testing.T, c checkout)
		args []string
		want []string
	}{
		{
			name: "missing lock", args: build,
			edit: func(t *testing.T, c checkout) { remove(t, c.dir+"/"+goSum) },
			want: []string{goSum, "there is no lock", "run: dagger call lock --server=filesystem-go"},
		},
		{
			name: "stale lock", args: build,
			edit: func(t *testing.T, c checkout) { c.edit(t, goSpec, "v0.11.1", "v0.11.0") },
			want: []string{goMod, "the lock is stale", "want version v0.11.0"},
		},
		{
			name: "module with another hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, goSum, regexp.MustCompile(`(?m)^github.com/spf13/cast v1.7.1 h1:.*$`), "github.com/spf13/cast v1.7.1 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
			},
			want: []string{"github.com/spf13/cast@v1.7.1", "checksum mismatch", "SECURITY ERROR"},
		},
		{
			name: "toolchain with another hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, goSum, regexp.MustCompile(`(?m)-amd64 h1:.*$`), "-amd64 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
				c.rewrite(t, goSum, regexp.MustCompile(`(?m)-arm64 h1:.*$`), "-arm64 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
			},
			want: []string{"golang.org/toolchain@v0.0.1-go1.25.14", "checksum mismatch", "SECURITY ERROR"},
		},
		{
			name: "module without a hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, goSum, regexp.MustCompile(`(?m)^github.com/spf13/cast v1.7.1 h1:.*\n`), "")
			},
			want: []string{goSum, "github.com/spf13/cast v1.7.1 has no hash"},
		},
		{
			name: "replaced module", args: build,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, goMod, "\ntool ", "\nreplace github.com/spf13/cast => example.com/cast v1.0.0\n\ntool ")
			},
			want: []string{goMod, "replace github.com/spf13/cast"},
		},
		{
			name: "newer than the cut-off", args: append(lock, "--before=2025-06-01"),
			want: []string{"github.com/mark3labs/mcp-filesystem-server@v0.11.1 was published at 2025-06-22T", "after the cut-off 2025-06-01", "--before"},
		},
		{
			name: "no main package", args: lock,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, goSpec, own, "package: github.com/github/github-mcp-server/pkg/github\n  version: v1.8.0")
			},
			want: []string{"is no main package", "github.com/github/github-mcp-server/cmd/github-mcp-server, github.com/github/github-mcp-server/cmd/mcpcurl"},
		},
		{
			name: "version that is not there", args: lock,
			edit: func(t *testing.T, c checkout) { c.edit(t, goSpec, "version: v0.11.1", "version: v0.999.0") },
			want: []string{"none of its paths has that version", "github.com/mark3labs/mcp-filesystem-server"},
		},
		{
			name: "program that needs cgo", args: lock,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, goSpec, own, "package: github.com/containerd/btrfs/v2/cmd/btrfs-test\n  version: v2.0.0")
			},
			want: []string{"cannot be built without cgo", "these packages use it: github.com/containerd/btrfs/v2"},
		},
		{
			name: "proxy down", args: append([]string{"--goproxy=http://127.0.0.1:9"}, lock...),
			want: []string{"127.0.0.1:9"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := here(t).catalogue(t)
			if r.edit != nil {
				r.edit(t, c)
			}
			c.refused(t, r.args, r.want...)
		})
	}
}
