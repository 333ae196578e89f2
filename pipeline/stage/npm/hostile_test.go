package npm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"debug/elf"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/layer"
	"dagger/dockyard/pipeline/stage/npm"
)

// item is one entry of a tarball; the zero kind is a file.
type item struct {
	name, body string
	kind       byte
	link       string
	mode       int64
}

func tgz(t *testing.T, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Typeflag: i.kind, Linkname: i.link, Mode: i.mode, Size: int64(len(i.body)), Format: tar.FormatPAX}
		if i.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, i.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// registry serves tarballs where registries keep them.
type registry struct {
	t       *testing.T
	files   map[string][]byte // by path
	entries map[string]any    // of the lock
	before  func(w http.ResponseWriter, r *http.Request) bool
}

func newRegistry(t *testing.T) *registry {
	return &registry{t: t, files: map[string][]byte{}, entries: map[string]any{"": map[string]any{"dependencies": map[string]string{"server": "1.0.0"}}}}
}

// add publishes NAME@1.0.0 at a place in the tree and locks it, with further fields of the entry.
func (r *registry) add(place, name string, fields map[string]any, items ...item) *registry {
	raw := tgz(r.t, items...)
	sum := sha512.Sum512(raw)
	base := name[strings.LastIndex(name, "/")+1:]
	r.files["/"+name+"/-/"+base+"-1.0.0.tgz"] = raw
	entry := map[string]any{"version": "1.0.0", "integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
	for k, v := range fields {
		entry[k] = v
	}
	r.entries[place] = entry
	return r
}

const script = "#!/usr/bin/env node\n"

func manifest(name, more string) item {
	return item{name: "package/package.json", body: fmt.Sprintf(`{"name": %q, "version": "1.0.0"%s}`, name, more)}
}

// server publishes the server with further files.
func (r *registry) server(items ...item) *registry {
	return r.add("node_modules/server", "server", map[string]any{"bin": map[string]string{"server": "cli.js"}},
		append([]item{manifest("server", ""), {name: "package/cli.js", body: script}}, items...)...)
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.before != nil && r.before(w, req) {
		return
	}
	raw, ok := r.files[req.URL.Path]
	if !ok {
		http.NotFound(w, req)
		return
	}
	w.Write(raw)
}

func (r *registry) lock(dir string) string {
	raw, err := json.Marshal(map[string]any{"lockfileVersion": 3, "packages": r.entries, "dockyard": map[string]any{"before": "2026-11-17T00:00:00Z", "npm": "11.0.0"}})
	if err != nil {
		r.t.Fatal(err)
	}
	name := filepath.Join(dir, "package-lock.json")
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		r.t.Fatal(err)
	}
	return name
}

func (r *registry) fetch(dir string) error {
	s := httptest.NewServer(r)
	defer s.Close()
	return npm.Fetch(context.Background(), npm.FetchOptions{LockFile: r.lock(dir), Registries: npmregistry.Registries{Default: s.URL}, Platforms: []string{"linux/amd64", "linux/arm64"},
		Out: filepath.Join(dir, "tarballs"), HTTP: fetch.Options{Attempts: 3, Deadline: 2 * time.Second, StallTimeout: 50 * time.Millisecond,
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}})
}

func options(dir string) npm.InstallOptions {
	return npm.InstallOptions{LockFile: filepath.Join(dir, "package-lock.json"), Tarballs: filepath.Join(dir, "tarballs"), Platform: "linux/amd64",
		Package: "server", Version: "1.0.0", Glibc: "2.41", Out: filepath.Join(dir, "out")}
}

func (r *registry) install(o func(*npm.InstallOptions)) (npm.Result, string, error) {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := r.fetch(dir); err != nil {
		r.t.Fatal(err)
	}
	opts := options(dir)
	if o != nil {
		o(&opts)
	}
	res, err := npm.Install(opts)
	return res, opts.Out, err
}

// paths lists a layer, "PATH" or "PATH -> TARGET", with * after executables.
func paths(t *testing.T, dir string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, layer.BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Mode&^0o777 != 0 {
			t.Errorf("%s: got owner %d:%d and mode %o", h.Name, h.Uid, h.Gid, h.Mode)
		}
		switch name := strings.TrimPrefix(h.Name, "app/node_modules/"); h.Typeflag {
		case tar.TypeSymlink:
			out = append(out, name+" -> "+h.Linkname)
		case tar.TypeReg:
			if h.Mode&0o111 != 0 {
				name += "*"
			}
			out = append(out, name)
		}
	}
}

func TestInstallLikeNpm(t *testing.T) {
	r := newRegistry(t).server(
		item{name: "package/dir/", kind: tar.TypeDir}, item{name: "package/.gitignore", body: "a"}, item{name: "package/sub/.npmignore", body: "b"},
		item{name: "package/sub/.gitignore", body: "c"}, item{name: "package/link", kind: tar.TypeSymlink, link: "cli.js"}, item{name: "beside", body: "x"},
		item{name: "package/x", body: "1", mode: 0o755}, item{name: "package/x", body: "22", mode: 0o644},
		item{name: "package/node_modules/inner/package.json", body: `{"name": "inner", "version": "1.0.0"}`}, item{name: "package/node_modules/inner/i.js", body: script},
		item{name: "package/node_modules/@o/own/stale.js", body: "stale"})
	r.entries["node_modules/server/node_modules/inner"] = map[string]any{"version": "1.0.0", "inBundle": true, "bin": map[string]string{"inner": "i.js"}}
	r.add("node_modules/server/node_modules/@o/own", "@o/own", map[string]any{"bin": map[string]string{"a/inner": "o.js", "gone": "gone.js"}}, manifest("@o/own", ""), item{name: "package/o.js", body: "x"})
	r.add("node_modules/darwin", "darwin", map[string]any{"optional": true, "os": []string{"darwin"}}, manifest("darwin", ""))
	res, out, err := r.install(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".bin/server -> ../server/cli.js", "server/.npmignore", "server/cli.js*", "server/node_modules/.bin/inner -> ../@o/own/o.js",
		"server/node_modules/@o/own/o.js*", "server/node_modules/@o/own/package.json", "server/node_modules/inner/i.js",
		"server/node_modules/inner/package.json", "server/package.json", "server/sub/.npmignore", "server/x*",
	}
	if got := paths(t, out); !slices.Equal(got, want) {
		t.Errorf("files:\n got %q\nwant %q", got, want)
	}
	if res.Packages != 3 || !slices.Equal(res.Entrypoint, []string{"/usr/local/bin/node", "/app/node_modules/server/cli.js"}) {
		t.Errorf("got %+v", res)
	}
	if left, _ := os.ReadDir(out); len(left) != 3 {
		t.Errorf("output folder: got %v, want layer, descriptor and result alone", left)
	}
}

func TestSameBytes(t *testing.T) {
	var first []byte
	for range 3 {
		_, out, err := newRegistry(t).server(item{name: "package/a/b", body: "x"}).install(nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(filepath.Join(out, layer.BlobName))
		if first == nil {
			first = raw
		}
		if !bytes.Equal(first, raw) {
			t.Fatal("two runs give different bytes")
		}
	}
}

func TestShebangOfWindowsIsMended(t *testing.T) {
	r := newRegistry(t).add("node_modules/server", "server", map[string]any{"bin": map[string]string{"server": "cli"}}, manifest("server", ""),
		item{name: "package/cli", body: "#!/usr/bin/env -S node --no-warnings\r\nx\r\n"})
	res, out, err := r.install(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/usr/local/bin/node", "--no-warnings", "/app/node_modules/server/cli"}; !slices.Equal(res.Entrypoint, want) {
		t.Errorf("entry point: got %q, want %q", res.Entrypoint, want)
	}
	raw, _ := os.ReadFile(filepath.Join(out, layer.BlobName))
	zr, _ := gzip.NewReader(bytes.NewReader(raw))
	if plain, _ := io.ReadAll(zr); !bytes.Contains(plain, []byte("--no-warnings\nx\r\n")) {
		t.Error("the first line still ends as on Windows, or others no longer do")
	}
}

// bomb is a tarball far smaller than its content.
func bomb(n int) item { return item{name: "package/zeros", body: strings.Repeat("\x00", n)} }

func TestRefused(t *testing.T) {
	many := make([]item, 50)
	for i := range many {
		many[i] = item{name: fmt.Sprintf("package/f%d", i)}
	}
	limit := func(l npm.Limits) func(*npm.InstallOptions) { return func(o *npm.InstallOptions) { o.Limits = l } }
	for name, c := range map[string]struct {
		items []item
		o     func(*npm.InstallOptions)
		is    error
		want  string
	}{
		"parent":               {[]item{{name: "package/../../etc/x"}}, nil, npm.ErrTarball, "../../etc/x"},
		"parent first":         {[]item{{name: "../x"}}, nil, npm.ErrTarball, "../x"},
		"absolute":             {[]item{{name: "/etc/x"}}, nil, npm.ErrTarball, "/etc/x"},
		"absolute on Windows":  {[]item{{name: "package/C:/x"}}, nil, npm.ErrTarball, "C:/x"},
		"backslash":            {[]item{{name: `package/..\x`}}, nil, npm.ErrTarball, `..\\x`},
		"symbolic link out":    {[]item{{name: "package/a/l", kind: tar.TypeSymlink, link: "../../x"}}, nil, npm.ErrTarball, "out of the package"},
		"absolute link":        {[]item{{name: "package/l", kind: tar.TypeSymlink, link: "/etc/passwd"}}, nil, npm.ErrTarball, "out of the package"},
		"hard link out":        {[]item{{name: "package/l", kind: tar.TypeLink, link: "package/../../x"}}, nil, npm.ErrTarball, "out of the package"},
		"device":               {[]item{{name: "package/d", kind: tar.TypeChar}}, nil, npm.ErrTarball, "package/d"},
		"pipe":                 {[]item{{name: "package/d", kind: tar.TypeFifo}}, nil, npm.ErrTarball, "package/d"},
		"file and folder":      {[]item{{name: "package/a", body: "x"}, {name: "package/a/b"}}, nil, npm.ErrTarball, "server@1.0.0"},
		"package bytes":        {[]item{bomb(5000)}, limit(npm.Limits{PackageBytes: 1000}), npm.ErrLimit, "1000"},
		"total bytes":          {[]item{bomb(5000)}, limit(npm.Limits{TotalBytes: 1000}), npm.ErrLimit, "TotalBytes"},
		"entries":              {many, limit(npm.Limits{Entries: 20}), npm.ErrLimit, "Entries"},
		"path":                 {[]item{{name: "package/" + strings.Repeat("x", 200)}}, limit(npm.Limits{PathBytes: 100}), npm.ErrLimit, "PathBytes"},
		"depth":                {[]item{{name: "package/" + strings.Repeat("x/", 20) + "y"}}, limit(npm.Limits{Depth: 10}), npm.ErrLimit, "Depth"},
		"compression":          {[]item{bomb(64 << 20)}, nil, npm.ErrLimit, "Ratio"},
		"compression of links": {[]item{{name: "package/l", kind: tar.TypeSymlink, link: strings.Repeat("x/", 50000)}}, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, out, err := newRegistry(t).server(c.items...).install(c.o)
			if c.is == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "server@1.0.0") {
				t.Errorf("got %v, want %v that names the package and %q", err, c.is, c.want)
			}
			if left, _ := os.ReadDir(out); len(left) > 0 {
				t.Errorf("output folder: got %v, want nothing", left)
			}
		})
	}
}

func TestTarballChecks(t *testing.T) {
	t.Run("no tar", func(t *testing.T) {
		r := newRegistry(t).server()
		raw := []byte("<html>captive portal</html>")
		sum := sha512.Sum512(raw)
		r.files["/server/-/server-1.0.0.tgz"] = raw
		r.entries["node_modules/server"].(map[string]any)["integrity"] = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
		if _, _, err := r.install(nil); !errors.Is(err, npm.ErrTarball) {
			t.Errorf("got %v, want %v", err, npm.ErrTarball)
		}
	})
	t.Run("changed after it was fetched", func(t *testing.T) {
		dir, r := t.TempDir(), newRegistry(t).server()
		if err := r.fetch(dir); err != nil {
			t.Fatal(err)
		}
		names, _ := filepath.Glob(filepath.Join(dir, "tarballs", "*.tgz"))
		if err := os.WriteFile(names[0], tgz(t, manifest("server", ""), item{name: "package/cli.js", body: "evil"}), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := npm.Install(options(dir)); !errors.Is(err, fetch.ErrDigestMismatch) {
			t.Errorf("got %v, want %v", err, fetch.ErrDigestMismatch)
		}
	})
	t.Run("not fetched", func(t *testing.T) {
		dir := t.TempDir()
		newRegistry(t).server().lock(dir)
		if _, err := npm.Install(options(dir)); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "npm-fetch") {
			t.Errorf("got %v, want an error that names npm-fetch", err)
		}
	})
}

func TestLockChecks(t *testing.T) {
	for name, c := range map[string]struct {
		entry map[string]any
		want  string
	}{
		"no integrity": {map[string]any{"version": "1.0.0"}, "no integrity"},
		"git":          {map[string]any{"version": "1.0.0", "resolved": "git+ssh://host.example/a.git"}, "registry"},
		"link":         {map[string]any{"resolved": "../x", "link": true}, "link"},
	} {
		r := newRegistry(t).server()
		r.entries["node_modules/a"] = c.entry
		dir := t.TempDir()
		if err := r.fetch(dir); !errors.Is(err, npmlock.ErrLock) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: fetch: got %v, want %v with %q", name, err, npmlock.ErrLock, c.want)
		}
		if _, err := npm.Install(options(dir)); !errors.Is(err, npmlock.ErrLock) {
			t.Errorf("%s: install: got %v, want %v", name, err, npmlock.ErrLock)
		}
	}
	r := newRegistry(t).server()
	r.entries["node_modules/../../etc"] = r.entries["node_modules/server"]
	if err := r.fetch(t.TempDir()); !errors.Is(err, npmlock.ErrLock) {
		t.Errorf("path outside: got %v, want %v", err, npmlock.ErrLock)
	}
}

func TestBundles(t *testing.T) {
	for name, c := range map[string]struct {
		fields map[string]any
		items  []item
		want   string
	}{
		"missing":          {map[string]any{"version": "1.0.0", "inBundle": true}, nil, "node_modules/server/node_modules/b"},
		"other version":    {map[string]any{"version": "1.0.0", "inBundle": true}, []item{{name: "package/node_modules/b/package.json", body: `{"name": "b", "version": "2.0.0"}`}}, "2.0.0"},
		"optional missing": {map[string]any{"version": "1.0.0", "inBundle": true, "optional": true}, nil, ""},
	} {
		r := newRegistry(t).server(c.items...)
		r.entries["node_modules/server/node_modules/b"] = c.fields
		res, _, err := r.install(nil)
		switch {
		case c.want == "" && (err != nil || len(res.Warnings) != 1):
			t.Errorf("%s: got %v and warnings %q, want one warning", name, err, res.Warnings)
		case c.want != "" && (!errors.Is(err, npm.ErrPackage) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %v with %q", name, err, npm.ErrPackage, c.want)
		}
	}
}

func TestEntrypoint(t *testing.T) {
	bins := func(b map[string]string) map[string]any { return map[string]any{"bin": b} }
	for name, c := range map[string]struct {
		bin   map[string]string
		file  item
		asked string
		got   string // last word of the entry point
		want  string // part of the error
	}{
		"only one":         {map[string]string{"other": "x.js"}, item{name: "package/x.js", body: "1"}, "", "server/x.js", ""},
		"own name":         {map[string]string{"server": "x.js", "b": "y.js"}, item{name: "package/x.js", body: script}, "", "server/x.js", ""},
		"asked":            {map[string]string{"server": "y.js", "b": "./x.js"}, item{name: "package/x.js", body: script}, "b", "server/x.js", ""},
		"asked, not there": {map[string]string{"server": "y.js", "b": "x.js"}, item{name: "package/x.js"}, "c", "", "b, server"},
		"several":          {map[string]string{"a": "y.js", "b": "x.js"}, item{name: "package/x.js"}, "", "", "a, b"},
		"none":             {nil, item{name: "package/x.js"}, "", "", "no executable"},
		"file missing":     {map[string]string{"server": "y.js"}, item{name: "package/x.js"}, "", "", "y.js"},
		"leaves":           {map[string]string{"server": "../../../bin/x.js"}, item{name: "package/bin/x.js", body: script}, "", "server/bin/x.js", ""},
		"shell":            {map[string]string{"server": "x"}, item{name: "package/x", body: "#!/bin/sh\nnode x\n"}, "", "", "#!/bin/sh"},
		"like node":        {map[string]string{"server": "x"}, item{name: "package/x", body: "#!/usr/bin/env ts-node\n"}, "", "", "ts-node"},
		"bun":              {map[string]string{"server": "x.ts"}, item{name: "package/x.ts", body: "#!/usr/bin/env bun\n"}, "", "", "bun"},
		"python":           {map[string]string{"server": "x.py"}, item{name: "package/x.py", body: "import sys\n"}, "", "", ".py"},
		"binary":           {map[string]string{"server": "x"}, item{name: "package/x", body: "MZ\x00\x00"}, "", "", "binary"},
		"native":           {map[string]string{"server": "x"}, item{name: "package/x", body: string(binary64(elf.EM_X86_64))}, "", "server/x", ""},
		"foreign":          {map[string]string{"server": "linux-arm64/x"}, item{name: "package/linux-arm64/x", body: string(binary64(elf.EM_AARCH64))}, "", "", "platform"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t).add("node_modules/server", "server", bins(c.bin), func() item {
				b, _ := json.Marshal(c.bin)
				return manifest("server", `, "bin": `+string(b))
			}(), c.file)
			res, _, err := r.install(func(o *npm.InstallOptions) { o.Entrypoint = c.asked })
			if c.want != "" {
				if !errors.Is(err, npm.ErrEntrypoint) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %v with %q", err, npm.ErrEntrypoint, c.want)
				}
				return
			}
			if err != nil || !strings.HasSuffix(strings.Join(res.Entrypoint, " "), "/app/node_modules/"+c.got) {
				t.Errorf("got %q, %v, want %q", res.Entrypoint, err, c.got)
			}
		})
	}
}

// binary64 is the smallest program: a header without segments.
func binary64(m elf.Machine) []byte {
	b := make([]byte, 64)
	copy(b, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint16(b[16:], uint16(elf.ET_EXEC))
	binary.LittleEndian.PutUint16(b[18:], uint16(m))
	binary.LittleEndian.PutUint32(b[20:], 1)
	binary.LittleEndian.PutUint16(b[52:], 64)
	binary.LittleEndian.PutUint16(b[54:], 56)
	return b
}

func TestForeignBinary(t *testing.T) {
	_, _, err := newRegistry(t).server(item{name: "package/lib/x.node", body: string(binary64(elf.EM_AARCH64))}).install(nil)
	if !errors.Is(err, elfcheck.ErrELF) || !strings.Contains(err.Error(), "server/lib/x.node") {
		t.Errorf("got %v, want %v that names the file", err, elfcheck.ErrELF)
	}
}

func TestInstallScripts(t *testing.T) {
	native := item{name: "package/build/x.node", body: string(binary64(elf.EM_X86_64))}
	gyp := item{name: "package/binding.gyp", body: "{}"}
	for name, c := range map[string]struct {
		more     string
		items    []item
		optional bool
		refused  bool
		skipped  bool
	}{
		"none":                       {"", nil, false, false, false},
		"prepare alone":              {`, "scripts": {"prepare": "node-gyp rebuild"}`, nil, false, false, false},
		"message":                    {`, "scripts": {"postinstall": "echo please make a donation for every download"}`, nil, false, false, true},
		"own script":                 {`, "scripts": {"postinstall": "node install.js"}`, nil, false, false, true},
		"compiles":                   {`, "scripts": {"install": "prebuild-install || node-gyp rebuild"}`, nil, false, true, false},
		"downloads":                  {`, "scripts": {"postinstall": "node scripts/download.js"}`, nil, false, true, false},
		"compiles, binary there":     {`, "scripts": {"install": "node-gyp-build"}`, []item{native}, false, false, true},
		"compiles, optional":         {`, "scripts": {"install": "node-gyp rebuild"}`, nil, true, false, true},
		"binding.gyp":                {"", []item{gyp}, false, true, false},
		"binding.gyp, binary there":  {"", []item{gyp, native}, false, false, true},
		"binding.gyp not to be used": {`, "gypfile": false`, []item{gyp}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t).server().add("node_modules/dep", "dep", map[string]any{"optional": c.optional, "hasInstallScript": true}, append([]item{manifest("dep", c.more)}, c.items...)...)
			res, _, err := r.install(nil)
			if c.refused != errors.Is(err, npm.ErrScript) || !c.refused && err != nil || c.refused && !strings.Contains(err.Error(), "dep@1.0.0") {
				t.Fatalf("got %v, want refused %v", err, c.refused)
			}
			if got := len(res.SkippedScripts) == 1; got != c.skipped {
				t.Errorf("skipped: got %+v, want %v", res.SkippedScripts, c.skipped)
			}
			if c.optional && len(res.Warnings) != 1 {
				t.Errorf("warnings: got %q, want one", res.Warnings)
			}
		})
	}
}

func TestRefusalsComeTogether(t *testing.T) {
	r := newRegistry(t).server(item{name: "package/x.node", body: string(binary64(elf.EM_AARCH64))})
	for _, n := range []string{"a", "b"} {
		r.add("node_modules/"+n, n, nil, manifest(n, `, "scripts": {"install": "node-gyp rebuild"}`))
	}
	_, _, err := r.install(func(o *npm.InstallOptions) { o.Entrypoint = "nothing" })
	for _, want := range []string{"a@1.0.0", "b@1.0.0", "x.node", `"nothing"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestFetch(t *testing.T) {
	names := func(dir string) []string {
		var out []string
		files, _ := os.ReadDir(filepath.Join(dir, "tarballs"))
		for _, f := range files {
			out = append(out, f.Name())
		}
		return out
	}
	flaky := func(fail func(w http.ResponseWriter, raw []byte)) func(r *registry) {
		return func(r *registry) {
			var n atomic.Int32
			r.before = func(w http.ResponseWriter, req *http.Request) bool {
				if n.Add(1) < 3 {
					fail(w, r.files[req.URL.Path])
					return true
				}
				return false
			}
		}
	}
	for name, c := range map[string]struct {
		change func(r *registry)
		is     error
	}{
		"good":           {func(*registry) {}, nil},
		"503 then there": {flaky(func(w http.ResponseWriter, _ []byte) { w.WriteHeader(503) }), nil},
		"truncated then whole": {flaky(func(w http.ResponseWriter, raw []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(raw)))
			w.Write(raw[:len(raw)/2])
		}), nil},
		"slow then there": {flaky(func(w http.ResponseWriter, raw []byte) { time.Sleep(80 * time.Millisecond) }), nil},
		"down": {func(r *registry) {
			r.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true }
		}, fetch.ErrUnavailable},
		"other bytes": {func(r *registry) { r.files["/server/-/server-1.0.0.tgz"] = tgz(t) }, fetch.ErrDigestMismatch},
		"unknown":     {func(r *registry) { delete(r.files, "/server/-/server-1.0.0.tgz") }, fetch.ErrNotFound},
		"kept elsewhere": {func(r *registry) {
			raw := r.files["/server/-/server-1.0.0.tgz"]
			delete(r.files, "/server/-/server-1.0.0.tgz")
			r.before = func(w http.ResponseWriter, req *http.Request) bool {
				switch req.URL.Path {
				case "/server":
					fmt.Fprintf(w, `{"versions": {"1.0.0": {"dist": {"tarball": "http://%s/blobs/1"}}}}`, req.Host)
				case "/blobs/1":
					w.Write(raw)
				default:
					return false
				}
				return true
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, dir := newRegistry(t).server(), t.TempDir()
			sum := sha512.Sum512(r.files["/server/-/server-1.0.0.tgz"])
			c.change(r)
			err := r.fetch(dir)
			if c.is == nil {
				if want := []string{"sha512-" + hex.EncodeToString(sum[:]) + ".tgz"}; err != nil || !slices.Equal(names(dir), want) {
					t.Errorf("got %v, files %q, want %q", err, names(dir), want)
				}
				return
			}
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), "server@1.0.0") {
				t.Errorf("got %v, want %v that names the package", err, c.is)
			}
			if c.is == fetch.ErrDigestMismatch {
				other := sha512.Sum512(tgz(t))
				for _, s := range []string{hex.EncodeToString(sum[:]), hex.EncodeToString(other[:])} {
					if !strings.Contains(err.Error(), s) {
						t.Errorf("got %v, want the hash %s in it", err, s)
					}
				}
			}
			if len(names(dir)) > 0 {
				t.Errorf("files: got %q, want none", names(dir))
			}
		})
	}
}

func TestScopedAndLegacyNames(t *testing.T) {
	r := newRegistry(t).server().add("node_modules/@s/JSON_a", "@s/JSON_a", nil, manifest("@s/JSON_a", ""))
	if _, _, err := r.install(nil); err != nil {
		t.Error(err)
	}
}
