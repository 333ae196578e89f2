package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/spec"
)

const (
	systemLockName = "system.lock.json"

	// suite is the Debian release of the base; archiveKeys verifies it, beside apt, when a base lock is made.
	suite       = "trixie"
	archiveKeys = "/usr/share/keyrings/debian-archive-keyring.gpg"
)

// locks resolves with the ecosystem's own client and returns the files that record the result.
func (m *Dockyard) locks(ctx context.Context, t *tools, s *server, cutoff time.Time) (*dagger.Directory, error) {
	switch p := s.spec.Metadata.Protocol; p {
	case spec.NPX:
		raw, err := t.npmLock(ctx, s, cutoff)
		return dag.Directory().WithNewFile(npmLockName, string(raw)), err
	case spec.UVX:
		want, err := s.pythonWant()
		if err != nil {
			return nil, err
		}
		if len(want.Sdists) > 0 {
			return m.sourceLocks(ctx, t, want, cutoff)
		}
		lock, err := t.uvLock(ctx, want, cutoff)
		if err != nil {
			return nil, err
		}
		// Reading it makes the engine do the work here, where an error can say what it was for.
		if _, err := lock.Contents(ctx); err != nil {
			return nil, fmt.Errorf("fetching what was resolved for %s: %w", s.spec.Ref(), err)
		}
		return dag.Directory().WithFile(catalogue.PythonLock, lock), nil
	case spec.Go:
		return t.goLockFiles(ctx, s, cutoff)
	default:
		return nil, fmt.Errorf("protocol %q: want %q, %q or %q", p, spec.NPX, spec.UVX, spec.Go)
	}
}

// lockBase makes the base locks again for the packages that they have now.
func (m *Dockyard) lockBase(ctx context.Context) (*dagger.Changeset, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	before, after := dag.Directory(), dag.Directory()
	now := time.Now()
	for name, old := range base.Locks() {
		wanted, err := basePackages(old)
		if err != nil {
			return nil, err
		}
		lock, err := m.debianLock(ctx, t, now, debianRequest{packages: wanted})
		if err != nil {
			return nil, err
		}
		before, after = before.WithNewFile(name, string(old)), after.WithFile(name, lock)
	}
	return after.Changes(before), nil
}

// currentBase is the base lock as it would be today, and its digest. The day is enough: a second build on it finds the first one's result.
func (m *Dockyard) currentBase(ctx context.Context, t *tools, old []byte) (*dagger.File, string, error) {
	wanted, err := basePackages(old)
	if err != nil {
		return nil, "", err
	}
	lock, err := m.debianLock(ctx, t, time.Now().UTC().Truncate(24*time.Hour), debianRequest{packages: wanted})
	if err != nil {
		return nil, "", fmt.Errorf("asking the archive for current versions: %w", err)
	}
	raw, err := lock.Contents(ctx)
	return lock, "sha256:" + hexSum([]byte(raw)), err
}

// baseLock is the lock of the base that servers of a protocol stand on.
func baseLock(p spec.Protocol) []byte {
	switch p {
	case spec.UVX:
		return base.PythonLock
	case spec.Go:
		return base.StaticLock
	}
	return base.NodeLock
}

// basePackages are the names that a base lock has now.
func basePackages(raw []byte) ([]string, error) {
	lock, err := baselock.Parse("base lock", raw)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range lock.Architectures["amd64"] {
		out = append(out, p.Name)
	}
	return out, nil
}

// debianRequest is what to lock: the packages alone, or with all they depend on and the base below them does not have.
type debianRequest struct {
	packages []string
	above    []byte // lock of that base; nil locks the packages alone
}

// debianLock has apt fetch and verify the archive's indexes for each architecture and makes a lock of packages from them. now is when; another
// time is another look at the archive.
func (m *Dockyard) debianLock(ctx context.Context, t *tools, now time.Time, q debianRequest) (*dagger.File, error) {
	lists := dag.Directory()
	args := []string{"base-lock", "--suite=" + suite, "--date=" + now.Format(time.DateOnly), "--keyring=" + archiveKeys, "--out=/out/lock.json"}
	for i, arch := range baselock.Architectures {
		dir := t.aptLists(arch, now)
		names, err := dir.Entries(ctx)
		if err != nil {
			return nil, fmt.Errorf("fetching the package indexes for %s: %w", arch, err)
		}
		lists = lists.WithDirectory(arch, dir)
		for _, name := range names {
			switch {
			case strings.HasSuffix(name, "_Packages"):
				args = append(args, "--packages="+arch+"=/lists/"+arch+"/"+name)
			case strings.HasSuffix(name, "_InRelease") && i == 0:
				args = append(args, "--in-release=/lists/"+arch+"/"+name)
			}
		}
	}
	for _, p := range q.packages {
		args = append(args, "--want="+p)
	}
	if q.above != nil {
		args = append(args, "--closure", "--base=/base.lock.json")
	}
	return t.online(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/lists", lists).WithNewFile("/base.lock.json", string(q.above)).WithNewFile("/out/.keep", "")
	}, args...).File("/out/lock.json"), nil
}

// aptLists is the folder of indexes that `apt-get update` fetched and verified for an architecture, with a state of its own.
func (t *tools) aptLists(arch string, now time.Time) *dagger.Directory {
	c := t.debian.WithNewFile("/apt/state/status", "").WithNewFile("/apt/lists/partial/.keep", "").
		WithEnvVariable("DOCKYARD_LOOKED_AT", now.UTC().Format(time.RFC3339))
	args := []string{"apt-get", "update", "-o", "APT::Architecture=" + arch, "-o", "APT::Architectures=" + arch, "-o", "Dir::State=/apt/state",
		"-o", "Dir::State::status=/apt/state/status", "-o", "Dir::State::lists=/apt/lists", "-o", "Acquire::GzipIndexes=false",
		"-o", "Acquire::Languages=none", "-o", "APT::Update::Error-Mode=any"}
	if t.debianMirror != "" {
		c, args = t.aptSources(c), append(args, aptArgs...)
	}
	return c.WithExec(args).Directory("/apt/lists")
}
