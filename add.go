package main

import (
	"context"
	"fmt"
	"path"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/upstream"
)

// add writes the spec of a package with its locks, as one change. name is the id to use, or empty to make one from the package;
// reason is why a package of PyPI may be built from its source distribution, or empty to take wheels alone.
func (m *Dockyard) add(ctx context.Context, ref upstream.Ref, name, reason string, cutoff time.Time) (*dagger.Changeset, error) {
	if name == "" {
		if name = upstream.ServerName(ref); name == "" {
			return nil, fmt.Errorf("naming the server: %q holds no word to use; give one with --name", ref.Name)
		}
	}
	if !spec.ValidName(name) {
		return nil, fmt.Errorf("naming the server: got %q, want %s", name, spec.NameGrammar)
	}
	before := dag.Directory().WithDirectory(label, m.Catalogue)
	if there, err := before.Exists(ctx, path.Join(label, name)); err != nil {
		return nil, err
	} else if there {
		return nil, fmt.Errorf("adding %q: the catalogue has a server of that name; give another with --name, or change its version and run lock --server=%s", name, name)
	}
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := t.draft(ctx, ref, name, reason, cutoff)
	if err != nil {
		return nil, err
	}
	raw, r, err := m.lockDraft(ctx, t, draft, cutoff)
	if err != nil && ref.Protocol == spec.Go && draft.Package.Entrypoint == "" {
		// A module with several programs has, as a rule, one named like itself. Which it has shows when it is locked.
		draft.Package.Entrypoint = golock.Program(ref.Name)
		if raw2, r2, err2 := m.lockDraft(ctx, t, draft, cutoff); err2 == nil {
			raw, r, err = raw2, r2, nil
		}
	}
	if err != nil {
		return nil, needReasons(err, name, raw)
	}
	dir := path.Join(label, name)
	after := before.WithNewFile(path.Join(dir, catalogue.SpecFile), string(raw)).WithDirectory(dir, r.locks)
	return after.Changes(before), nil
}

// lockDraft returns the file of a new spec, which must be one that a catalogue takes, and its locks.
func (m *Dockyard) lockDraft(ctx context.Context, t *tools, draft *spec.Spec, cutoff time.Time) ([]byte, locked, error) {
	raw, err := spec.Encode(draft)
	if err != nil {
		return nil, locked{}, err
	}
	name := draft.Metadata.Name
	parsed, problems := spec.Parse(path.Join(label, name, catalogue.SpecFile), raw, spec.Options{Folder: name})
	if err := problems.Err(problem.ErrInvalid); err != nil {
		return nil, locked{}, err
	}
	r := m.lockOne(ctx, t, catalogue.Server{ID: name, Dir: name, Spec: parsed}, cutoff)
	return raw, r, r.err
}

// release asks the ecosystem's client about a package: its newest version that is old enough, or the one that was named. With source, a
// package of PyPI is its source distribution.
func (t *tools) release(ctx context.Context, ref upstream.Ref, cutoff time.Time, source bool) (upstream.Release, error) {
	switch ref.Protocol {
	case spec.NPX:
		return t.npmRelease(ctx, ref, cutoff, "")
	case spec.UVX:
		return t.pyRelease(ctx, ref, cutoff, source)
	case spec.Go:
		return t.goRelease(ctx, ref, cutoff, "")
	default:
		return upstream.Release{}, fmt.Errorf("protocol %q cannot be added yet", ref.Protocol)
	}
}

// npmRelease asks npm. current is the version in use, below which none is chosen; empty for a new package.
func (t *tools) npmRelease(ctx context.Context, ref upstream.Ref, cutoff time.Time, current string) (upstream.Release, error) {
	node, err := base.Node()
	if err != nil {
		return upstream.Release{}, err
	}
	// The registry's answer of another day is another answer.
	npm := t.npm(node).WithEnvVariable("DOCKYARD_LOOKED_AT", time.Now().UTC().Format(time.DateOnly))
	view := func(pkg string, fields ...string) (string, error) {
		return npm.WithExec(npmArgs(append([]string{"view", pkg, "--json", "--no-update-notifier", "--loglevel=error"}, fields...)...)).Stdout(ctx)
	}
	if ref.Version == "" {
		history, err := view(ref.Name, "time", "dist-tags")
		if err != nil {
			return upstream.Release{}, fmt.Errorf("asking npm for the versions of %s: %w", ref.Name, err)
		}
		if ref.Version, err = upstream.NewestNPM([]byte(history), cutoff, current); err != nil {
			return upstream.Release{}, err
		}
	}
	answer, err := view(ref.Name+"@"+ref.Version, upstream.NPMFields...)
	if err != nil {
		return upstream.Release{}, fmt.Errorf("asking npm for %s@%s: %w", ref.Name, ref.Version, err)
	}
	return upstream.NPM([]byte(answer))
}
