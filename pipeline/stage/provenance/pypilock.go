package provenance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// maxWheel bounds a wheel, in bytes.
const maxWheel = 2 << 30

// PyPIOptions say which lock to judge, and by what.
type PyPIOptions struct {
	LockFile  string
	Wheels    []string // folders that pip downloaded to, those with source distributions included
	Indexes   []string // addresses of the simple indexes, as pip's configuration has them, index-url first; not used when Offline
	Platforms []string // what any of them installs is judged
	Package   string   // PyPI name of the server; extras do not count

	BuildLock, BuildPlatform string // lock of what source distributions are built with, and where they are built; "" for none

	Version     string // its exact version
	Expect      attest.Expectations
	Trust       trust.Files
	Credentials credentials.Files
	Offline     bool // ask nobody: every package is UNREACHABLE, unless its wheels are not the lock's
	Concurrency int  // packages at the same time; 0 is 16

	HTTP fetch.Options
}

// release is one version of a project with the wheels of it that are used.
type release struct {
	name, version string
	hashes        []string        // of its wheels in the lock, for the platforms that were asked for
	wheels        []pypi.Artifact // or the source distribution that one is built from
}

// PyPI judges every package that the lock installs on the platforms. Only the server's own package is held to the expectations. An error means
// that there is no result: the lock does not fit, a folder cannot be read, or the context ended.
func PyPI(ctx context.Context, o PyPIOptions) (provenance.Result, error) {
	releases, subject, err := o.releases()
	if err != nil {
		return provenance.Result{}, err
	}
	files, err := hashWheels(o.Wheels)
	if err != nil {
		return provenance.Result{}, err
	}
	judge, digest, err := o.judge()
	if err != nil {
		return provenance.Result{}, err
	}
	verdicts := verdict.Each(len(releases), cmp.Or(o.Concurrency, 16), func(i int) provenance.Verdict {
		r, e := releases[i], attest.Expectations{}
		if i == subject {
			e = o.Expect
		}
		d := verdict.New("pypi", r.name, r.version)
		if r.find(d, files) {
			judge.Release(ctx, d, r.wheels, e)
		}
		return d.Verdict()
	})
	if ctx.Err() != nil {
		return provenance.Result{}, fmt.Errorf("judging the packages of %q: %w", o.LockFile, context.Cause(ctx))
	}
	own := verdicts[subject]
	return provenance.NewResult("pypi", own, slices.Delete(verdicts, subject, subject+1), digest), nil
}

// judge loads trust and credentials. The second value is the trusted root's digest.
func (o PyPIOptions) judge() (*pypi.Judge, string, error) {
	t, err := means(o.Trust, o.Credentials, o.Offline, o.HTTP)
	if err != nil {
		return nil, "", err
	}
	j := &pypi.Judge{Verifier: t.verifier}
	if !o.Offline {
		j.Indexes, err = pypi.NewIndexes(o.Indexes, t.http)
	}
	return j, t.root.Digest, err
}

// lockedPackages are those of a lock for any of the platforms, perhaps several times.
func lockedPackages(file string, platforms []string) ([]pylock.Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	defer f.Close()
	l, problems := pylock.Read(file, f)
	if err := problems.Err(pylock.ErrLock); err != nil {
		return nil, err
	}
	var out []pylock.Package
	for _, platform := range platforms {
		packages, err := l.Select(platform)
		if err != nil {
			return nil, err
		}
		out = append(out, packages...)
	}
	return out, nil
}

// releases lists what is installed, each name and version once, and says which of it is the server's own package.
func (o PyPIOptions) releases() ([]*release, int, error) {
	packages, err := lockedPackages(o.LockFile, o.Platforms)
	if err == nil && o.BuildLock != "" {
		var tools []pylock.Package
		tools, err = lockedPackages(o.BuildLock, []string{o.BuildPlatform})
		packages = append(packages, tools...)
	}
	if err != nil {
		return nil, 0, err
	}
	var out []*release
	subject := -1
	for _, p := range packages {
		name := pylock.CanonicalName(p.Name)
		i := slices.IndexFunc(out, func(r *release) bool { return r.name == name && pylock.SameVersion(r.version, p.Version) })
		if i < 0 {
			i = len(out)
			out = append(out, &release{name: name, version: p.Version})
		}
		out[i].hashes = append(out[i].hashes, p.SHA256...)
		if name == pylock.Project(o.Package) && pylock.SameVersion(p.Version, o.Version) {
			subject = i
		}
	}
	if subject < 0 {
		return nil, 0, fmt.Errorf("judging %q: %s==%s is not installed on %s; lock it again", o.LockFile, o.Package, o.Version, strings.Join(o.Platforms, ", "))
	}
	return out, subject, nil
}

// find picks the wheels of a release by the lock's hashes, and refuses a wheel of the project that has another.
func (r *release) find(d *verdict.Draft, files map[string]string) bool {
	known := map[string]bool{}
	for _, sum := range r.hashes {
		if name, ok := files[sum]; ok && !known[sum] {
			known[sum] = true
			r.wheels = append(r.wheels, pypi.Artifact{Project: r.name, Version: r.version, File: name, SHA256: sum})
		}
	}
	slices.SortFunc(r.wheels, func(a, b pypi.Artifact) int { return strings.Compare(a.File, b.File) })
	for _, sum := range sortedFiles(files) {
		if !known[sum] && pypi.IsOf(files[sum], r.name, r.version) {
			d.File(files[sum], "sha256:"+sum)
			d.Fail(provenance.Mismatch, "lock", "DIGEST", "%s has SHA-256 %s, want %s as in the lock", files[sum], sum, strings.Join(r.hashes, " or "))
			return false
		}
	}
	if len(r.wheels) == 0 {
		d.Fail(provenance.Unreachable, "lock", "NOT-FETCHED", "no file of it was fetched")
		return false
	}
	d.Pass("lock", fmt.Sprintf("%d files have the hashes of the lock", len(r.wheels)))
	for _, w := range r.wheels {
		if !strings.HasSuffix(w.File, ".whl") {
			d.Note("SOURCE", "%s is a source distribution: what is verified is that file, and the wheel is built from it here", w.File)
		}
	}
	return true
}

func sortedFiles(files map[string]string) []string {
	var out []string
	for sum := range files {
		out = append(out, sum)
	}
	slices.Sort(out)
	return out
}

// hashWheels lists the files of folders by their SHA-256.
func hashWheels(dirs []string) (map[string]string, error) {
	var names []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("listing the wheels: %w", err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				names = append(names, filepath.Join(dir, e.Name()))
			}
		}
	}
	errs := make([]error, len(names))
	sums := verdict.Each(len(names), 8, func(i int) (sum string) {
		sum, errs[i] = hashWheel(names[i])
		return sum
	})
	out := map[string]string{}
	for i, name := range names {
		if errs[i] != nil {
			return nil, errs[i]
		}
		out[sums[i]] = filepath.Base(name)
	}
	return out, nil
}

func hashWheel(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("opening a wheel: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, maxWheel+1))
	if err != nil {
		return "", fmt.Errorf("reading the wheel %q: %w", name, err)
	}
	if n > maxWheel {
		return "", fmt.Errorf("reading the wheel %q: got more than %d bytes, want at most that (maxWheel)", name, int64(maxWheel))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
