package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
)

// lockParallelism is how many servers are resolved at a time. Resolvers wait for the registry most of the time, but each takes a core now and
// then.
const lockParallelism = 2

// locked is the outcome for one server.
type locked struct {
	name  string
	dir   string            // of the server in the catalogue
	locks *dagger.Directory // its locks, to lie in dir
	stale []string          // locks that the server has and no longer wants
	err   error
}

// lock resolves servers and puts their locks into one change.
func (m *Dockyard) lock(ctx context.Context, servers []catalogue.Server, cutoff time.Time) (*dagger.Changeset, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	return m.lockEach(servers, func(s catalogue.Server) locked { return m.lockOne(ctx, t, s, cutoff) })
}

// lockEach locks servers, each on its own, and puts all locks into one change. When one fails, nothing is changed, and all that failed is told.
func (m *Dockyard) lockEach(servers []catalogue.Server, one func(catalogue.Server) locked) (*dagger.Changeset, error) {
	results := make([]locked, len(servers))
	var g errgroup.Group // without a context: a failing server does not end the others
	g.SetLimit(lockParallelism)
	for i, s := range servers {
		g.Go(func() error {
			results[i] = one(s)
			return nil
		})
	}
	g.Wait()
	if err := failures(results); err != nil {
		return nil, err
	}
	before := dag.Directory().WithDirectory(label, m.Catalogue)
	after := before
	for _, r := range results {
		for _, name := range r.stale {
			after = after.WithoutFile(path.Join(label, r.dir, name))
		}
		after = after.WithDirectory(path.Join(label, r.dir), r.locks)
	}
	return after.Changes(before), nil
}

// lockOne resolves with the ecosystem's client, in a container that sees nothing but what the spec asks for, and adds system packages where the
// spec has some.
func (m *Dockyard) lockOne(ctx context.Context, t *tools, s catalogue.Server, cutoff time.Time) locked {
	r := locked{name: s.Dir, dir: s.Dir}
	if r.err = s.Found.Err(problem.ErrInvalid); r.err != nil {
		return r
	}
	if r.locks, r.err = m.locks(ctx, t, &server{Server: s, id: s.ID, dir: s.Dir, spec: s.Spec}, cutoff); r.err != nil {
		return r
	}
	packages := s.Spec.Package.SystemPackages
	if s.Has(catalogue.BuildLock) && !s.BuildsFromSource() {
		r.stale = append(r.stale, catalogue.BuildLock)
	}
	if len(packages) == 0 {
		if s.Has(systemLockName) {
			r.stale = append(r.stale, systemLockName)
		}
		return r
	}
	lock, err := m.debianLock(ctx, t, cutoff, debianRequest{packages: packages, above: baseLock(s.Spec.Metadata.Protocol)})
	if err == nil {
		_, err = lock.Contents(ctx) // does the work here, where an error is this server's
	}
	if err != nil {
		r.err = fmt.Errorf("system packages: %w", err)
		return r
	}
	r.locks = r.locks.WithFile(systemLockName, lock)
	return r
}

// failures is one error that tells of every server that could not be locked, nil when there is none.
func failures(results []locked) error {
	var failed []string
	for _, r := range results {
		if r.err != nil {
			failed = append(failed, boundary(fmt.Errorf("locking %q: %w", r.name, r.err)).Error())
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(results) == 1:
		return fmt.Errorf("%s", failed[0])
	}
	return fmt.Errorf("%s\n\n%d of %d servers could not be locked, so nothing was written; mend them and run it again, which finds what the others "+
		"resolved to in the engine's cache, or lock one with --server=NAME", strings.Join(failed, "\n\n"), len(failed), len(results))
}

// toLock are the server with a name, or all of the catalogue when it is empty, and the folder that holds them. Those whose specs are broken are
// among them.
func (m *Dockyard) toLock(ctx context.Context, name string) (servers []catalogue.Server, tree string, err error) {
	if name != "" {
		s, err := m.find(ctx, name)
		if err != nil {
			return nil, "", err
		}
		return []catalogue.Server{s.Server}, s.tree, nil
	}
	if tree, err = m.export(ctx, nil); err != nil {
		return nil, "", err
	}
	c, problems := catalogue.Load(os.DirFS(tree), catalogue.Options{Label: label})
	if len(c.Servers) == 0 {
		return nil, "", problems.Err(problem.ErrInvalid)
	}
	return c.Servers, tree, nil
}
