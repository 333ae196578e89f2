package upstream

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/golock"
)

// GoVersion is one version of a module and when it was published.
type GoVersion struct {
	Version string
	Time    time.Time
}

// GoCandidates returns the newest releases of a list that could be taken, newest first, at most n: no pre-releases, and none below the version in
// use, which is empty for a new package.
func GoCandidates(listed []string, current string, n int) []string {
	var found []semver
	least, bounded := parseSemver(current)
	for _, text := range listed {
		v, ok := parseSemver(text)
		if ok && v.pre == "" && (!bounded || v.compare(least) >= 0) {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b semver) int { return b.compare(a) })
	var out []string
	for _, v := range found[:min(len(found), n)] {
		out = append(out, v.text)
	}
	return out
}

// NewestGo is the first of versions, newest first, that was published before the cut-off. Without one it is the version in use.
func NewestGo(versions []GoVersion, cutoff time.Time, current string) (string, error) {
	for _, v := range versions {
		if !v.Time.IsZero() && !v.Time.After(cutoff) {
			return v.Version, nil
		}
	}
	if current == "" {
		return "", fmt.Errorf("%w: none of the %d newest releases was published before %s; ask for a version by name, or with a later --before", ErrPackage, len(versions), cutoff.Format(time.RFC3339))
	}
	return current, nil
}

// GoRelease is what a module's path and version tell. Modules have no description; the path names the repository where its host is one whose
// paths are OWNER/NAME.
func GoRelease(pkg, module, version string) Release {
	r := Release{Name: pkg, Version: version}
	if parts := strings.Split(module, "/"); len(parts) >= 3 && slices.Contains([]string{"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"}, parts[0]) {
		r.Repository = "https://" + strings.Join(parts[:3], "/")
	}
	return r
}

// GoLock returns the modules of a lock, without the server's own.
func GoLock(l *golock.Lock, own string) Dependencies {
	d := Dependencies{}
	for _, r := range l.Requires {
		if own != r.Path && !strings.HasPrefix(own, r.Path+"/") {
			d.Add(r.Path, r.Version)
		}
	}
	return d
}
