package pylock

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// FromSource tells whether a project is wanted as a source distribution.
func (w Want) FromSource(name string) bool {
	return slices.ContainsFunc(w.Sdists, func(n string) bool { return CanonicalName(n) == CanonicalName(name) })
}

// Split divides packages of the lock into those that come as wheels and those that are built from source.
func (l *Lock) Split(packages []Package) (wheels, sdists []Package) {
	for _, p := range packages {
		if l.Facts != nil && slices.Contains(l.Facts.Sdists, p.ID()) {
			sdists = append(sdists, p)
		} else {
			wheels = append(wheels, p)
		}
	}
	return wheels, sdists
}

// Builds are the source distributions of the lock as the facts of a build-requirements.lock have them: NAME==VERSION sha256:HEX, sorted.
func (l *Lock) Builds() []string {
	_, sdists := l.Split(l.Packages)
	var out []string
	for _, p := range sdists {
		for _, sum := range p.SHA256 {
			out = append(out, p.ID()+" sha256:"+sum)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sdists compares the source distributions of a lock with those that the spec allows.
func (c *checker) sdists(l *Lock, w Want) {
	if l.Facts == nil {
		return
	}
	_, there := l.Split(l.Packages)
	for _, id := range l.Facts.Sdists {
		name, _, _ := strings.Cut(id, "==")
		at := slices.IndexFunc(there, func(p Package) bool { return p.ID() == id })
		switch {
		case !w.FromSource(name):
			c.found = append(c.found, problem.Problem{
				File: c.file, Message: id + " is a source distribution, and the spec does not allow to build it", Fix: "allow it in spec.source_distributions with the reason, or " + c.fix,
			})
		case at < 0:
			c.add(0, "the lock records %s as a source distribution, which is not among its packages", id)
		case len(there[at].SHA256) != 1:
			c.add(there[at].Line, "%s is a source distribution with %d hashes, want one", id, len(there[at].SHA256))
		}
	}
	for _, name := range w.Sdists {
		if !slices.ContainsFunc(there, func(p Package) bool { return CanonicalName(p.Name) == CanonicalName(name) }) {
			c.found = append(c.found, problem.Problem{
				File: c.file, Message: "the lock has no source distribution of " + CanonicalName(name) + ", which the spec wants built", Fix: "remove it from spec.source_distributions, or " + c.fix,
			})
		}
	}
}

// CheckBuild reports everything in a build-requirements.lock that does not fit the spec and the requirements.lock beside it.
func CheckBuild(file string, b, l *Lock, w Want) problem.List {
	c := checker{file: file, fix: "run: dagger call lock --server=" + w.Server}
	f := b.Facts
	switch {
	case f == nil || f.Before.IsZero():
		c.add(0, "the lock records no cut-off date")
	case l.Facts == nil || !f.Before.Equal(l.Facts.Before):
		c.add(0, "the lock is stale: its cut-off is not that of the server's lock")
	}
	if f != nil {
		c.builds(f, l, w)
	}
	for _, platform := range slices.Sorted(maps.Keys(Machines)) {
		c.once(b, platform)
	}
	c.names(b)
	return c.found
}

func (c *checker) builds(f *Facts, l *Lock, w Want) {
	if want := l.Builds(); !slices.Equal(f.Builds, want) {
		c.add(0, "the lock is stale: it was made to build %s, want %s", list(f.Builds), list(want))
	}
	c.yanked(f, w)
	if f.Python != w.Python {
		c.add(0, "the lock is stale: it was made for CPython %s, want %s, which the base has", f.Python, w.Python)
	}
	for _, r := range w.BuildRequires {
		if !slices.Contains(f.Requires, r) {
			c.add(0, "the lock is stale: it was made without the requirement %s", r)
		}
	}
}

// withoutWheel is what uv says of packages that are published as source alone.
var withoutWheel = regexp.MustCompile("Wheels are required for `([A-Za-z0-9._-]+)`|([A-Za-z0-9][A-Za-z0-9._-]*)==[A-Za-z0-9.!+_-]+ has no usable wheels")

// SourceOnly reads from what uv said which packages it did not take because they have no wheel, sorted.
func SourceOnly(said string) []string {
	var out []string
	for _, m := range withoutWheel.FindAllStringSubmatch(said, -1) {
		out = append(out, CanonicalName(m[1]+m[2]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// AllowSource tells how a spec allows packages to be built from source; it is "" for none.
func AllowSource(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: no wheel can be used; to have it built from its source distribution, allow it in the spec with the reason:\n  source_distributions:\n", strings.Join(names, ", "))
	for _, n := range names {
		fmt.Fprintf(&b, "    - {package: %s, reason: WHY}\n", n)
	}
	return b.String()
}
