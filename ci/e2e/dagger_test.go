package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/ci/e2e/project"
)

// checkout is a copy of this project, or of its catalogue alone, and the engine to run it on.
type checkout struct {
	dir    string
	module string   // checkout whose module is used for the catalogue in dir; "" is dir itself
	engine string   // DOCKYARD_ENGINE_NAME; "" leaves the choice to the environment
	env    []string // more environment
}

// here is the checkout the test was compiled from.
func here(t testing.TB) checkout {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return checkout{dir: dir}
}

func (c checkout) project() project.Project {
	return project.Project{Dir: cmp.Or(c.module, c.dir), Engine: c.engine, Env: c.env}
}

// result is what a command left.
type result struct {
	stdout, stderr string
	err            error
	took           time.Duration
}

// run runs a program, of the checkout when its name has a slash, in the folder work ("" is the top of the checkout).
func (c checkout) run(t testing.TB, work, program string, args ...string) result {
	t.Helper()
	if c.module != "" && work == "" {
		work = c.dir
		if i := slices.Index(args, "call"); i >= 0 {
			args = slices.Insert(slices.Clone(args), i+1, "-m", c.module, "--servers=servers")
		}
	}
	got := c.project().Run(context.Background(), work, program, args...)
	t.Logf("%s %s: %.1fs, %v", filepath.Base(program), strings.Join(args, " "), got.Took.Seconds(), got.Err)
	return result{stdout: got.Stdout, stderr: got.Stderr, err: got.Err, took: got.Took}
}

// call runs `dagger call` and fails the test when it fails.
func (c checkout) call(t testing.TB, args ...string) string {
	t.Helper()
	r := c.run(t, "", "ci/dagger", append([]string{"--progress=plain", "call"}, args...)...)
	if r.err != nil {
		t.Fatalf("dagger call %s: %v\n%s", strings.Join(args, " "), r.err, last(r.stderr, 60))
	}
	return strings.TrimSpace(r.stdout)
}

// refused runs `dagger call`, which must fail and say all of want.
func (c checkout) refused(t testing.TB, args []string, want ...string) {
	t.Helper()
	r := c.run(t, "", "ci/dagger", append([]string{"--progress=plain", "call"}, args...)...)
	if r.err == nil {
		t.Errorf("dagger call %s: got success (%s), want a refusal", strings.Join(args, " "), r.stdout)
		return
	}
	for _, w := range want {
		if !strings.Contains(r.stderr, w) {
			t.Errorf("dagger call %s: got\n%s\nwant an error with %q", strings.Join(args, " "), last(r.stderr, 30), w)
		}
	}
}

// catalogue copies the catalogue into a new folder, for changes to it that the module of this checkout is asked about. That is quicker than a clone,
// for which the engine does every stage again.
func (c checkout) catalogue(t testing.TB) checkout {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "servers"), os.DirFS(filepath.Join(c.dir, "servers"))); err != nil {
		t.Fatal(err)
	}
	return checkout{dir: dir, module: c.dir, engine: c.engine, env: c.env}
}

// clone copies the project's files, without history and caches, into a new folder.
func (c checkout) clone(t testing.TB, engine string) checkout {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("git", "-C", c.dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("listing the project's files: %v", err)
	}
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(c.dir, name), filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "-C", dir, "init", "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	return checkout{dir: dir, engine: engine}
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, raw, info.Mode().Perm())
}

// edit replaces text in a file of the checkout, which must be there.
func (c checkout) edit(t testing.TB, name, from, to string) {
	t.Helper()
	name = filepath.Join(c.dir, name)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), from) {
		t.Fatalf("%s does not contain %q", name, from)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(raw), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func last(s string, lines int) string { return project.LastLines(s, lines) }

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal(fmt.Errorf("this test needs root, got uid %d", os.Geteuid()))
	}
}
