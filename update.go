package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/cooldown"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/upstream"
)

// updated is what an update would do to one server.
type updated struct {
	server catalogue.Server
	spec   []byte            // the new file; nil when there is nothing newer
	locks  *dagger.Directory // its locks
	report report.Subject
}

// failed is an update that did not come about.
func failed(s catalogue.Server, err error) updated {
	return updated{server: s, report: report.Subject{Name: s.Dir, Problems: problem.List{{File: path.Join(label, s.Path(catalogue.SpecFile)), Message: err.Error()}}}}
}

// proposals looks for newer versions of servers, each on its own. Nothing is written.
func (m *Dockyard) proposals(ctx context.Context, name, before, minAge string) ([]updated, error) {
	cutoff, err := cooldown.Cutoff(before, minAge, time.Now())
	if err != nil {
		return nil, err
	}
	servers, tree, err := m.toLock(ctx, name)
	if err != nil {
		return nil, err
	}
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]updated, len(servers))
	var g errgroup.Group // without a context: a failing server does not end the others
	g.SetLimit(lockParallelism)
	for i, s := range servers {
		g.Go(func() error {
			u, err := m.updateOne(ctx, t, tree, s, cutoff)
			if err != nil {
				u = failed(s, errors.New(boundary(err).Error()))
			}
			out[i] = u
			return nil
		})
	}
	return out, g.Wait()
}

// updateOne proposes the newest version that is old enough, with the locks it would have. tree is the folder that holds the catalogue.
func (m *Dockyard) updateOne(ctx context.Context, t *tools, tree string, s catalogue.Server, cutoff time.Time) (updated, error) {
	if err := s.Found.Err(problem.ErrInvalid); err != nil {
		return updated{}, err
	}
	p := s.Spec.Package
	newest, form, err := t.newest(ctx, s.Spec, cutoff)
	if err != nil {
		return updated{}, err
	}
	told := func(c upstream.Change) report.Subject {
		c.Form = form
		return upstream.Subject(s.Dir, path.Join(label, s.Path(catalogue.SpecFile)), s.Spec, c, time.Now())
	}
	if newest.Version == p.Version {
		return updated{server: s, report: told(upstream.Change{From: p.Version, To: p.Version})}, nil
	}
	current, err := t.release(ctx, upstream.Ref{Protocol: s.Spec.Metadata.Protocol, Name: p.Name, Version: p.Version}, time.Now(), form.FromSource)
	if err != nil {
		return updated{}, fmt.Errorf("looking at the version in use: %w", err)
	}
	next, raw, err := withVersion(tree, s, newest.Version)
	if err != nil {
		return updated{}, err
	}
	r := m.lockOne(ctx, t, next, cutoff)
	if r.err != nil {
		return updated{}, r.err
	}
	before, after := upstream.State{Release: current}, upstream.State{Release: newest}
	if err := compareLocks(ctx, tree, s, r.locks, &before, &after); err != nil {
		return updated{}, err
	}
	return updated{server: s, spec: raw, locks: r.locks, report: told(upstream.Compare(before, after))}, nil
}

// withVersion is the server as it would be at another version, and its spec file.
func withVersion(tree string, s catalogue.Server, version string) (catalogue.Server, []byte, error) {
	file := s.Path(catalogue.SpecFile)
	raw, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(file)))
	if err != nil {
		return s, nil, err
	}
	if raw, err = spec.SetVersion(raw, version); err != nil {
		return s, nil, fmt.Errorf("%s: %w", path.Join(label, file), err)
	}
	o := spec.Options{Folder: s.ID, Lax: strings.Contains(s.Dir, "/")}
	parsed, problems := spec.Parse(path.Join(label, file), raw, o)
	s.Spec = parsed
	return s, raw, problems.Err(problem.ErrInvalid)
}

// newest is the newest release that is old enough and not below the one in use. Of one that is in use nothing but the version need be known.
func (t *tools) newest(ctx context.Context, s *spec.Spec, cutoff time.Time) (r upstream.Release, form upstream.Form, err error) {
	ref := upstream.Ref{Protocol: s.Metadata.Protocol, Name: s.Package.Name}
	switch s.Metadata.Protocol {
	case spec.NPX:
		r, err = t.npmRelease(ctx, ref, cutoff, s.Package.Version)
	case spec.Go:
		r, err = t.goRelease(ctx, ref, cutoff, s.Package.Version)
	default:
		return t.pyNewest(ctx, ref, s, cutoff)
	}
	return r, form, err
}

// pyNewest is newest for a package of PyPI, in the form that the spec wants.
func (t *tools) pyNewest(ctx context.Context, ref upstream.Ref, s *spec.Spec, cutoff time.Time) (upstream.Release, upstream.Form, error) {
	source := pylock.Want{Sdists: sourceNames(s)}.FromSource(pylock.Project(ref.Name))
	wheel, sdist, err := t.pyForms(ctx, ref, cutoff, source)
	if err != nil {
		return upstream.Release{}, upstream.Form{}, err
	}
	version, form := upstream.Forms{Wheel: wheel.Version, Source: sdist.Version}.Choose(source, s.Package.Version)
	if version == s.Package.Version {
		return upstream.Release{Version: version}, form, nil
	}
	chosen := wheel
	if source {
		chosen = sdist
	}
	r, err := t.pyFacts(ctx, ref.Name, chosen, source)
	return r, form, err
}

// compareLocks reads the locks that the server has, as far as it has them, and those that it would have.
func compareLocks(ctx context.Context, tree string, s catalogue.Server, locks *dagger.Directory, before, after *upstream.State) error {
	names := s.LockFiles()[:1]
	if s.BuildsFromSource() {
		names = append(names, catalogue.BuildLock)
	}
	for _, name := range names {
		if old, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(s.Path(name)))); err == nil {
			if err := dependencies(before, s.Spec, name, old); err != nil {
				return err
			}
		}
		lock, err := locks.File(name).Contents(ctx)
		if err != nil {
			return err
		}
		if err := dependencies(after, s.Spec, name, []byte(lock)); err != nil {
			return err
		}
	}
	return nil
}

// dependencies reads the lock of a name into what is known of a version.
func dependencies(into *upstream.State, s *spec.Spec, name string, raw []byte) error {
	switch s.Metadata.Protocol {
	case spec.NPX:
		lock, problems := npmlock.Read("package-lock.json", bytes.NewReader(raw))
		if err := problems.Err(npmlock.ErrLock); err != nil {
			return err
		}
		into.Dependencies, into.Scripts = upstream.NPMLock(lock, s.Package.Name)
	case spec.UVX:
		lock, problems := pylock.Read(name, bytes.NewReader(raw))
		if err := problems.Err(pylock.ErrLock); err != nil {
			return err
		}
		if name == catalogue.BuildLock {
			into.Tools = upstream.PythonLock(lock, "")
			return nil
		}
		into.Dependencies = upstream.PythonLock(lock, s.Package.Name)
	case spec.Go:
		lock, problems := golock.Read(golock.Files{ModName: catalogue.GoMod, SumName: catalogue.GoSum, Mod: bytes.NewReader(raw), Sum: strings.NewReader("")})
		if err := problems.Err(golock.ErrLock); err != nil {
			return err
		}
		into.Dependencies = upstream.GoLock(lock, s.Package.Name)
	}
	return nil
}
