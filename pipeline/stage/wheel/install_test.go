package wheel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const site = "app/lib/python3.13/site-packages/"

func TestInstall(t *testing.T) {
	o := prepared(t, server(
		member{name: "demo_server/run.sh", text: "#!/bin/sh\n", mode: 0o775},
		member{name: "demo_server/__pycache__/cli.cpython-313.pyc", text: "something else"},
		member{name: "demo_server-1.0.data/scripts/tool", text: "#!python\nprint(1)\n"},
		member{name: "demo_server-1.0.data/data/share/demo/x.txt", text: "x"},
		member{name: "demo_server-1.0.data/purelib/pure.py", text: "p = 1\n"},
		member{name: "demo_server-1.0.data/headers/demo.h", text: "h"},
		member{name: "shared/__init__.py", text: "same\n"},
	), made{project: "other", members: []member{{name: "shared/__init__.py", text: "same\n"}, {name: "shared/other.py", text: ""}}})
	r, err := Install(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Entrypoint, " "); got != "/app/bin/python /app/bin/demo" {
		t.Errorf("entry point: got %q", got)
	}
	if want := (Package{"demo-server", "1.0", "MIT", "a server", "io.github.x/demo-server", "https://git.test/x"}); r.Package != want || r.Packages != 2 {
		t.Errorf("package: got %+v and %d, want %+v and 2", r.Package, r.Packages, want)
	}
	got := listing(t, o.Out)
	for name, want := range map[string]string{
		"app/bin/python":                            "-> /usr/bin/python3.13",
		"app/pyvenv.cfg":                            "644 home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.13\n",
		"app/bin/demo":                              "755 #!/app/bin/python\nimport sys\nfrom demo_server.cli import main\nif __name__ == \"__main__\":\n    sys.exit(main())\n",
		"app/bin/tool":                              "755 #!/app/bin/python\nprint(1)\n",
		"app/share/demo/x.txt":                      "644 x",
		site + "pure.py":                            "644 p = 1\n",
		site + "demo_server/run.sh":                 "755 #!/bin/sh\n",
		site + "shared/other.py":                    "644 ",
		site + "other-1.0.dist-info/WHEEL":          "644 Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"app/include/python3.13/demo-server/demo.h": "644 h",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	for name := range got {
		if strings.HasSuffix(name, ".pyc") {
			t.Errorf("%s came along", name)
		}
	}
}

func TestInstallTwiceGivesEqualBytes(t *testing.T) {
	o := prepared(t, server(), made{project: "other", members: []member{{name: "other.py", text: "1\n"}}})
	var blobs [2][]byte
	for i := range blobs {
		o.Out = t.TempDir()
		if _, err := Install(o); err != nil {
			t.Fatal(err)
		}
		blobs[i], _ = os.ReadFile(filepath.Join(o.Out, "layer.tar.gz"))
	}
	if len(blobs[0]) == 0 || !slices.Equal(blobs[0], blobs[1]) {
		t.Errorf("got %d and %d bytes, want the same", len(blobs[0]), len(blobs[1]))
	}
}

func TestEntrypoint(t *testing.T) {
	scripts := func(text string) made { m := server(); m.points = text; return m }
	module := made{project: "demo-server", members: []member{{name: "demo_server/__main__.py", text: ""}}}
	for name, c := range map[string]struct {
		wheel      made
		entrypoint string
		want       string // command, or part of the error
	}{
		"only one":          {server(), "", "/app/bin/python /app/bin/demo"},
		"named otherwise":   {scripts("[console_scripts]\nb = x:y\nDemo_Server=x:y [cli]\n"), "", "/app/bin/python /app/bin/Demo_Server"},
		"asked for":         {scripts("[console_scripts]\na = x:y\nb = x:y.z\n"), "b", "/app/bin/python /app/bin/b"},
		"ambiguous":         {scripts("[console_scripts]\na = x:y\nb = x:y\n"), "", "has several console scripts; set spec.entrypoint to one of a, b"},
		"not there":         {server(), "other", `has no console script "other"; it has demo`},
		"module":            {module, "", "/app/bin/python -P -m demo_server"},
		"nothing":           {made{project: "demo-server"}, "", "has no console script and no module demo_server"},
		"none of that name": {module, "x", `has no console script "x"; it has none`},
	} {
		o := prepared(t, c.wheel)
		o.Entrypoint = c.entrypoint
		r, err := Install(o)
		got := strings.Join(r.Entrypoint, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestCompiled(t *testing.T) {
	o := prepared(t, server(member{name: "demo_server/broken.py", text: "print 1\n"}))
	o.Compiled = t.TempDir()
	sources := o
	sources.Out = t.TempDir()
	if err := Sources(sources); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(sources.Out, site, "demo_server/cli.py")); err != nil || string(raw) != "def main(): pass\n" {
		t.Errorf("sources: got %q, %v", raw, err)
	}
	good := "\xf3\r\r\n\x01\x00\x00\x00hashhash code"
	cache := filepath.Join(o.Compiled, site, "demo_server/__pycache__")
	write(t, filepath.Join(cache, "cli.cpython-313.pyc"), []byte(good))
	write(t, filepath.Join(cache, "stranger.cpython-313.pyc"), []byte(good))
	r, err := Install(o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Compiled != 1 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "2 of 3 Python files") || !strings.Contains(r.Warnings[0], "broken.py") {
		t.Errorf("got %d compiled and the warnings %q", r.Compiled, r.Warnings)
	}
	got := listing(t, o.Out)
	if got[site+"demo_server/__pycache__/cli.cpython-313.pyc"] != "644 "+good {
		t.Error("the compiled file is not in the layer")
	}
	if _, ok := got[site+"demo_server/__pycache__/stranger.cpython-313.pyc"]; ok {
		t.Error("a compiled file without a source is in the layer")
	}
	for name, head := range map[string]string{"other Python": "\xcb\r\r\n\x01\x00\x00\x00hashhash", "with a time": "\xf3\r\r\n\x00\x00\x00\x00timesize", "checked": "\xf3\r\r\n\x03\x00\x00\x00hashhash", "cut": "\xf3\r"} {
		write(t, filepath.Join(cache, "cli.cpython-313.pyc"), []byte(head))
		if _, err := Install(o); err == nil || !strings.Contains(err.Error(), ErrCompiled.Error()) {
			t.Errorf("%s: got %v, want %v", name, err, ErrCompiled)
		}
	}
	o.Compiled = t.TempDir()
	if _, err := Install(o); err == nil || !strings.Contains(err.Error(), "none of 3 Python files was compiled") {
		t.Errorf("nothing compiled: got %v", err)
	}
}

func TestLibrary(t *testing.T) {
	root, compiled := t.TempDir(), t.TempDir()
	write(t, filepath.Join(root, "usr/lib/python3.13/json/tool.py"), nil)
	write(t, filepath.Join(root, "usr/lib/python3.13/ast.py"), nil)
	write(t, filepath.Join(compiled, "usr/lib/python3.13/__pycache__/ast.cpython-313.pyc"), []byte("\xf3\r\r\n\x01\x00\x00\x00hashhash"))
	o := LibraryOptions{Root: root, Compiled: compiled, Python: "3.13", Out: t.TempDir()}
	if err := Library(o); err == nil || !strings.Contains(err.Error(), "usr/lib/python3.13/json/tool.py") {
		t.Errorf("not compiled: got %v", err)
	}
	write(t, filepath.Join(compiled, "usr/lib/python3.13/json/__pycache__/tool.cpython-313.pyc"), []byte("\xf3\r\r\n\x01\x00\x00\x00hashhash"))
	if err := Library(o); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, o.Out); len(got) != 2 {
		t.Errorf("got %v, want the compiled files alone", got)
	}
	o.Python = "3.14"
	if err := Library(o); err == nil {
		t.Error("another Python: got no error")
	}
}
