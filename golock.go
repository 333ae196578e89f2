package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/validate"
)

// goModule is what `go list -m -json` and `go mod download -json` tell of a module version.
type goModule struct {
	Path, Version, GoMod, Sum string
	Time                      time.Time
	Versions                  []string
	Error                     json.RawMessage // an object or a text, by the command
}

// goLockFiles resolves with the go command. The cut-off holds for the server's version and for the toolchain. Dependencies need none: Go takes
// the lowest versions that the modules ask for by name (minimal version selection), and all of those were named before the server's version
// was published.
func (t *tools) goLockFiles(ctx context.Context, s *server, cutoff time.Time) (*dagger.Directory, error) {
	server, line, err := t.goServer(ctx, s, cutoff)
	if err != nil {
		return nil, err
	}
	version, sums, err := t.goChooseToolchain(ctx, s, line, cutoff)
	if err != nil {
		return nil, err
	}
	want := validate.GoWant(s.id, s.spec)
	r := golock.Resolution{Toolchain: version, Toolchains: sums, Facts: golock.Facts{Before: cutoff, Package: want.Package, Overrides: want.Overrides}}
	if r.Mod, r.Sum, err = t.goResolve(ctx, s, server, line, version); err != nil {
		return nil, err
	}
	lock, err := r.Lock(want)
	if err != nil {
		return nil, err
	}
	if lock.Facts.Retracted, err = t.goRetracted(ctx, lock, want); err != nil {
		return nil, err
	}
	mod, err := lock.EncodeMod()
	return dag.Directory().WithNewFile(catalogue.GoMod, string(mod)).WithNewFile(catalogue.GoSum, string(lock.EncodeSum())), err
}

// goRetracted finds the modules of a lock that their authors retracted, and refuses those that the spec does not allow. A proxy need not list the
// versions of a module; then nothing is known of its retractions, which the provenance report tells.
func (t *tools) goRetracted(ctx context.Context, lock *golock.Lock, want golock.Want) ([]string, error) {
	c := t.goCommand().WithWorkdir("/empty").WithEnvVariable("DOCKYARD_LOOKED_AT", time.Now().UTC().Format(time.DateOnly))
	said, err := c.WithExec(golock.RetractedArgv(lock.Requires)).Stdout(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking for the retractions of modules: %w", err)
	}
	found, err := golock.Retractions([]byte(said), lock.Requires)
	if err != nil {
		return nil, err
	}
	own, _ := lock.Server()
	return golock.Refuse(found, own.Path, want.Retracted)
}

// goServer finds the module of the spec's package in the spec's version, and the go line of the lock. The longest path is the module.
func (t *tools) goServer(ctx context.Context, s *server, cutoff time.Time) (goModule, string, error) {
	args := []string{"go", "list", "-m", "-e", "-json"}
	for _, c := range golock.Candidates(s.spec.Package.Name) {
		args = append(args, c+"@"+s.spec.Package.Version)
	}
	c := t.goCommand().WithWorkdir("/empty").WithExec(args)
	found, err := goModulesOf(ctx, c)
	if err != nil {
		return goModule{}, "", err
	}
	var own goModule
	var refused []string
	for _, m := range found {
		if m.Error != nil || m.Version != s.spec.Package.Version {
			refused = append(refused, fmt.Sprintf("%s: %s", m.Path, m.Error))
			continue
		}
		own = m
		break
	}
	switch {
	case own.Path == "":
		return own, "", fmt.Errorf("looking for the module of %s: none of its paths has that version:\n  %s", s.spec.Ref(), strings.Join(refused, "\n  "))
	case own.Time.IsZero():
		return own, "", fmt.Errorf("looking at %s@%s: the module proxy does not tell when it was published, which the cut-off needs", own.Path, own.Version)
	case own.Time.After(cutoff):
		return own, "", fmt.Errorf("%s@%s was published at %s, after the cut-off %s; take an older version, or a later cut-off with --before",
			own.Path, own.Version, own.Time.UTC().Format(time.RFC3339), cutoff.Format(time.RFC3339))
	}
	raw, err := c.WithExec([]string{"go", "mod", "edit", "-json", own.GoMod}).Stdout(ctx)
	if err != nil {
		return own, "", fmt.Errorf("reading the go.mod of %s@%s: %w", own.Path, own.Version, err)
	}
	line, err := golock.ServerLine([]byte(raw))
	if err != nil {
		return own, "", fmt.Errorf("reading the go.mod of %s@%s: %w", own.Path, own.Version, err)
	}
	return own, line, nil
}

// goChooseToolchain takes the newest patch release of the go line's series by the cut-off, or the one that an override names, and has the go
// command verify it (by the checksum database, unless the user's environment says otherwise) for each architecture that may build.
func (t *tools) goChooseToolchain(ctx context.Context, s *server, line string, cutoff time.Time) (version string, sums map[string]string, err error) {
	// Another cut-off is another look at the list.
	c := t.goCommand().WithWorkdir("/empty").WithEnvVariable("DOCKYARD_CUTOFF", cutoff.Format(time.RFC3339))
	version = s.overrides()[golock.GoOverride]
	if version == "" {
		if version, err = goNewest(ctx, c, t.native, line, cutoff); err != nil {
			return "", nil, err
		}
	}
	sums = map[string]string{}
	for _, arch := range golock.ToolchainArchitectures {
		// The engine's own must be there. A proxy that lacks the other one leaves it to the checksum database to vouch for that.
		id, expect := golock.ToolchainID(version, arch), dagger.ReturnTypeAny
		if arch == t.native {
			expect = dagger.ReturnTypeSuccess
		}
		args := []string{"go", "mod", "download", "-json", id}
		fetched, err := goModulesOf(ctx, t.goCommand().WithWorkdir("/empty").WithExec(args, dagger.ContainerWithExecOpts{Expect: expect}))
		if err != nil {
			return "", nil, fmt.Errorf("fetching %s: %w", id, err)
		}
		for _, m := range fetched {
			if m.Sum != "" {
				sums[arch] = m.Sum
			}
		}
	}
	return version, sums, nil
}

// goNewest asks for the releases of a go line's series and for when each was published.
func goNewest(ctx context.Context, c *dagger.Container, arch, line string, cutoff time.Time) (string, error) {
	listed, err := goModulesOf(ctx, c.WithExec([]string{"go", "list", "-m", "-json", "-versions", "go"}))
	if err != nil || len(listed) != 1 {
		return "", fmt.Errorf("asking for the releases of Go: %w", err)
	}
	args := []string{"go", "list", "-m", "-e", "-json"}
	series := golock.InSeries(listed[0].Versions, golock.ToolchainLine(line))
	for _, v := range series {
		args = append(args, golock.ToolchainID(v, arch))
	}
	if len(series) == 0 {
		return "", fmt.Errorf("choosing a Go toolchain: there is no release of Go %s", golock.ToolchainLine(line))
	}
	dated, err := goModulesOf(ctx, c.WithExec(args))
	if err != nil {
		return "", fmt.Errorf("asking when the releases of Go were published: %w", err)
	}
	var releases []golock.Release
	for _, v := range series {
		for _, m := range dated {
			if m.Version == golock.ToolchainVersion(v, arch) {
				releases = append(releases, golock.Release{Version: v, Time: m.Time})
			}
		}
	}
	return golock.PickToolchain(releases, line, cutoff)
}

// goLock reads the server's lock, which check has found to be in order.
func (s *server) goLock() (*golock.Lock, error) {
	lock, problems := validate.GoLock(os.DirFS(s.tree), label, s.Server)
	return lock, problems.Err(problem.ErrInvalid)
}
