package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sandbox"
	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/validate"
)

// sdistResult is the file that the sdist-build stage leaves (pipeline/stage/sdist).
const sdistResult = "build.json"

// sdistScratch bounds what a build can write, in bytes: source trees and wheels are there twice.
const sdistScratch = 512 << 20

// fetchedSources are the source distributions of a server, and what they are built with.
type fetchedSources struct {
	plan  sdist.Plan
	files *dagger.Directory // the source distributions
	asked []sdist.Source    // what they say of themselves; nil where nobody asked

	wheels *dagger.Directory // what they are built with
	tools  *dagger.Directory // layer.tar.gz with the environment of these
}

// builds are the source distributions as a lock of build requirements records them.
func (f *fetchedSources) builds() []string {
	var out []string
	for _, s := range f.asked {
		out = append(out, s.ID+" sha256:"+s.SHA256)
	}
	return sdist.Sorted(out)
}

// sources fetches the source distributions that the server's lock names and the wheels that they are built with. It is nil, and nothing is done, for
// a server that has none.
func (m *Dockyard) sources(ctx context.Context, t *tools, s *server, lock *pylock.Lock, python, glibc string) (*fetchedSources, []string, error) {
	var wanted []pylock.Package
	for _, platform := range m.Platforms {
		packages, err := lock.Select(platform)
		if err != nil {
			return nil, nil, err
		}
		_, sdists := lock.Split(packages)
		wanted = append(wanted, sdists...)
	}
	items := sdist.Items(wanted)
	if len(items) == 0 {
		return nil, nil, nil
	}
	build, problems := validate.BuildLock(os.DirFS(s.tree), label, s.Server)
	if err := problems.Err(problem.ErrInvalid); err != nil {
		return nil, nil, err
	}
	fetched, err := t.sdists(items)
	if err != nil {
		return nil, nil, err
	}
	said, err := fetched.Stderr(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("fetching what is built from source: %w", err)
	}
	f := &fetchedSources{plan: sdist.Plan{SchemaVersion: sdist.SchemaVersion, Sdists: items, Requires: build.Facts.Requires}, files: fetched.Directory("/sdists")}
	return f, yankedSince(said), f.equip(t, build, s.file(catalogue.BuildLock), python, glibc)
}

// sdists is pip's container after it has found source distributions by their hashes and downloaded them to /sdists.
func (t *tools) sdists(items []sdist.Item) (*dagger.Container, error) {
	argv, err := sdist.FetchArgv(items, "/sdists")
	if err != nil {
		return nil, err
	}
	return t.pip().WithExec(argv), nil
}

// equip fetches what source distributions are built with, the wheels of a lock of build requirements for the platform that containers run on, and
// makes the environment of it, installed like the packages of a server.
func (f *fetchedSources) equip(t *tools, lock *pylock.Lock, file *dagger.File, python, glibc string) error {
	platform := "linux/" + t.native
	packages, err := lock.Select(platform)
	if err != nil {
		return err
	}
	if len(packages) == 0 {
		return fmt.Errorf("%s has no package for %s; run: dagger call lock", catalogue.BuildLock, platform)
	}
	fetched, err := t.pipDownload(pylock.Requirements(packages), platform, python, glibc)
	if err != nil {
		return err
	}
	f.wheels = fetched.Directory("/wheels")
	f.tools = t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/build-requirements.lock", file).WithMountedDirectory("/wheels", f.wheels)
	}, "py-environment", "--lock=/build-requirements.lock", "--wheels=/wheels", "--platform="+platform, "--python="+python, "--glibc="+glibc, "--out=/out").Directory("/out")
	return nil
}

// sdistBuild builds every source distribution of a plan in the base's root with the tools, without network and privileges, and returns what the
// sdist-build stage leaves. A build that fails is in the result, which stages that want the wheels refuse.
func (t *tools) sdistBuild(base, tools *dagger.Directory, plan sdist.Plan, files *dagger.Directory) *dagger.Directory {
	raw, err := sdist.Encode(plan)
	if err != nil {
		panic(err) // texts always marshal
	}
	argv := []string{sandbox.In + "/stage", "sdist-build", "--plan=" + sandbox.In + "/plan.json", "--sdists=" + sandbox.In + "/sdists", "--work=" + sandbox.Home, "--out=" + sandbox.Out}
	return dag.Directory().
		WithFile("base.tar.gz", base.File("layer.tar.gz")).
		WithFile("tools.tar.gz", tools.File("layer.tar.gz")).
		WithNewDirectory("in", dagger.DirectoryWithNewDirectoryOpts{Permissions: 0o700}).
		WithFile("in/stage", t.stage()).
		WithNewFile("in/plan.json", string(raw)).
		WithDirectory("in/sdists", files).
		WithNewFile("Dockerfile", sandbox.Root([]string{"base.tar.gz", "tools.tar.gz"})+sandbox.Run("in", sandbox.Step{Argv: argv, Scratch: sdistScratch})).
		DockerBuild().Directory(sandbox.Out)
}

// sourceNames are the packages that a spec has built from source.
func sourceNames(s *spec.Spec) []string {
	var out []string
	for _, d := range s.Package.SourceDists {
		out = append(out, d.Package)
	}
	return out
}

// sourceNotes names each package that is built from source with the spec's reason. It does not block: that is what the reason is for.
func (s *server) sourceNotes() problem.List {
	var out problem.List
	if len(s.spec.Package.SourceDists) == 0 {
		return nil
	}
	lock, err := s.pythonLock()
	if err != nil {
		return nil // reported where the lock is checked
	}
	_, sdists := lock.Split(lock.Packages)
	for i, d := range s.spec.Package.SourceDists {
		for _, item := range sdist.Items(sdists) {
			if item.Name != pylock.CanonicalName(d.Package) {
				continue
			}
			p := s.spec.Problem(fmt.Sprintf("spec.source_distributions[%d]", i), fmt.Sprintf("%s is built here from its source distribution, by code of its own: %s", item.ID(), strings.Join(strings.Fields(d.Reason), " ")), "")
			p.Warning = true
			out = append(out, p)
		}
	}
	return out
}
