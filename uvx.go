package main

import (
	"context"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/pipindex"
	"dagger/dockyard/pipeline/pylock"
)

// uvx is how PyPI packages become images: the compiled standard library as one layer, a virtual environment with the wheels of the lock as another.
func (m *Dockyard) uvx(ctx context.Context, t *tools, s *server) (recipe, error) {
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
	p := s.spec.Package
	app := pyPackage{lock: s.file(catalogue.PythonLock), name: p.Name, version: p.Version, entrypoint: p.Entrypoint}
	wheels := map[string]*dagger.Directory{}
	sources, notes, err := m.sources(ctx, t, s, lock, python, glibc)
	if err != nil {
		return recipe{}, err
	}
	for _, platform := range m.Platforms {
		packages, err := lock.Select(platform)
		if err != nil {
			return recipe{}, err
		}
		packages, _ = lock.Split(packages)
		if len(packages) == 0 { // the server itself is built from source and needs nothing
			wheels[platform] = dag.Directory()
			continue
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
		if wheels[platform], err = fetched.Directory("/wheels").Sync(ctx); err != nil {
			return recipe{}, fmt.Errorf("fetching the wheels for %s: %w", platform, err)
		}
	}
	index, err := t.pipIndex(ctx)
	if err != nil {
		return recipe{}, err
	}
	from := m.pypiOrigin(t, s, wheels, sources, index)
	return recipe{notes: unique(notes), origin: from, layers: func(platform string, b *baseLayers) []namedLayer {
		native := b.layers["linux/"+t.native]
		cpython := t.root(native)
		if sources != nil {
			app.built = t.sdistBuild(native, sources.tools, sources.plan, sources.files)
		}
		return []namedLayer{
			{"python", t.pyLibrary(cpython, t.root(b.layers[platform]), python)},
			{"app", t.pyInstall(cpython, app, wheels[platform], platform, python, b.glibc)},
		}
	}}, nil
}

// pypiOrigin asks the index who published and built the wheels, and the source distributions.
func (m *Dockyard) pypiOrigin(t *tools, s *server, wheels map[string]*dagger.Directory, sources *fetchedSources, index pipindex.Index) origin {
	args := append([]string{"pypi-provenance", "--lock=/requirements.lock"}, index.Args()...)
	for _, p := range m.Platforms {
		args = append(args, "--platform="+p, "--wheels=/wheels/"+oci.Architecture(p))
	}
	if sources != nil {
		args = append(args, "--wheels=/sdists", "--wheels=/tools", "--build-lock=/build-requirements.lock", "--build-platform=linux/"+t.native)
	}
	return m.originStage(t, s, func(c *dagger.Container) *dagger.Container {
		c = c.WithMountedFile("/requirements.lock", s.file(catalogue.PythonLock))
		if sources != nil {
			c = c.WithMountedDirectory("/sdists", sources.files).WithMountedDirectory("/tools", sources.wheels).WithMountedFile("/build-requirements.lock", s.file(catalogue.BuildLock))
		}
		for _, p := range m.Platforms {
			c = c.WithMountedDirectory("/wheels/"+oci.Architecture(p), wheels[p])
		}
		return c
	}, args...)
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

// pyPackage is a PyPI package with all it needs.
type pyPackage struct {
	lock          *dagger.File // requirements.lock
	name, version string
	entrypoint    string // console script; "" chooses it

	built *dagger.Directory // what was built from source distributions; nil for none
}

// pyInstall unpacks the wheels of one platform, which are verified once more, with what CPython compiles their sources to.
func (t *tools) pyInstall(cpython *dagger.Directory, p pyPackage, wheels *dagger.Directory, platform, python, glibc string) *dagger.Directory {
	inputs := func(c *dagger.Container) *dagger.Container {
		c = c.WithMountedFile("/requirements.lock", p.lock).WithMountedDirectory("/wheels", wheels)
		if p.built != nil {
			c = c.WithMountedDirectory("/built", p.built)
		}
		return c
	}
	args := []string{"--lock=/requirements.lock", "--wheels=/wheels", "--platform=" + platform, "--python=" + python, "--glibc=" + glibc, "--out=/out"}
	if p.built != nil {
		args = append(args, "--built=/built")
	}
	sources := t.offline(inputs, append([]string{"py-sources"}, args...)...).Directory("/out")
	install := append([]string{"py-install"}, args...)
	install = append(install, "--compiled=/compiled", "--package="+p.name, "--version="+p.version)
	if p.entrypoint != "" {
		install = append(install, "--entrypoint="+p.entrypoint)
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

// pipIndex asks pip which indexes it fetches from, whatever of its configuration and environment says so; no address is written in this project.
func (t *tools) pipIndex(ctx context.Context) (pipindex.Index, error) {
	out, err := t.pip().WithExec(pipindex.Argv()).Stdout(ctx)
	if err != nil {
		return pipindex.Index{}, fmt.Errorf("asking pip for its index: %w", err)
	}
	index, err := pipindex.Parse(out)
	if err != nil {
		return pipindex.Index{}, fmt.Errorf("asking pip for its index: %w", err)
	}
	return index, nil
}
