package main

import (
	"context"
	"fmt"
	"time"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/upstream"
)

// goVersionsLooked is how many releases, newest first, are looked at for one that is old enough.
const goVersionsLooked = 20

// goRelease asks the module proxy through the go command. The package may be any below its module, whose path is the longest that is known.
func (t *tools) goRelease(ctx context.Context, ref upstream.Ref, cutoff time.Time, current string) (upstream.Release, error) {
	c := t.goCommand().WithWorkdir("/empty").WithEnvVariable("DOCKYARD_LOOKED_AT", time.Now().UTC().Format(time.DateOnly))
	ask := func(args ...string) ([]goModule, error) {
		return goModulesOf(ctx, c.WithExec(append([]string{"go", "list", "-m", "-e", "-json"}, args...)))
	}
	var args []string
	for _, m := range golock.Candidates(ref.Name) {
		if ref.Version != "" {
			m += "@" + ref.Version
		}
		args = append(args, m)
	}
	if ref.Version == "" {
		args = append([]string{"-versions"}, args...)
	}
	found, err := ask(args...)
	if err != nil {
		return upstream.Release{}, fmt.Errorf("asking for the module of %s: %w", ref.Name, err)
	}
	var refused []string
	for _, m := range found {
		switch {
		case m.Error != nil || ref.Version == "" && len(m.Versions) == 0:
			refused = append(refused, fmt.Sprintf("%s: %s", m.Path, m.Error))
			continue
		case ref.Version != "":
			return upstream.GoRelease(ref.Name, m.Path, m.Version), nil
		}
		version, err := newestGo(ask, m, cutoff, current)
		return upstream.GoRelease(ref.Name, m.Path, version), err
	}
	return upstream.Release{}, fmt.Errorf("%w: the module proxy lists no release of %s; name one as %s@VERSION; it said %q", upstream.ErrPackage, ref.Name, ref.Name, refused)
}

func newestGo(ask func(...string) ([]goModule, error), m goModule, cutoff time.Time, current string) (string, error) {
	var args []string
	for _, v := range upstream.GoCandidates(m.Versions, current, goVersionsLooked) {
		args = append(args, m.Path+"@"+v)
	}
	if len(args) == 0 {
		return upstream.NewestGo(nil, cutoff, current)
	}
	dated, err := ask(args...)
	if err != nil {
		return "", fmt.Errorf("asking when releases of %s were published: %w", m.Path, err)
	}
	var versions []upstream.GoVersion
	for _, d := range dated {
		versions = append(versions, upstream.GoVersion{Version: d.Version, Time: d.Time})
	}
	return upstream.NewestGo(versions, cutoff, current)
}
