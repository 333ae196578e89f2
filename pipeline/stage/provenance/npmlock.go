package provenance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	install "dagger/dockyard/pipeline/stage/npm"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/npm"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// NPMOptions say which lock to judge, and by what.
type NPMOptions struct {
	LockFile    string
	Tarballs    string                 // folder that npm-fetch filled
	Registries  npmregistry.Registries // as npm's configuration has them; not used when Offline
	Platforms   []string               // what any of them installs is judged
	Package     string                 // npm name of the server
	Version     string                 // its exact version
	Expect      attest.Expectations
	Trust       trust.Files
	Credentials credentials.Files
	Offline     bool // ask nobody: every package is UNREACHABLE, unless its tarball is not the lock's
	Concurrency int  // packages at the same time; 0 is 16

	HTTP fetch.Options
}

// npmPackage is one package of a lock, by the hash of its tarball.
type npmPackage struct {
	npm.Artifact
	bundled []string // what its tarball brings along, as NAME@VERSION
}

// NPM judges every package that the lock installs on the platforms. Only the server's own package is held to the expectations. An error means
// that there is no result: the lock does not fit, a tarball is missing, or the context ended.
func NPM(ctx context.Context, o NPMOptions) (provenance.Result, error) {
	packages, subject, err := o.packages()
	if err != nil {
		return provenance.Result{}, err
	}
	judge, digest, err := o.judge()
	if err != nil {
		return provenance.Result{}, err
	}
	errs := make([]error, len(packages))
	verdicts := verdict.Each(len(packages), cmp.Or(o.Concurrency, 16), func(i int) (v provenance.Verdict) {
		e := attest.Expectations{}
		if i == subject {
			e = o.Expect
		}
		v, errs[i] = o.one(ctx, judge, packages[i], e)
		return v
	})
	if ctx.Err() != nil {
		return provenance.Result{}, fmt.Errorf("judging the packages of %q: %w", o.LockFile, context.Cause(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return provenance.Result{}, err
	}
	own := verdicts[subject]
	return provenance.NewResult("npm", own, slices.Delete(verdicts, subject, subject+1), digest), nil
}

// judge loads trust and credentials. The second value is the trusted root's digest.
func (o NPMOptions) judge() (*npm.Judge, string, error) {
	t, err := means(o.Trust, o.Credentials, o.Offline, o.HTTP)
	if err != nil {
		return nil, "", err
	}
	j := &npm.Judge{Verifier: t.verifier, Keys: t.root.NPM}
	if !o.Offline {
		j.Registries, err = npm.NewRegistries(o.Registries, t.http)
	}
	return j, t.root.Digest, err
}

// one reaches the verdict on a package.
func (o NPMOptions) one(ctx context.Context, j *npm.Judge, p npmPackage, e attest.Expectations) (provenance.Verdict, error) {
	d := verdict.New("npm", p.Name, p.Version)
	if err := npm.CheckTarball(d, filepath.Join(o.Tarballs, install.TarballName(p.SHA512)), p.Artifact); err != nil {
		return provenance.Verdict{}, err
	}
	j.Check(ctx, d, p.Artifact, e)
	if n := len(p.bundled); n > 0 {
		d.Note("BUNDLED", "its tarball brings %d packages along that stand under its verdict alone: %s", n, strings.Join(p.bundled, ", "))
	}
	return d.Verdict(), nil
}

// packages lists what is installed, each name, version and hash once, and says which of it is the server's own package.
func (o NPMOptions) packages() ([]npmPackage, int, error) {
	l, err := install.ReadLock(o.LockFile)
	if err != nil {
		return nil, 0, err
	}
	var out []npmPackage
	at := map[npm.Artifact]int{}
	bundled := map[npm.Artifact]map[string]bool{}
	for _, platform := range o.Platforms {
		entries, err := l.Select(platform)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range entries {
			holder, err := tarballOf(l, e)
			if err != nil {
				return nil, 0, err
			}
			if _, seen := at[holder]; !seen {
				at[holder] = len(out)
				out = append(out, npmPackage{Artifact: holder})
				bundled[holder] = map[string]bool{}
			}
			if e.InBundle {
				bundled[holder][e.ID()] = true
			}
		}
	}
	for i, p := range out {
		out[i].bundled = sortedKeys(bundled[p.Artifact])
	}
	own, err := o.subject(l)
	if err != nil {
		return nil, 0, err
	}
	i, ok := at[own]
	if !ok {
		return nil, 0, fmt.Errorf("judging %q: %s@%s is not installed on %s", o.LockFile, o.Package, o.Version, strings.Join(o.Platforms, ", "))
	}
	return out, i, nil
}

// subject is the server's own package, which lies at the top of the tree.
func (o NPMOptions) subject(l *npmlock.Lock) (npm.Artifact, error) {
	e, ok := l.Lookup("node_modules/" + o.Package)
	if !ok || e.Package() != o.Package || e.Version != o.Version {
		return npm.Artifact{}, fmt.Errorf("judging %q: the lock has %q in place of the server, want %s@%s; lock it again", o.LockFile, e.ID(), o.Package, o.Version)
	}
	return tarballOf(l, e)
}

// tarballOf is the artefact that an entry comes in: its own tarball, or for a bundled one that of the package above it that brings it along.
func tarballOf(l *npmlock.Lock, e npmlock.Entry) (npm.Artifact, error) {
	for path := e.Path; e.InBundle; {
		i := strings.LastIndex(path, "/node_modules/")
		if i < 0 {
			return npm.Artifact{}, fmt.Errorf("judging %s: it is bundled, and no package above it brings it along; lock it again", e.ID())
		}
		path = path[:i]
		if up, ok := l.Lookup(path); ok {
			e = up
		}
	}
	sum, err := e.SHA512()
	return npm.Artifact{Name: e.Package(), Version: e.Version, SHA512: sum}, err
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
