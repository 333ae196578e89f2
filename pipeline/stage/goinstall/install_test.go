package goinstall

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/stage/layer"
)

const (
	server      = "example.com/Owner/srv"
	mainPackage = server + "/cmd/srv"
	zeros       = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	mit         = `Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
)

// workshop builds real programs from modules that a folder serves as a proxy.
type workshop struct {
	dir, proxy, cache string
	mod, sum          string // the lock
}

// shop is made once: the go command takes a second or two for each program.
var shop = sync.OnceValues(func() (*workshop, error) {
	dir, err := os.MkdirTemp("", "goinstall")
	if err != nil {
		return nil, err
	}
	w := &workshop{dir: dir, proxy: filepath.Join(dir, "proxy"), cache: filepath.Join(dir, "modules")}
	err = errors.Join(
		w.module(server, "v1.2.0", map[string]string{
			"go.mod": "module " + server + "\n\ngo 1.25.0\n\nrequire example.com/dep v0.1.0\n", "LICENSE": mit, "README.md": "no licence",
			"cmd/srv/main.go": "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.Name) }\n",
		}),
		w.module("example.com/dep", "v0.1.0", map[string]string{"go.mod": "module example.com/dep\n\ngo 1.25.0\n", "dep.go": "package dep\n\nvar Name = \"dep\"\n", "COPYING": "Ask me."}),
	)
	if err != nil {
		return nil, err
	}
	version := strings.TrimPrefix(runtime.Version(), "go")
	mod := "// dockyard: {\"before\":\"2026-11-17T00:00:00Z\",\"package\":\"" + mainPackage + "\"}\n\nmodule dagger/dockyard/servers/srv\n\ngo 1.25.0\n\ntoolchain go" + version +
		"\n\ntool " + mainPackage + "\n\nrequire " + server + " v1.2.0\n\nrequire example.com/dep v0.1.0 // indirect\n"
	w.mod, w.sum = filepath.Join(dir, "lock", "go.mod"), filepath.Join(dir, "lock", "go.sum")
	if err := errors.Join(os.MkdirAll(filepath.Dir(w.mod), 0o755), os.WriteFile(w.mod, []byte(mod), 0o644)); err != nil {
		return nil, err
	}
	if err := w.run("list", "-mod=mod", "-deps", mainPackage); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(w.sum)
	if err != nil {
		return nil, err
	}
	goDir := filepath.Join(w.cache, filepath.FromSlash(golock.ToolchainID(version, "arm64")))
	if err := errors.Join(os.MkdirAll(goDir, 0o755), os.WriteFile(filepath.Join(goDir, "LICENSE"), []byte("Go's."), 0o644)); err != nil {
		return nil, err
	}
	for _, arch := range golock.ToolchainArchitectures {
		raw = append(raw, strings.Replace(golock.ToolchainID(version, arch), "@", " ", 1)+" "+zeros+"\n"...)
	}
	return w, os.WriteFile(w.sum, raw, 0o644)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if w, err := shop(); err == nil {
		_ = filepath.WalkDir(w.dir, func(name string, _ os.DirEntry, _ error) error { return os.Chmod(name, 0o755) }) // the module cache is read-only
		os.RemoveAll(w.dir)
	}
	os.Exit(code)
}

// module puts a module version on the proxy (Go modules reference, "GOPROXY protocol").
func (w *workshop) module(path, version string, files map[string]string) error {
	dir := filepath.Join(w.proxy, filepath.FromSlash(escape(path)), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, text := range files {
		e, err := z.Create(path + "@" + version + "/" + name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(e, text); err != nil {
			return err
		}
	}
	return errors.Join(z.Close(), os.WriteFile(filepath.Join(dir, version+".mod"), []byte(files["go.mod"]), 0o644),
		os.WriteFile(filepath.Join(dir, version+".info"), []byte(`{"Version":"`+version+`","Time":"2026-01-01T00:00:00Z"}`), 0o644))
}

func (w *workshop) run(args ...string) error { return w.runWith(nil, args...) }

func (w *workshop) runWith(env []string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Dir(w.mod)
	cmd.Env = append(os.Environ(), "GOPROXY=file://"+w.proxy, "GOSUMDB=off", "GOMODCACHE="+w.cache, "GOFLAGS=", "GOWORK=off", "GOENV=off", "CGO_ENABLED=0", "GOOS=linux",
		"GOTOOLCHAIN="+runtime.Version())
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(err, errors.New(string(out)))
	}
	return nil
}

// built is the program for an architecture, with the flags of a build and others after them.
func (w *workshop) built(t *testing.T, arch string, more ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	args := append([]string{"build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out}, more...)
	if err := w.runWith([]string{"GOARCH=" + arch}, append(args, mainPackage)...); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T) *workshop {
	t.Helper()
	w, err := shop()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *workshop) options(t *testing.T, program, arch string) Options {
	return Options{Mod: w.mod, Sum: w.sum, Program: program, Modules: w.cache, Platform: "linux/" + arch, Package: mainPackage, Version: "v1.2.0", Out: filepath.Join(t.TempDir(), "out")}
}

// TestInstall makes the layer of a real program for each platform, twice.
func TestInstall(t *testing.T) {
	w := open(t)
	for _, arch := range []string{"amd64", "arm64"} {
		o := w.options(t, w.built(t, arch), arch)
		r, err := Install(o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Entrypoint, []string{"/app/bin/srv"}) || r.Package.License != "MIT" || r.Packages != 2 || r.Modules[1].License != "" {
			t.Errorf("%s: got %+v", arch, r)
		}
		if got, want := names(t, o.Out), []string{"app/bin/srv", "app/share/licenses/" + server + "@v1.2.0/LICENSE", "app/share/licenses/example.com/dep@v0.1.0/COPYING",
			"app/share/licenses/go@" + strings.TrimPrefix(runtime.Version(), "go") + "/LICENSE"}; !slices.Equal(got, want) {
			t.Errorf("%s: the layer holds %q, want %q", arch, got, want)
		}
		again := o
		again.Program, again.Out = w.built(t, arch), filepath.Join(t.TempDir(), "out")
		if _, err := Install(again); err != nil {
			t.Fatal(err)
		}
		a, _ := layer.Read(o.Out)
		if b, _ := layer.Read(again.Out); a != b {
			t.Errorf("%s: got %+v, then %+v", arch, a, b)
		}
		var written Result
		if raw, err := os.ReadFile(filepath.Join(o.Out, ResultName)); err != nil || json.Unmarshal(raw, &written) != nil || written.SchemaVersion != 1 {
			t.Errorf("%s: %s: got %s, %v", arch, ResultName, raw, err)
		}
	}
}

// names lists the regular files of a layer.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, layer.BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			out = append(out, h.Name)
		}
	}
}

// TestRefused gives Install what does not fit the lock or the platform.
func TestRefused(t *testing.T) {
	w := open(t)
	good := w.built(t, "amd64")
	for _, c := range []struct {
		name string
		edit func(t *testing.T, o *Options)
		say  []string
	}{
		{"program for another machine", func(t *testing.T, o *Options) { o.Program = w.built(t, "arm64") }, []string{`GOARCH: got "arm64", want "amd64"`}},
		{"program with host paths", func(t *testing.T, o *Options) { o.Program = w.built(t, "amd64", "-trimpath=false") }, []string{`-trimpath: got "", want "true"`}},
		{"program with tags", func(t *testing.T, o *Options) { o.Program = w.built(t, "amd64", "-tags=extra") }, []string{`-tags: got "extra", want ""`}},
		{"other version", func(t *testing.T, o *Options) { o.Version = "v1.3.0" }, []string{"the lock is stale"}},
		{"other entry point", func(t *testing.T, o *Options) { o.Entrypoint = "other" }, []string{`want "other" as spec.entrypoint says`}},
		{"other hash", func(t *testing.T, o *Options) {
			o.Sum = changed(t, o.Sum, "example.com/dep v0.1.0 h1:", "example.com/dep v0.1.0 "+zeros+"\n", true)
		}, []string{`hash of example.com/dep: got "h1:`, `want "` + zeros}},
		{"dependency not in the lock", func(t *testing.T, o *Options) {
			o.Mod = changed(t, o.Mod, "require example.com/dep", "", true)
		}, []string{`version of example.com/dep: got "v0.1.0", want ""`}},
		{"other toolchain", func(t *testing.T, o *Options) {
			o.Mod = changed(t, o.Mod, "toolchain ", "toolchain go1.30.1\n", true)
			o.Sum = changed(t, o.Sum, "", "golang.org/toolchain v0.0.1-go1.30.1.linux-amd64 "+zeros+"\ngolang.org/toolchain v0.0.1-go1.30.1.linux-arm64 "+zeros+"\n", false)
		}, []string{`want "go1.30.1" as in the lock`}},
		{"no Go program", func(t *testing.T, o *Options) { o.Program = w.mod }, []string{"want a program of the go command"}},
		{"folder", func(t *testing.T, o *Options) { o.Program = w.dir }, []string{"want a regular file"}},
		{"no module cache", func(t *testing.T, o *Options) { o.Modules = t.TempDir() }, []string{"the module cache has no folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := w.options(t, good, "amd64")
			c.edit(t, &o)
			_, err := Install(o)
			for _, say := range c.say {
				if err == nil || !strings.Contains(err.Error(), say) {
					t.Errorf("got %v, want %q", err, say)
				}
			}
			if _, err := os.Stat(o.Out); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// changed copies a file with the line that begins with a prefix replaced, or with text at its end.
func changed(t *testing.T, name, prefix, text string, line bool) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for l := range strings.Lines(string(raw)) {
		if line && strings.HasPrefix(l, prefix) {
			l = text
		}
		b.WriteString(l)
	}
	if !line {
		b.WriteString(text)
	}
	out := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(out, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDynamic refuses a program that asks for a loader, and one for another machine.
func TestDynamic(t *testing.T) {
	w := open(t)
	file, err := program(resolved(t, "/bin/sh"))
	if err != nil {
		t.Fatal(err)
	}
	var tree layer.Tree
	if err := tree.Add(layer.Entry{Path: "app/bin/srv", Mode: 0o755, Data: file}); err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	for arch, say := range map[string]string{runtime.GOARCH: "linked dynamically", other: "linux/" + other} {
		if _, err := checkStatic(&tree, "app/bin/srv", w.options(t, file.Path, arch)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: got %v, want %q", arch, err, say)
		}
	}
}

func resolved(t *testing.T, name string) string {
	t.Helper()
	out, err := filepath.EvalSymlinks(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
