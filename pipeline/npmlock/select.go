package npmlock

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// target is a platform in npm's words.
type target struct{ os, cpu, libc string }

var targets = map[string]target{
	"linux/amd64": {"linux", "x64", "glibc"},
	"linux/arm64": {"linux", "arm64", "glibc"},
}

// Select returns the entries that npm installs for a platform with `npm ci --omit=dev --os --cpu --libc`: nothing that is only needed for development or by
// nothing at all, and no optional package that does not fit the platform, with all that is there only because of it (npm's arborist, build-ideal-tree.js,
// checkEngineAndPlatform). What lies in the folder of a package that is left out is left out too; bundled packages follow the package that
// bundles them, whose tarball they are in. A package that does not fit and is not optional is an error that names it. The field engines is not
// looked at.
func (l *Lock) Select(platform string) ([]Entry, error) {
	t, ok := targets[platform]
	if !ok {
		return nil, fmt.Errorf("choosing packages: got platform %q, want linux/amd64 or linux/arm64", platform)
	}
	g := l.graph()
	out := make([]bool, len(l.Entries))
	var misfits problem.List
	for i, e := range l.Entries {
		switch {
		case out[i] || t.fits(e):
		case e.Optional:
			if _, bundled := l.bundler(e); e.InBundle && bundled {
				continue
			}
			for j := range g.optionalSet(i, out) {
				out[j] = true
			}
		case !e.Dev:
			misfits = append(misfits, problem.Problem{File: "package-lock.json", Field: e.Path, Message: fmt.Sprintf(
				"%s is for os %s, cpu %s, libc %s and not optional, want a package for %s (npm's EBADPLATFORM)",
				e.ID(), e.OS, e.CPU, e.Libc, platform), Fix: "leave the platform out"})
		}
	}
	if err := misfits.Err(ErrLock); err != nil {
		return nil, err
	}
	for i, e := range l.Entries {
		out[i] = out[i] || e.Dev || e.Extraneous
	}
	var chosen []Entry
	for i, e := range l.Entries {
		if !out[i] && !l.inside(e, out) {
			chosen = append(chosen, e)
		}
	}
	return chosen, nil
}

// inside tells whether an entry lies in the folder of one that was left out.
func (l *Lock) inside(e Entry, out []bool) bool {
	for path := above(e.Path); path != ""; path = above(path) {
		if i, ok := l.index[path]; ok && out[i] {
			return true
		}
	}
	return false
}

func (t target) fits(e Entry) bool {
	return allows(e.OS, t.os) && allows(e.CPU, t.cpu) && allows(e.Libc, t.libc)
}

// allows is npm's rule for the fields os, cpu and libc (npm-install-checks): none of the words with "!", and one of the others if there are
// any.
func allows(words Words, value string) bool {
	if words == nil || len(words) == 1 && words[0] == "any" {
		return true
	}
	negated, match := 0, false
	for _, w := range words {
		if not, ok := strings.CutPrefix(w, "!"); ok {
			negated++
			if not == value {
				return false
			}
		} else {
			match = match || w == value
		}
	}
	return match || negated == len(words)
}

// String lists the words as in "linux, !arm"; none is "any".
func (w Words) String() string {
	if len(w) == 0 {
		return "any"
	}
	return strings.Join(slices.Clone(w), ", ")
}
