package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/upstream"
)

// draft is the spec that a package begins with. reason is why it may be built from its source distribution; without one it must have a wheel. The
// reason is a person's: a text from here would grant what nobody looked at.
func (t *tools) draft(ctx context.Context, ref upstream.Ref, name, reason string, cutoff time.Time) (*spec.Spec, error) {
	if reason != "" {
		return t.sourceDraft(ctx, ref, name, reason, cutoff)
	}
	release, err := t.release(ctx, ref, cutoff, false)
	if none := (*unsolved)(nil); errors.As(err, &none) && slices.Contains(none.wheels, pylock.Project(ref.Name)) {
		return nil, upstream.NeedsReason(ref)
	}
	if err != nil {
		return nil, err
	}
	return upstream.Draft(name, ref, release), nil
}

// sourceDraft is the draft of a package that is built from its source distribution. One that comes as a wheel needs no reason and gets none.
func (t *tools) sourceDraft(ctx context.Context, ref upstream.Ref, name, reason string, cutoff time.Time) (*spec.Spec, error) {
	if ref.Protocol != spec.UVX {
		return nil, fmt.Errorf("adding %q: --source-distribution is for packages of PyPI, got one of %s; leave it out", ref.Name, ref.Protocol)
	}
	wheel, source, err := t.pyForms(ctx, ref, cutoff, true)
	if err != nil {
		return nil, err
	}
	if wheel.Version != "" && !upstream.Newer(source.Version, wheel.Version) {
		return nil, fmt.Errorf("adding %q: version %s has a wheel that can be used, so nothing of it need be built; leave --source-distribution out", ref.Name, wheel.Version)
	}
	release, err := t.pyFacts(ctx, ref.Name, source, true)
	if err != nil {
		return nil, err
	}
	draft := upstream.Draft(name, ref, release)
	draft.Package.SourceDists = []spec.SourceDist{{Package: pylock.Project(ref.Name), Reason: reason}}
	return draft, nil
}

// needReasons is the error of a new server that requires packages without a wheel: each wants a reason of its own, in the spec.
func needReasons(err error, name string, draft []byte) error {
	if none := (*unsolved)(nil); !errors.As(err, &none) || len(none.wheels) == 0 {
		return err
	}
	return fmt.Errorf("adding %q: write %s/%s with this and the list below it, each with the reason, and run: dagger call lock --server=%s\n%s%w", name, label+"/"+name, catalogue.SpecFile, name, draft, err)
}
