package main

import (
	"context"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/pylock"
)

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
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/library", library).WithMountedDirectory("/compiled", compiled)
	}, "py-library", "--root=/library", "--compiled=/compiled", "--python="+python, "--out=/out").Directory("/out")
}

// pyInstall unpacks the wheels of one platform, which are verified once more, with what CPython compiles their sources to.
func (t *tools) pyInstall(cpython *dagger.Directory, s *server, wheels *dagger.Directory, platform, python, glibc string) *dagger.Directory {
	inputs := func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/requirements.lock", s.file(catalogue.PythonLock)).WithMountedDirectory("/wheels", wheels)
	}
	args := []string{"--lock=/requirements.lock", "--wheels=/wheels", "--platform=" + platform, "--python=" + python, "--glibc=" + glibc, "--out=/out"}
	sources := t.offline(inputs, append([]string{"py-sources"}, args...)...).Directory("/out")
	install := append([]string{"py-install"}, args...)
	install = append(install, "--compiled=/compiled", "--package="+s.spec.Package.Name, "--version="+s.spec.Package.Version)
	if e := s.spec.Package.Entrypoint; e != "" {
		install = append(install, "--entrypoint="+e)
	}
	return t.offline(func(c *dagger.Container) *dagger.Container {
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
