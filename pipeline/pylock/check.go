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
	Package     string   // PyPI name, extras included: "pkg[extra]"
	Version     string   // exact
	Constraints []string // requirements in the order of the spec
	Python      string   // minor version of CPython in the base: "3.13"
}

// Requirement is what a lock for w is resolved from. Without a version it is any of the package.
func (w Want) Requirement() string {
	if w.Version == "" {
		return w.Package
	}
	return w.Package + "==" + w.Version
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
	c := checker{file: file, fix: "run: dagger call lock --server=" + w.Server}
	c.facts(l.Facts, w)
	for _, platform := range slices.Sorted(maps.Keys(Machines)) {
		c.platform(l, w, platform)
	}
	for _, p := range l.Packages {
		if n := CanonicalName(p.Name); n != p.Name {
			c.add(p.Line, "got the name %q, want %q, its normal form", p.Name, n)
		}
	}
	return c.found
}

type checker struct {
	file, fix string
	found     problem.List
}

func (c *checker) add(line int, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.file, Line: line, Message: fmt.Sprintf(format, args...), Fix: c.fix})
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
	if f.Python != w.Python {
		c.add(0, "the lock is stale: it was made for CPython %s, want %s, which the base has", f.Python, w.Python)
	}
}

// platform checks that each project stands once, and the spec's own package in the spec's version.
func (c *checker) platform(l *Lock, w Want, platform string) {
	packages, err := l.Select(platform)
	if err != nil {
		c.add(0, "%v", err)
		return
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
	switch own, ok := seen[Project(w.Package)]; {
	case !ok:
		c.add(0, "the spec's package %s is not in the lock for %s", Project(w.Package), platform)
	case !SameVersion(own.Version, w.Version):
		c.add(own.Line, "got %s, want version %s", own.ID(), w.Version)
	}
}

func list(constraints []string) string {
	if len(constraints) == 0 {
		return "none"
	}
	return strings.Join(constraints, "; ")
}
