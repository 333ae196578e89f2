package pylock

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Want is what a spec asks of its lock.
type Want struct {
	Server      string   // id, for the command that refreshes the lock
	Fix         string   // that command for a lock that belongs to no server; "" is that of the server
	Package     string   // PyPI name, extras included: "pkg[extra]"
	Version     string   // exact; "" is any
	Constraints []string // requirements in the order of the spec
	Python      string   // minor version of CPython in the base: "3.13"
	Yanked      []string // releases that are wanted although they were withdrawn: "attrs==21.1.0", in canonical form, sorted

	Sdists        []string // projects that are built from their source distributions
	BuildRequires []string // requirements of those builds besides what they ask for themselves
}

// Requirement is what a lock for w is resolved from. Without a version it is any of the package.
func (w Want) Requirement() string {
	if w.Version == "" {
		return w.Package
	}
	return w.Package + "==" + w.Version
}

// Allows tells whether a withdrawn release, NAME==VERSION, is wanted all the same.
func (w Want) Allows(id string) bool {
	name, version, _ := strings.Cut(id, "==")
	return slices.ContainsFunc(w.Yanked, func(y string) bool {
		n, v, _ := strings.Cut(y, "==")
		return CanonicalName(n) == CanonicalName(name) && SameVersion(v, version)
	})
}

var separators = regexp.MustCompile(`[-_.]+`)

// CanonicalName is the form in which two names of one PyPI project are equal (PEP 503, "Normalized Names").
func CanonicalName(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

// Project is the project of a package in canonical form: its name without extras.
func Project(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return CanonicalName(name)
}

// Check reports everything in a lock that does not fit the spec.
func Check(file string, l *Lock, w Want) problem.List {
	c := checker{file: file, fix: w.Fix}
	if c.fix == "" {
		c.fix = "run: dagger call lock --server=" + w.Server
	}
	c.facts(l.Facts, w)
	for _, platform := range slices.Sorted(maps.Keys(Machines)) {
		c.platform(l, w, platform)
	}
	c.names(l)
	c.sdists(l, w)
	return c.found
}

type checker struct {
	file, fix string
	found     problem.List
}

func (c *checker) add(line int, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.file, Line: line, Message: fmt.Sprintf(format, args...), Fix: c.fix})
}

func (c *checker) names(l *Lock) {
	for _, p := range l.Packages {
		if n := CanonicalName(p.Name); n != p.Name {
			c.add(p.Line, "got the name %q, want %q, its normal form", p.Name, n)
		}
	}
}

func (c *checker) facts(f *Facts, w Want) {
	if f == nil || f.Before.IsZero() {
		c.add(0, "the lock records no cut-off date")
		return
	}
	if f.Requirement != w.Requirement() {
		c.add(0, "the lock is stale: it was made for %s, want %s", f.Requirement, w.Requirement())
	}
	if !slices.Equal(f.Constraints, w.Constraints) {
		c.add(0, "the lock is stale: it was made with the constraints %s, want %s", list(f.Constraints), list(w.Constraints))
	}
	c.yanked(f, w)
	if f.Python != w.Python {
		c.add(0, "the lock is stale: it was made for CPython %s, want %s, which the base has", f.Python, w.Python)
	}
}

func (c *checker) yanked(f *Facts, w Want) {
	for _, id := range f.Yanked {
		if !w.Allows(id) {
			c.found = append(c.found, problem.Problem{
				File: c.file, Message: id + " was withdrawn from the index, and the spec does not allow it", Fix: "allow it in spec.yanked with the reason, or " + c.fix,
			})
		}
	}
}

// platform checks that each project stands once, and the spec's own package in the spec's version.
func (c *checker) platform(l *Lock, w Want, platform string) {
	seen := c.once(l, platform)
	switch own, ok := seen[Project(w.Package)]; {
	case !ok:
		c.add(0, "the spec's package %s is not in the lock for %s", Project(w.Package), platform)
	case w.Version != "" && !SameVersion(own.Version, w.Version):
		c.add(own.Line, "got %s, want version %s", own.ID(), w.Version)
	}
}

// once returns the packages of a platform by their canonical names.
func (c *checker) once(l *Lock, platform string) map[string]Package {
	packages, err := l.Select(platform)
	if err != nil {
		c.add(0, "%v", err)
		return nil
	}
	seen := map[string]Package{}
	for _, p := range packages {
		name := CanonicalName(p.Name)
		if first, again := seen[name]; again {
			c.add(p.Line, "%s is the project of line %d again (%s) on %s, want each once", p.ID(), first.Line, first.ID(), platform)
			continue
		}
		seen[name] = p
	}
	return seen
}

func list(constraints []string) string {
	if len(constraints) == 0 {
		return "none"
	}
	return strings.Join(constraints, "; ")
}
