package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
)

// sourceRounds bounds how often a server with source distributions is resolved. What they require is known only after they were built, and may change
// what is chosen; two rounds are the rule.
const sourceRounds = 8

// sourceLocks makes the locks of a server some of whose packages are built from source: they are resolved with what is known of these, built, and
// resolved again, until nothing new is chosen. They run where builds run, offline, and nowhere else.
func (m *Dockyard) sourceLocks(ctx context.Context, t *tools, want pylock.Want, cutoff time.Time) (*dagger.Directory, error) {
	known := sdist.Known{}
	var sources *fetchedSources
	var tools *dagger.File
	for range sourceRounds {
		r, err := t.resolve(ctx, uvRequest{want: want, known: known}, cutoff)
		if err != nil {
			return nil, err
		}
		items, err := r.items()
		if err != nil {
			return nil, err
		}
		if sources != nil && sources.of(items) {
			lock, err := t.lockOf(r, cutoff, sources)
			if err != nil {
				return nil, err
			}
			// Reading it makes the engine do the work here, where an error can say what it was for.
			if _, err := lock.Contents(ctx); err != nil {
				return nil, fmt.Errorf("fetching what was resolved for %s: %w", want.Requirement(), err)
			}
			return dag.Directory().WithFile(catalogue.PythonLock, lock).WithFile(catalogue.BuildLock, tools), nil
		}
		if sources, tools, err = m.tryBuild(ctx, t, want, items, known, cutoff); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("resolving %s: what its source distributions require still changed what is chosen after %d rounds; bound it with spec.constraints", want.Requirement(), sourceRounds)
}

// items are the packages that are to be built from source. Each that the spec allows must be among what was chosen.
func (r resolution) items() ([]sdist.Item, error) {
	want := r.request.want
	var all []pylock.Package
	for _, platform := range oci.All() {
		packages, err := r.packages(platform)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(packages, func(p pylock.Package) bool { return !want.FromSource(p.Name) })...)
	}
	items := sdist.Items(all)
	var unused []string
	for _, name := range want.Sdists {
		if name = pylock.CanonicalName(name); !slices.ContainsFunc(items, func(i sdist.Item) bool { return i.Name == name }) {
			unused = append(unused, name)
		}
	}
	if len(unused) > 0 {
		return nil, fmt.Errorf("resolving %s: nothing asks for %s, which spec.source_distributions allows to be built; remove it there", want.Requirement(), strings.Join(unused, ", "))
	}
	return items, nil
}

// of tells whether these are the sources of just these items.
func (f *fetchedSources) of(items []sdist.Item) bool {
	return slices.EqualFunc(f.plan.Sdists, items, func(a, b sdist.Item) bool { return a.ID() == b.ID() })
}

// tryBuild builds source distributions, which tells what they require, and returns them with the lock of what they were built with. A build that asks
// for more than was known to be needed gets it.
func (m *Dockyard) tryBuild(ctx context.Context, t *tools, want pylock.Want, items []sdist.Item, known sdist.Known, cutoff time.Time) (*fetchedSources, *dagger.File, error) {
	fetched, err := t.sdists(items)
	if err != nil {
		return nil, nil, err
	}
	f := &fetchedSources{plan: sdist.Plan{SchemaVersion: sdist.SchemaVersion, Sdists: items}, files: fetched.Directory("/sdists")}
	if f.asked, err = t.sdistRequires(ctx, f); err != nil {
		return nil, nil, fmt.Errorf("looking at what is built from source for %s: %w", want.Requirement(), err)
	}
	requires := sdist.Sorted(want.BuildRequires)
	for _, s := range f.asked {
		requires = sdist.Sorted(requires, s.Requires)
	}
	if len(requires) == 0 {
		requires = []string{"setuptools"} // a backend in the tree that needs nothing; a lock of nothing is none
	}
	root, glibc, err := m.pythonBase(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	for range sourceRounds {
		f.plan.Requires = requires
		lock, result, err := t.buildWith(ctx, want, f, root, glibc, cutoff)
		if err != nil {
			return nil, nil, err
		}
		if len(result.Missing) > 0 {
			requires = sdist.Sorted(requires, result.Missing)
			continue
		}
		if err := result.Err(); err != nil {
			return nil, nil, err
		}
		for i, b := range result.Built {
			known[b.ID] = sdist.Metadata{Name: items[i].Name, Version: items[i].Version, Requires: b.Requires, Extras: b.Extras}
		}
		return f, lock, nil
	}
	return nil, nil, fmt.Errorf("building what %s needs from source: its builds asked for more requirements %d times", want.Requirement(), sourceRounds)
}

// buildWith locks requirements of builds and builds with them.
func (t *tools) buildWith(ctx context.Context, want pylock.Want, f *fetchedSources, root *dagger.Directory, glibc string, cutoff time.Time) (*dagger.File, sdist.Result, error) {
	var result sdist.Result
	r, err := t.resolve(ctx, uvRequest{want: want, tools: f.plan.Requires}, cutoff)
	if err != nil {
		return nil, result, err
	}
	lock, err := t.lockOf(r, cutoff, f)
	if err != nil {
		return nil, result, err
	}
	text, err := lock.Contents(ctx)
	if err != nil {
		return nil, result, fmt.Errorf("fetching the build requirements %s: %w", strings.Join(f.plan.Requires, ", "), err)
	}
	parsed, problems := pylock.Read(catalogue.BuildLock, strings.NewReader(text))
	if err := problems.Err(pylock.ErrLock); err != nil {
		return nil, result, err
	}
	if err := f.equip(t, parsed, lock, want.Python, glibc); err != nil {
		return nil, result, err
	}
	raw, err := t.sdistBuild(root, f.tools, f.plan, f.files).File(sdistResult).Contents(ctx)
	if err != nil {
		return nil, result, fmt.Errorf("building what %s needs from source: %w", want.Requirement(), err)
	}
	err = sdist.Decode("what was built", []byte(raw), &result)
	return lock, result, err
}

// sdistRequires reads what source distributions need for their builds, without running any of their code.
func (t *tools) sdistRequires(ctx context.Context, f *fetchedSources) ([]sdist.Source, error) {
	plan, err := sdist.Encode(f.plan)
	if err != nil {
		return nil, err
	}
	raw, err := t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithNewFile("/plan.json", string(plan)).WithMountedDirectory("/sdists", f.files)
	}, "sdist-requires", "--plan=/plan.json", "--sdists=/sdists", "--out=/requires.json").File("/requires.json").Contents(ctx)
	if err != nil {
		return nil, err
	}
	var asked sdist.Asked
	err = sdist.Decode("what builds need", []byte(raw), &asked)
	return asked.Sdists, err
}
