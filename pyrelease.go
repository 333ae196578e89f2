package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/upstream"
)

// pyRelease has uv choose a version of a package and reads what it says of itself: its wheel or, with source, its source distribution.
func (t *tools) pyRelease(ctx context.Context, ref upstream.Ref, cutoff time.Time, source bool) (upstream.Release, error) {
	chosen, err := t.pyChoose(ctx, ref, cutoff, source)
	if err != nil {
		return upstream.Release{}, err
	}
	return t.pyFacts(ctx, ref.Name, chosen, source)
}

// pyChoose has uv choose a version of a package that has a wheel which can be used or, with source, a source distribution. What the package requires
// does not count: where it cannot be had, locking tells why, and no older version is taken in silence.
func (t *tools) pyChoose(ctx context.Context, ref upstream.Ref, cutoff time.Time, source bool) (pylock.Package, error) {
	uv, err := base.Uv()
	if err != nil {
		return pylock.Package{}, err
	}
	python, err := base.PythonMinor()
	if err != nil {
		return pylock.Package{}, err
	}
	want := pylock.Want{Package: ref.Name, Version: ref.Version, Python: python}
	if source {
		want.Sdists = []string{pylock.Project(ref.Name)}
	}
	if ref.Version != "" {
		want.Yanked = []string{pylock.Project(ref.Name) + "==" + ref.Version} // to be looked at: one must be able to leave it; locking refuses it
	}
	resolved, _, err := t.uvResolve(ctx, uv, uvRequest{want: want, alone: true}, oci.All()[0], cutoff)
	if err != nil {
		return pylock.Package{}, fmt.Errorf("resolving %s with nothing newer than %s: %w", want.Requirement(), cutoff.Format(time.RFC3339), err)
	}
	return upstream.ResolvedPyPI(resolved, ref.Name)
}

// pyForms are the newest versions of a package as a wheel and as a source distribution. It is an error when there is none in the form that is wanted, and
// none in the other.
func (t *tools) pyForms(ctx context.Context, ref upstream.Ref, cutoff time.Time, source bool) (wheel, sdist pylock.Package, err error) {
	var none *unsolved
	first, err := t.pyChoose(ctx, ref, cutoff, source)
	if err != nil && !errors.As(err, &none) {
		return wheel, sdist, err
	}
	second, err2 := t.pyChoose(ctx, ref, cutoff, !source)
	switch {
	case err2 == nil:
		err = nil
	case !errors.As(err2, &none):
		return wheel, sdist, err2
	}
	if source {
		return second, first, err
	}
	return first, second, err
}

// pyFacts fetches a package and reads what it says of itself. No code of it is run.
func (t *tools) pyFacts(ctx context.Context, name string, p pylock.Package, source bool) (upstream.Release, error) {
	read := t.wheelFacts
	if source {
		read = t.sdistFacts
	}
	file, err := read(p)
	if err != nil {
		return upstream.Release{}, err
	}
	facts, err := file.Contents(ctx)
	if err != nil {
		return upstream.Release{}, fmt.Errorf("fetching %s: %w", p.ID(), err)
	}
	r, err := upstream.PyPI([]byte(facts))
	if err != nil {
		return r, err
	}
	announced, err := t.pyAnnounced(ctx, name, p.Version, source)
	if err != nil {
		return r, err
	}
	return r, r.Announced([]byte(announced))
}

func (t *tools) wheelFacts(p pylock.Package) (*dagger.File, error) {
	glibc, err := pythonGlibc()
	if err != nil {
		return nil, err
	}
	python, err := base.PythonMinor()
	if err != nil {
		return nil, err
	}
	fetched, err := t.pipDownload(pylock.Requirements([]pylock.Package{p}), oci.All()[0], python, glibc)
	if err != nil {
		return nil, err
	}
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/wheels", fetched.Directory("/wheels"))
	}, "py-facts", "--wheels=/wheels", "--package="+p.Name, "--version="+p.Version, "--out=/facts.json").File("/facts.json"), nil
}

func (t *tools) sdistFacts(p pylock.Package) (*dagger.File, error) {
	items := sdist.Items([]pylock.Package{p})
	fetched, err := t.sdists(items)
	if err != nil {
		return nil, err
	}
	plan, err := sdist.Encode(sdist.Plan{SchemaVersion: sdist.SchemaVersion, Sdists: items})
	if err != nil {
		return nil, err
	}
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithNewFile("/plan.json", string(plan)).WithMountedDirectory("/sdists", fetched.Directory("/sdists"))
	}, "sdist-facts", "--plan=/plan.json", "--sdists=/sdists", "--out=/facts.json").File("/facts.json"), nil
}

// pyAnnounced asks the indexes that pip uses whether they have attestations of a release: of its wheels, or of its source distributions.
func (t *tools) pyAnnounced(ctx context.Context, name, version string, source bool) (string, error) {
	index, err := t.pipIndex(ctx)
	if err != nil {
		return "", err
	}
	args := append([]string{"pypi-announced", "--package=" + name, "--version=" + version, "--out=/announced.json"}, index.Args()...)
	if source {
		args = append(args, "--source")
	}
	args = append(args, t.netrcArgs()...)
	if t.pipConfig != nil {
		args = append(args, "--pip-config="+pipConfigFile)
	}
	said, err := t.online(func(c *dagger.Container) *dagger.Container {
		// The index's answer of another day is another answer.
		c = t.withNetrc(c).WithEnvVariable("DOCKYARD_LOOKED_AT", time.Now().UTC().Format(time.DateOnly))
		if t.pipConfig != nil {
			c = c.WithMountedSecret(pipConfigFile, t.pipConfig)
		}
		return c
	}, args...).File("/announced.json").Contents(ctx)
	if err != nil {
		return "", fmt.Errorf("asking for the attestations of %s==%s: %w", name, version, err)
	}
	return said, nil
}
