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
	servers, err := m.toLock(ctx, name)
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
			u, err := m.updateOne(ctx, t, s, cutoff)
			if err != nil {
				u = failed(s, errors.New(boundary(err).Error()))
			}
			out[i] = u
			return nil
		})
	}
	return out, g.Wait()
}

// updateOne proposes the newest version that is old enough, with the locks it would have.
func (m *Dockyard) updateOne(ctx context.Context, t *tools, s catalogue.Server, cutoff time.Time) (updated, error) {
	if err := s.Found.Err(problem.ErrInvalid); err != nil {
		return updated{}, err
	}
	p := s.Spec.Package
	newest, err := t.newest(ctx, s.Spec, cutoff)
	if err != nil {
		return updated{}, err
	}
	if newest.Version == p.Version {
		return updated{server: s, report: report.Subject{Name: s.Dir}}, nil
	}
	current, err := t.release(ctx, upstream.Ref{Protocol: s.Spec.Metadata.Protocol, Name: p.Name, Version: p.Version}, time.Now())
	if err != nil {
		return updated{}, fmt.Errorf("looking at the version in use: %w", err)
	}
	tree, err := filepath.Abs("catalogue")
	if err != nil {
		return updated{}, err
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
	name := s.LockFiles()[0]
	if old, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(s.Path(name)))); err == nil {
		if err := dependencies(&before, s.Spec, old); err != nil {
			return updated{}, err
		}
	}
	lock, err := r.locks.File(name).Contents(ctx)
	if err != nil {
		return updated{}, err
	}
	if err := dependencies(&after, s.Spec, []byte(lock)); err != nil {
		return updated{}, err
	}
	return updated{server: s, spec: raw, locks: r.locks, report: changeReport(s, upstream.Compare(before, after))}, nil
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

// newest is the newest release that is old enough and not below the one in use.
func (t *tools) newest(ctx context.Context, s *spec.Spec, cutoff time.Time) (upstream.Release, error) {
	ref := upstream.Ref{Protocol: s.Metadata.Protocol, Name: s.Package.Name}
	switch s.Metadata.Protocol {
	case spec.NPX:
		return t.npmRelease(ctx, ref, cutoff, s.Package.Version)
	case spec.Go:
		return t.goRelease(ctx, ref, cutoff, s.Package.Version)
	default:
		r, err := t.release(ctx, ref, cutoff)
		if err == nil && pylock.CompareVersions(r.Version, s.Package.Version) < 0 {
			r = upstream.Release{Version: s.Package.Version}
		}
		return r, err
	}
}

// dependencies reads a lock into what is known of a version.
func dependencies(into *upstream.State, s *spec.Spec, raw []byte) error {
	switch s.Metadata.Protocol {
	case spec.NPX:
		lock, problems := npmlock.Read("package-lock.json", bytes.NewReader(raw))
		if err := problems.Err(npmlock.ErrLock); err != nil {
			return err
		}
		into.Dependencies, into.Scripts = upstream.NPMLock(lock, s.Package.Name)
	case spec.UVX:
		lock, problems := pylock.Read("requirements.lock", bytes.NewReader(raw))
		if err := problems.Err(pylock.ErrLock); err != nil {
			return err
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
