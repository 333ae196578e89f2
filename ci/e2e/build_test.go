package e2e

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"dagger/dockyard/pipeline/spec"
)

// servers stand for the catalogue, with a tool each is known for and the name its package registers under, if any.
var servers = []struct{ name, tool, registered string }{
	{"context7", "resolve-library-id", "io.github.upstash/context7"},
	{"sequential-thinking", "sequentialthinking", "io.github.modelcontextprotocol/server-sequential-thinking"},
	{"pdf-reader", "read_pdf", ""},
	{"time", "get_current_time", "io.github.modelcontextprotocol/server-time"},
	{"fetch", "fetch", "io.github.modelcontextprotocol/server-fetch"},
	{"git", "git_status", "io.github.modelcontextprotocol/server-git"},
	{"github", "create_pull_request", ""},
	{"grafana", "search_dashboards", ""},
	{"filesystem-go", "list_directory", ""},
}

// nameLabel holds the name that a package registers under.
const nameLabel = "io.modelcontextprotocol.server.name"

// entrypoints are the interpreters that images start, and where the programs lie that they run.
var entrypoints = map[string]string{"/usr/local/bin/node": "/app/node_modules/", "/app/bin/python": "/app/bin/"}

// exported builds a server and exports its layout, whose digest it computes.
func exported(t testing.TB, c checkout, server string) (digest string, idx v1.ImageIndex) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	c.call(t, "build", "--server="+server, "layout", "export", "--path="+dir)
	idx = index(t, dir)
	h, err := idx.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h.String(), idx
}

// TestBuild builds some servers of each protocol and lets each one start from what would be shipped.
func TestBuild(t *testing.T) {
	t.Parallel()
	needRoot(t)
	c := here(t)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			digest, idx := exported(t, c, s.name)
			if got := c.call(t, "build", "--server="+s.name, "digest"); got != digest {
				t.Errorf("`digest` printed %s, the layout's index has %s", got, digest)
			}
			if err := validate.Index(idx); err != nil {
				t.Errorf("the layout is not valid: %v", err)
			}
			for _, arch := range []string{"amd64", "arm64"} {
				checkImage(t, platform(t, idx, arch), arch, s.registered)
			}
			root := unpack(t, platform(t, idx, "amd64"))
			checkRoot(t, root)
			starts(t, root, platform(t, idx, "amd64"), s.tool, mocked(t, c, s.name)...)
		})
	}
}

func checkImage(t *testing.T, img v1.Image, arch, registered string) {
	t.Helper()
	f, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if f.Architecture != arch || f.Config.User != "65532:65532" || f.Created.Unix() != 0 {
		t.Errorf("configuration: got architecture %q, user %q, created %v", f.Architecture, f.Config.User, f.Created)
	}
	e := f.Config.Entrypoint
	if isProgram(e) {
		checkStatic(t, img, e[0], arch)
	} else if len(e) < 2 || entrypoints[e[0]] == "" || !strings.HasPrefix(e[1], entrypoints[e[0]]) {
		t.Errorf("entry point: got %q, want an interpreter and a file of the package", e)
	}
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"org.opencontainers.image.version", "org.opencontainers.image.source", "org.opencontainers.image.title", "io.github.stacklok.dockyard.base"} {
		if f.Config.Labels[key] == "" || m.Annotations[key] != f.Config.Labels[key] {
			t.Errorf("%s: got label %q and annotation %q, want one text", key, f.Config.Labels[key], m.Annotations[key])
		}
	}
	if f.Config.Labels[nameLabel] != registered || m.Annotations[nameLabel] != registered {
		t.Errorf("%s: got label %q and annotation %q, want %q", nameLabel, f.Config.Labels[nameLabel], m.Annotations[nameLabel], registered)
	}
}

// checkRoot looks for what the image promises not to hold: a shell, a package manager, files that the server could change.
func checkRoot(t *testing.T, root string) {
	t.Helper()
	for _, name := range []string{"bin/sh", "bin/bash", "usr/bin/dpkg", "usr/bin/apt", "usr/local/bin/npm", "usr/bin/npm", "usr/bin/perl",
		"app/bin/pip", "app/bin/uv", "usr/bin/pip", "app/lib/python3.13/site-packages/pip", "usr/lib/python3.13/ensurepip"} {
		if _, err := os.Lstat(filepath.Join(root, name)); err == nil {
			t.Errorf("the image holds /%s", name)
		}
	}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Mode().Type() == fs.ModeSymlink {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		writable := info.Mode().Perm()&0o002 != 0 || owner(info) == 65532
		if writable && rel != "tmp" && rel != "var/tmp" && rel != "home/nonroot" {
			t.Errorf("/%s (%v, uid %d) can be changed by the server", rel, info.Mode(), owner(info))
		}
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			t.Errorf("/%s has mode %v", rel, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// starts lets an image start from its unpacked root and expects a tool of it.
func starts(t *testing.T, root string, img v1.Image, want string, mock ...spec.MockEnv) {
	t.Helper()
	tools := answers(t, root, img, mock)
	if !slices.Contains(tools, want) {
		t.Errorf("tools/list: got %q, want %q among them", tools, want)
	}
}

// TestSummary expects the parts of a summary that people act on.
func TestSummary(t *testing.T) {
	t.Parallel()
	c := here(t)
	got := c.call(t, "build", "--server=context7", "summary")
	for _, want := range []string{"ghcr.io/stacklok/dockyard/npx/context7:", "sha256:", "linux/amd64", "linux/arm64", "docker load -i context7.tar", "docker run -i --rm", `"mcpServers"`} {
		if !strings.Contains(got, want) {
			t.Errorf("summary: got\n%s\nwant %q in it", got, want)
		}
	}
}

// TestTarball reads the archive as `docker load` would and compares it with the layout, platform by platform.
func TestTarball(t *testing.T) {
	t.Parallel()
	c := here(t)
	_, idx := exported(t, c, "sequential-thinking")
	for _, arch := range []string{"amd64", "arm64"} {
		file := filepath.Join(t.TempDir(), "image.tar")
		c.call(t, "build", "--server=sequential-thinking", "tarball", "--platform=linux/"+arch, "export", "--path="+file)
		img, err := tarball.ImageFromPath(file, nil)
		if err != nil {
			t.Fatalf("reading the archive: %v", err)
		}
		if err := validate.Image(img); err != nil {
			t.Errorf("the archive is not valid: %v", err)
		}
		want, err := platform(t, idx, arch).ConfigName()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := img.ConfigName(); err != nil || got != want {
			t.Errorf("image id for %s: got %v (%v), want %v as in the layout", arch, got, err, want)
		}
		m, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(file) })
		if err != nil || len(m) != 1 || len(m[0].RepoTags) != 1 || !strings.HasPrefix(m[0].RepoTags[0], "ghcr.io/stacklok/dockyard/npx/sequential-thinking:") {
			t.Errorf("manifest.json: got %v (%v), want one image with its name", m, err)
		}
	}
}

// TestContainer runs a program in the image as a container of the engine.
func TestContainer(t *testing.T) {
	t.Parallel()
	got := here(t).call(t, "build", "--server=sequential-thinking", "container", "with-exec", "--args=/usr/local/bin/node,--version", "stdout")
	if !strings.HasPrefix(got, "v24.") {
		t.Errorf("node --version in the container: got %q, want v24", got)
	}
}

// TestFromElsewhere uses the module from another folder, and with another catalogue.
func TestFromElsewhere(t *testing.T) {
	t.Parallel()
	c := here(t)
	elsewhere := t.TempDir()
	r := c.run(t, elsewhere, "ci/dagger", "call", "-m", c.dir, "servers")
	if r.err != nil || !strings.Contains(r.stdout, "context7") {
		t.Errorf("servers from another folder: got %q, %v\n%s", r.stdout, r.err, last(r.stderr, 20))
	}
	if err := os.CopyFS(filepath.Join(elsewhere, "mine", "renamed"), os.DirFS(filepath.Join(c.dir, "servers", "sequential-thinking"))); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(elsewhere, "mine", "renamed", "spec.yaml")
	raw, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spec, []byte(strings.Replace(string(raw), "name: sequential-thinking", "name: renamed", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	r = c.run(t, elsewhere, "ci/dagger", "call", "-m", c.dir, "--servers=mine", "build", "--server=renamed", "digest")
	if r.err != nil || !strings.HasPrefix(strings.TrimSpace(r.stdout), "sha256:") {
		t.Errorf("a build from another catalogue: got %q, %v\n%s", r.stdout, r.err, last(r.stderr, 20))
	}
}

// TestValidate expects the committed catalogue to be in order.
func TestValidate(t *testing.T) {
	t.Parallel()
	c := here(t)
	if got := c.call(t, "validate", "status"); got != "PASSED" {
		t.Errorf("status: got %s\n%s", got, c.call(t, "validate", "summary"))
	}
	c.call(t, "validate", "assert")
	if got := c.call(t, "servers"); !strings.Contains(got, "context7") || !strings.Contains(got, "@upstash/context7-mcp") {
		t.Errorf("servers: got\n%s", got)
	}
}
