package sdist

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/confine"
)

// TestMain lets this program be the child that becomes the build.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == confine.Name {
		fmt.Fprintln(os.Stderr, confine.Command(os.Args[2:], os.Stderr))
		os.Exit(127)
	}
	os.Exit(m.Run())
}

// workshop is a folder that builds can run in, with a source distribution a-1.0 of the given entries.
func workshop(t *testing.T, archive []byte) Options {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to run the build as somebody else")
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "sdists/a-1.0.tar.gz"), archive)
	put(t, filepath.Join(dir, "work/.keep"), nil)
	put(t, filepath.Join(dir, "out/.keep"), nil)
	if err := os.Chmod(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Options{
		Plan:   sdist.Plan{SchemaVersion: 1, Sdists: []sdist.Item{{Name: "a", Version: "1.0", SHA256: []string{sum(archive)}}}, Requires: []string{"setuptools"}},
		Sdists: filepath.Join(dir, "sdists"), Work: filepath.Join(dir, "work"), Out: filepath.Join(dir, "out"), Python: filepath.Join(dir, "python"), Time: 20 * time.Second,
	}
}

// TestBuild has a shell script in the interpreter's place, for each way in which a build can go wrong. Its arguments are the driver's: -P, -c,
// program, tree, folder for the wheel, file for the answer, known requirements.
func TestBuild(t *testing.T) {
	const done = `echo '{"missing":[]}' > $6; `
	for name, c := range map[string]struct{ script, want string }{
		"good":               {done + `cp good/* $5`, ""},
		"not root":           {`[ "$(id -u)" = 65532 ] && [ "$(id -G)" = 65532 ] && ! ls out && ! touch good/x && [ -z "$SECRET" ] && [ "$PYTHONHASHSEED" = 0 ] && [ "$SOURCE_DATE_EPOCH" = 315532800 ] && ` + done + `cp good/* $5`, ""},
		"its tree":           {`cd $4 && cat pkg/x.py && touch new && ` + done + `cp $OLDPWD/good/* $5`, ""},
		"fails":              {`echo one; printf '\033[31mtwo\n' >&2; exit 3`, "its build ended with exit status 3 | one\n\\u001b[31mtwo"},
		"says much":          {`head -c 3000000 /dev/zero | tr '\0' x; echo; echo last; exit 1`, "last"},
		"killed":             {`kill -9 $$`, "signal: killed"},
		"leaves a child":     {done + `cp good/* $5; (setsid sleep 60 </dev/null >/dev/null 2>&1 &) ; exit 0`, ""},
		"no answer":          {`cp good/* $5`, "it left no answer"},
		"answer is a link":   {`ln -s /etc/passwd $6; cp good/* $5`, "no regular file"},
		"answer is nonsense": {`echo x > $6; cp good/* $5`, "cannot be read"},
		"asks for an option": {`echo '{"missing":["--index-url=x"]}' > $6`, "want NAME"},
		"no wheel":           {done, "left 0 files"},
		"two wheels":         {done + `echo said; cp good/* other/* $5`, "want one wheel | said"},
		"folder is a link":   {done + `rmdir $5; ln -s $PWD/good $5`, "it left no folder"},
		"many files":         {done + `cd $5; n=$(printf '%0200d' 0); i=0; while [ $i -lt 3000 ]; do : > $n$i; i=$((i+1)); done`, "left 3000 files"},
		"wheel is a link":    {done + `ln -s $PWD/good/a-1.0-py3-none-any.whl $5/a-1.0-py3-none-any.whl`, "no regular file"},
		"wrong name":         {done + `cp other/* $5`, "it is b==1.0, want a==1.0"},
		"wrong version":      {done + `cp good/*.whl $5/a-2.0-py3-none-any.whl`, "it is a==2.0, want a==1.0"},
		"renamed":            {done + `cp other/*.whl $5/a-1.0-py3-none-any.whl`, "want the .dist-info of a==1.0"},
		"platform wheel":     {done + `cp good/*.whl $5/a-1.0-cp313-cp313-linux_x86_64.whl`, "[cp313]-[cp313]-[linux_x86_64], want one of pure Python"},
		"other Python":       {done + `cp good/*.whl $5/a-1.0-py2-none-any.whl`, "want one of pure Python"},
		"not pure":           {done + `cp notpure/* $5`, `Root-Is-Purelib "false"`},
		"compiled code":      {done + `cp elf/* $5`, "a.py\" is compiled code"},
		"not a wheel":        {done + `echo x > $5/a-1.0-py3-none-any.whl`, "unsafe wheel"},
		"other times":        {done + `case $4 in */other-*) cp later/* $5;; *) cp good/* $5;; esac`, ""},
		"other each time":    {done + `case $4 in */other-*) cp changed/* $5;; *) cp good/* $5;; esac`, `two builds of it differ, want the same: in "a-1.0.dist-info/RECORD"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SECRET", "x")
			o := workshop(t, targz(t, file("a-1.0/pkg/x.py", "x")))
			dir := filepath.Dir(o.Python)
			for folder, raw := range map[string][]byte{
				"good/a": wheelOf(t, "a", "1.0", "true", "1"), "other/b": wheelOf(t, "b", "1.0", "true", "1"), "notpure/a": wheelOf(t, "a", "1.0", "false", "1"),
				"elf/a": wheelOf(t, "a", "1.0", "true", "\x7fELFx"), "changed/a": wheelOf(t, "a", "1.0", "true", "2"),
				"later/a": later(t, wheelOf(t, "a", "1.0", "true", "1")),
			} {
				put(t, filepath.Join(dir, folder+"-1.0-py3-none-any.whl"), raw)
			}
			if err := os.WriteFile(o.Python, []byte("#!/bin/sh\ncd "+dir+"\n"+c.script), 0o755); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			r, err := Build(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took > 15*time.Second {
				t.Errorf("took %v", took)
			}
			if c.want == "" {
				if len(r.Failed) > 0 || len(r.Built) != 1 || !slices.Equal(r.Built[0].Requires, []string{"six", `anyio; extra == "x"`}) || !slices.Equal(r.Built[0].Extras, []string{"x"}) {
					t.Fatalf("got %+v", r)
				}
				raw, err := os.ReadFile(filepath.Join(o.Out, WheelsName, r.Built[0].Wheel))
				if err != nil || sum(raw) != r.Built[0].WheelSHA256 {
					t.Errorf("got %v", err)
				}
			} else if len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Reason+" | "+r.Failed[0].Output, c.want) || len(r.Failed[0].Reason+r.Failed[0].Output) > 2*shownOutput {
				t.Errorf("got %+v, want %q", r, c.want)
			}
			if left, _ := os.ReadDir(o.Work); len(left) != 1 {
				t.Errorf("the work folder holds %v", left)
			}
		})
	}
}

// TestBuildHangs: a build that takes too long is ended, and is no result.
func TestBuildHangs(t *testing.T) {
	o := workshop(t, targz(t, file("a-1.0/x", "x")))
	if err := os.WriteFile(o.Python, []byte("#!/bin/sh\n(setsid sleep 60 &)\nsleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	o.Time = time.Second
	if _, err := Build(context.Background(), o); err == nil || !strings.Contains(err.Error(), "building a==1.0: too slow: it did not end within 1s") {
		t.Errorf("got %v", err)
	}
}

// TestBuildAsks: a build that asks for more than it has is not run, and what it asks for is told.
func TestBuildAsks(t *testing.T) {
	o := workshop(t, targz(t, file("a-1.0/x", "x")))
	if err := os.WriteFile(o.Python, []byte("#!/bin/sh\n[ \"$7\" = '[\"setuptools\"]' ] && echo '{\"missing\":[\"cython<3\"]}' > $6\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := Build(context.Background(), o)
	if err != nil || !slices.Equal(r.Missing, []string{"cython<3"}) || len(r.Failed) != 1 || !strings.Contains(fmt.Sprint(r.Err()), "its build asks for cython<3") {
		t.Errorf("got %+v, %v", r, err)
	}
}

// backends are build backends that lie in the source tree.
const (
	goodBackend = `import os, socket, sys
def get_requires_for_build_wheel(settings=None): return ["setuptools"]
def build_wheel(out, settings=None, metadata=None):
    assert sys.argv[1:] == [] and os.environ["PYTHONHASHSEED"] == "0"
    import shutil; shutil.copy("a.whl", os.path.join(out, "a-1.0-py3-none-any.whl"))
    return "a-1.0-py3-none-any.whl"
`
	askingBackend  = "def get_requires_for_build_wheel(settings=None): return ['numpy']\n"
	failingBackend = "import a_module_that_is_not_there\n"
)

// TestDriver runs the driver in a real interpreter.
func TestDriver(t *testing.T) {
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil || exec.Command(python, "-P", "-c", "import tomllib").Run() != nil {
		t.Skip("there is no /usr/bin/python3 of 3.11 or newer")
	}
	project := func(path string) string {
		return "[build-system]\nrequires = []\nbuild-backend = 'backend.hooks'\nbackend-path = ['" + path + "']\n"
	}
	for name, c := range map[string]struct{ project, backend, want string }{
		"good":       {project("sub"), goodBackend, ""},
		"asks":       {project("sub"), askingBackend, "its build asks for numpy"},
		"missing":    {project("sub"), failingBackend, "No module named 'a_module_that_is_not_there'"},
		"outside":    {project(".."), goodBackend, "outside the source tree"},
		"no backend": {"[build-system]\nrequires = []\nbuild-backend = 'not_there'\n", goodBackend, "No module named 'not_there'"},
	} {
		t.Run(name, func(t *testing.T) {
			o := workshop(t, targz(t, file("a-1.0/pyproject.toml", c.project), file("a-1.0/sub/backend/hooks.py", c.backend), file("a-1.0/sub/backend/__init__.py", ""),
				file("a-1.0/a.whl", string(wheelOf(t, "a", "1.0", "true", "1")))))
			o.Python = python
			r, err := Build(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if said := fmt.Sprint(r.Err()); c.want == "" && len(r.Built) != 1 || c.want != "" && !strings.Contains(said, c.want) {
				t.Errorf("got %+v, want %q", r, c.want)
			}
		})
	}
}
