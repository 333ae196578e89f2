package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/spec"
)

// uvPlatform is the newest platform uv knows that the glibc of the base, 2.41, can stand for.
const uvPlatform = "manylinux_2_40"

// uvx is how PyPI packages become images: the compiled standard library as one layer, a virtual environment with the wheels of the lock as another.
func (t *tools) uvx(ctx context.Context, s *server, platforms []string) (recipe, error) {
	python, err := base.PythonMinor()
	if err != nil {
		return recipe{}, err
	}
	lock, err := s.pythonLock()
	if err != nil {
		return recipe{}, err
	}
	glibc, err := pythonGlibc()
	if err != nil {
		return recipe{}, err
	}
	wheels := map[string]*dagger.Directory{}
	var notes []string
	for _, platform := range platforms {
		packages, err := lock.Select(platform)
		if err != nil {
			return recipe{}, err
		}
		fetched, err := t.pipDownload(pylock.Requirements(packages), platform, python, glibc)
		if err != nil {
			return recipe{}, err
		}
		said, err := fetched.Stderr(ctx)
		if err != nil {
			return recipe{}, fmt.Errorf("fetching the wheels for %s: %w", platform, err)
		}
		notes = append(notes, yankedSince(said)...)
		wheels[platform] = fetched.Directory("/wheels")
	}
	return recipe{base: base.PythonLock, runs: true, notes: unique(notes), layers: func(platform string, b *baseLayers) []namedLayer {
		cpython := t.root(b.layers["linux/"+t.native])
		return []namedLayer{
			{"python", t.pyLibrary(cpython, t.root(b.layers[platform]), python)},
			{"app", t.pyInstall(cpython, s, wheels[platform], platform, python, b.glibc)},
		}
	}}, nil
}

// root unpacks a base layer into a folder.
func (t *tools) root(layer *dagger.Directory) *dagger.Directory {
	return t.debian.
		WithMountedFile("/layer.tar.gz", layer.File("layer.tar.gz")).
		WithDirectory("/root-of-base", dag.Directory()).
		WithExec([]string{"tar", "--extract", "--gzip", "--file=/layer.tar.gz", "--directory=/root-of-base"}).
		Directory("/root-of-base")
}

// compile has the base's own CPython compile all Python files of a folder that stands for /, without running any of them. The same files give the
// same bytes: no times are recorded, and the order of sets is fixed. Files that no Python can read, as some packages have in their tests, are left.
func compile(cpython, sources *dagger.Directory, python string) *dagger.Directory {
	return dag.Container().WithRootfs(cpython).
		WithMountedDirectory("/sources", sources).
		WithEnvVariable("PYTHONHASHSEED", "0").
		WithExec([]string{"/usr/bin/python" + python, "-P", "-S", "-m", "compileall", "-q", "-f", "-j", "1", "--invalidation-mode", "unchecked-hash",
			"-s", "/sources", "-p", "/", "/sources"}, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny}).
		Directory("/sources")
}

// pyLibrary makes the layer with the compiled standard library: Debian's packages leave that to their installation, and without it each start
// would compile what it imports again.
func (t *tools) pyLibrary(cpython, root *dagger.Directory, python string) *dagger.Directory {
	library := dag.Directory().WithDirectory("usr/lib/python"+python, root.Directory("usr/lib/python"+python))
	compiled := compile(cpython, library, python)
	return t.run(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/library", library).WithMountedDirectory("/compiled", compiled)
	}, "py-library", "--root=/library", "--compiled=/compiled", "--python="+python, "--out=/out").Directory("/out")
}

// pyInstall unpacks the wheels of one platform, which are verified once more, with what CPython compiles their sources to.
func (t *tools) pyInstall(cpython *dagger.Directory, s *server, wheels *dagger.Directory, platform, python, glibc string) *dagger.Directory {
	inputs := func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/requirements.lock", s.file(catalogue.PythonLock)).WithMountedDirectory("/wheels", wheels)
	}
	args := []string{"--lock=/requirements.lock", "--wheels=/wheels", "--platform=" + platform, "--python=" + python, "--glibc=" + glibc, "--out=/out"}
	sources := t.run(inputs, append([]string{"py-sources"}, args...)...).Directory("/out")
	install := append([]string{"py-install"}, args...)
	install = append(install, "--compiled=/compiled", "--package="+s.spec.Package.Name, "--version="+s.spec.Package.Version)
	if e := s.spec.Package.Entrypoint; e != "" {
		install = append(install, "--entrypoint="+e)
	}
	return t.run(func(c *dagger.Container) *dagger.Container {
		return inputs(c).WithMountedDirectory("/compiled", compile(cpython, sources, python))
	}, install...).Directory("/out")
}

// pipDownload is pip after it has downloaded the wheels of a requirements file to /wheels, for a platform that need not be its own. pip refuses
// what is not pinned by hash, and what is no wheel.
func (t *tools) pipDownload(requirements, platform, python, glibc string) (*dagger.Container, error) {
	tags, err := pylock.PlatformTags(platform, glibc)
	if err != nil {
		return nil, err
	}
	args := []string{"python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--implementation", "cp", "--python-version", python, "--abi", "cp" + strings.ReplaceAll(python, ".", ""), "--dest", "/wheels", "--requirement", "/requirements.txt"}
	for _, tag := range tags {
		args = append(args, "--platform", tag)
	}
	return t.pip().WithNewFile("/requirements.txt", requirements).WithExec(args), nil
}

// uvLock runs uv's resolver with the cut-off for each platform, fetches what it chose, and returns the lock in its committed form.
func (t *tools) uvLock(ctx context.Context, s *server, cutoff time.Time) (*dagger.File, error) {
	uv, err := base.Uv()
	if err != nil {
		return nil, err
	}
	glibc, err := pythonGlibc()
	if err != nil {
		return nil, err
	}
	want, err := s.pythonWant()
	if err != nil {
		return nil, err
	}
	args := []string{"py-lock", "--before=" + cutoff.Format(time.RFC3339), "--python=" + want.Python, "--uv=" + uv.Version, "--glibc=" + glibc,
		"--requirement=" + want.Requirement(), "--out=/requirements.lock"}
	for _, c := range want.Constraints {
		args = append(args, "--constraint="+c)
	}
	inputs := dag.Directory()
	for _, platform := range platforms {
		resolved, err := t.uvResolve(ctx, uv, want, platform, cutoff)
		if err != nil {
			return nil, fmt.Errorf("resolving %s for %s with nothing newer than %s: %w", s.spec.Ref(), platform, cutoff.Format(time.RFC3339), err)
		}
		fetched, err := t.pipDownload(resolved, platform, want.Python, glibc)
		if err != nil {
			return nil, err
		}
		inputs = inputs.WithNewFile(platform+"/resolved.txt", resolved).WithDirectory(platform+"/wheels", fetched.Directory("/wheels"))
		args = append(args, "--resolved="+platform+"=/in/"+platform+"/resolved.txt", "--wheels="+platform+"=/in/"+platform+"/wheels")
	}
	return t.run(func(c *dagger.Container) *dagger.Container { return c.WithMountedDirectory("/in", inputs) }, args...).File("/requirements.lock"), nil
}

// uvResolve returns the requirements that uv chose for a platform. A withdrawn release, which uv takes where it is asked for by its exact
// version, is refused here.
func (t *tools) uvResolve(ctx context.Context, uv base.Wheels, want pylock.Want, platform string, cutoff time.Time) (string, error) {
	c := t.pip().
		WithMountedFile("/wheels/"+uv.Wheels[t.native].File, t.wheel(uv, t.native)).
		WithExec([]string{"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
											"--target", "/opt/uv", "/wheels/" + uv.Wheels[t.native].File}).
		WithEnvVariable("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt") // where the engine adds its certificates; uv has its own
	if t.uvConfig != nil {
		c = c.WithMountedSecret("/etc/uv/uv.toml", t.uvConfig)
	}
	args := []string{"/opt/uv/bin/uv", "pip", "compile", "--generate-hashes", "--only-binary=:all:", "--no-header", "--no-annotate", "--no-python-downloads",
		"--python-version=" + want.Python, "--python-platform=" + pylock.Machines[platform] + "-" + uvPlatform, "--exclude-newer=" + cutoff.Format(time.RFC3339),
		"--output-file=/lock/resolved.txt", "--no-progress", "--color=never"}
	c = c.WithWorkdir("/lock").WithNewFile("/lock/requirements.in", want.Requirement()+"\n")
	if len(want.Constraints) > 0 {
		c = c.WithNewFile("/lock/constraints.txt", strings.Join(want.Constraints, "\n")+"\n")
		args = append(args, "--constraints=/lock/constraints.txt")
	}
	resolved := c.WithExec(append(args, "/lock/requirements.in"))
	said, err := resolved.Stderr(ctx)
	if err != nil {
		return "", err
	}
	if withdrawn := yankedByUv.FindAllString(said, -1); len(withdrawn) > 0 {
		return "", fmt.Errorf("%s; want a release that was not withdrawn", strings.Join(withdrawn, ", "))
	}
	return resolved.File("/lock/resolved.txt").Contents(ctx)
}

var (
	yankedByUv  = regexp.MustCompile("`[^`\n]+` is yanked(?: \\([^\n]*\\))?")
	yankedByPip = regexp.MustCompile(`yanked version: '([^']+)' candidate \(version (\S+)`)
)

// yankedSince finds the releases that were withdrawn after the lock was made. Their bytes are still those of the lock, so a build says it and
// goes on.
func yankedSince(said string) []string {
	var out []string
	for _, m := range yankedByPip.FindAllStringSubmatch(said, -1) {
		out = append(out, fmt.Sprintf("YANKED: %s==%s was withdrawn from the index after the lock was made; run `dagger call lock`", m[1], m[2]))
	}
	return out
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// pythonGlibc is the glibc version of the base for Python servers.
func pythonGlibc() (string, error) {
	lock, err := baselock.Parse("base lock", base.PythonLock)
	if err != nil {
		return "", err
	}
	return lock.Glibc, nil
}

// pythonWant is what the spec asks of its lock.
func pythonWant(id string, s *spec.Spec) (pylock.Want, error) {
	python, err := base.PythonMinor()
	w := pylock.Want{Server: id, Package: s.Package.Name, Version: s.Package.Version, Python: python}
	for _, c := range s.Package.Constraints {
		w.Constraints = append(w.Constraints, c.Spec)
	}
	return w, err
}

func (s *server) pythonWant() (pylock.Want, error) { return pythonWant(s.id, s.spec) }

// pythonLock reads the server's lock, which check has found to be in order.
func (s *server) pythonLock() (*pylock.Lock, error) {
	lock, problems := readPythonLock(s.tree, s.Server)
	return lock, problems.Err(problem.ErrInvalid)
}

func readPythonLock(tree string, s catalogue.Server) (*pylock.Lock, problem.List) {
	file := filepath.ToSlash(filepath.Join(label, s.Path(catalogue.PythonLock)))
	f, err := os.Open(filepath.Join(tree, filepath.FromSlash(s.Path(catalogue.PythonLock))))
	if err != nil {
		return nil, problem.List{{File: file, Message: err.Error()}}
	}
	defer f.Close()
	return pylock.Read(file, f)
}

// checkPythonLock compares a server's lock with its spec.
func checkPythonLock(tree string, s catalogue.Server) problem.List {
	lock, found := readPythonLock(tree, s)
	if lock == nil {
		return found
	}
	file := filepath.ToSlash(filepath.Join(label, s.Path(catalogue.PythonLock)))
	want, err := pythonWant(s.ID, s.Spec)
	if err != nil {
		return append(found, problem.Problem{File: file, Message: err.Error()})
	}
	return append(found, pylock.Check(file, lock, want)...)
}
