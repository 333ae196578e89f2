package baselock

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/problem"
)

// Grammars. Names, versions and architectures follow Debian policy §5.6.1, §5.6.12 and §11.1; a path has the form that the Filename
// fields of Debian's archives have.
var (
	nameGrammar        = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)
	versionGrammar     = regexp.MustCompile(`^([0-9]+:)?[0-9][A-Za-z0-9.+~-]*$`)
	suiteGrammar       = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	pathGrammar        = regexp.MustCompile(`^pool(/[A-Za-z0-9][A-Za-z0-9.+~_%:-]*)+\.deb$`)
	hexGrammar         = regexp.MustCompile(`^[0-9a-f]{64}$`)
	digestGrammar      = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	fingerprintGrammar = regexp.MustCompile(`^[0-9A-F]{40}([0-9A-F]{24})?$`)
	glibcGrammar       = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
)

// maxPath is the length of the longest package path accepted, bytes.
const maxPath = 400

// Check returns everything that is wrong with a lock. file is the name used in the problems.
func Check(file string, l *Lock) problem.List {
	c := checker{file: file}
	if l.SchemaVersion != SchemaVersion {
		c.add("schemaVersion", "got %d, want %d", l.SchemaVersion, SchemaVersion)
	}
	if !suiteGrammar.MatchString(l.Suite) {
		c.add("suite", "got %q, want a Debian code name such as \"trixie\"", l.Suite)
	}
	if _, err := time.Parse(time.DateOnly, l.Date); err != nil {
		c.add("date", "got %q, want a day as YYYY-MM-DD", l.Date)
	}
	for i, r := range l.Releases {
		c.release(fmt.Sprintf("releases[%d]", i), r)
	}
	c.architectures(l)
	c.glibc(l)
	return c.found
}

type checker struct {
	file  string
	found problem.List
}

func (c *checker) add(field, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.file, Field: field, Message: fmt.Sprintf(format, args...), Fix: "make the lock again with lock-base"})
}

func (c *checker) release(field string, r Release) {
	if !suiteGrammar.MatchString(r.Suite) {
		c.add(field+".suite", "got %q, want a Debian suite such as \"trixie-security\"", r.Suite)
	}
	if _, err := time.Parse(time.RFC3339, r.Date); err != nil {
		c.add(field+".date", "got %q, want a time as in RFC 3339", r.Date)
	}
	if !digestGrammar.MatchString(r.InRelease) {
		c.add(field+".inRelease", "got %q, want sha256:HEX", r.InRelease)
	}
	if len(r.SignedBy) == 0 || !slices.IsSorted(r.SignedBy) {
		c.add(field+".signedBy", "got %q, want the fingerprints of the keys that signed it, sorted", r.SignedBy)
	}
	for _, f := range r.SignedBy {
		if !fingerprintGrammar.MatchString(f) {
			c.add(field+".signedBy", "got %q, want the 40 or 64 upper-case hex digits of a fingerprint", f)
		}
	}
	for _, arch := range Architectures {
		if d, ok := r.Packages[arch]; ok && !digestGrammar.MatchString(d) {
			c.add(field+".packages."+arch, "got %q, want sha256:HEX", d)
		}
	}
	for arch := range r.Packages {
		if !known(arch) {
			c.add(field+".packages", "got the architecture %q, want one of %v", arch, Architectures)
		}
	}
}

// architectures checks the package lists and that all of them name the same packages: a base that has a library on one platform
// only would make images that work on one platform only.
func (c *checker) architectures(l *Lock) {
	for arch := range l.Architectures {
		if !known(arch) {
			c.add("architectures", "got %q, want %v", arch, Architectures)
		}
	}
	first := Architectures[0]
	for _, arch := range Architectures {
		field := "architectures." + arch
		list := l.Architectures[arch]
		switch {
		case len(list) == 0:
			c.add(field, "got no package, want at least one")
		case len(list) > MaxPackages:
			c.add(field, "got %d packages, want at most %d", len(list), MaxPackages)
			continue
		}
		for i, p := range list {
			c.pkg(fmt.Sprintf("%s[%d]", field, i), p)
			if i > 0 && list[i-1].Name >= p.Name {
				c.add(fmt.Sprintf("%s[%d].name", field, i), "got %q after %q, want each package once, sorted by name", p.Name, list[i-1].Name)
			}
		}
		c.sameSet(first, arch, l)
	}
}

func (c *checker) sameSet(first, arch string, l *Lock) {
	if arch == first {
		return
	}
	a, b := l.Names(first), l.Names(arch)
	for _, name := range without(a, b) {
		c.add("architectures."+arch, "%q is missing, want the packages of %s", name, first)
	}
	for _, name := range without(b, a) {
		c.add("architectures."+first, "%q is missing, want the packages of %s", name, arch)
	}
}

func (c *checker) pkg(field string, p Package) {
	if !nameGrammar.MatchString(p.Name) {
		c.add(field+".name", "got %q, want a Debian package name", p.Name)
	}
	if !versionGrammar.MatchString(p.Version) {
		c.add(field+".version", "got %q, want a Debian version", p.Version)
	}
	if !ValidPath(p.Path) {
		c.add(field+".path", "got %q, want pool/….deb without empty, dotted or special parts, at most %d bytes", p.Path, maxPath)
	}
	if !hexGrammar.MatchString(p.SHA256) {
		c.add(field+".sha256", "got %q, want 64 lower-case hex digits", p.SHA256)
	}
	if p.Size <= 0 || p.Size > MaxDebBytes {
		c.add(field+".size", "got %d, want 1 to %d bytes", p.Size, MaxDebBytes)
	}
}

// glibc checks that the version named for all is the one of the libc6 locked on each architecture.
func (c *checker) glibc(l *Lock) {
	if l.Glibc != "" && !glibcGrammar.MatchString(l.Glibc) {
		c.add("glibc", "got %q, want a version such as \"2.41\"", l.Glibc)
	}
	for _, arch := range Architectures {
		if got := glibcOf(l.Architectures[arch]); got != l.Glibc {
			c.add("glibc", "got %q, want %q, the version of libc6 on %s", l.Glibc, got, arch)
		}
	}
}

// glibcOf returns the upstream version of libc6 in a list of packages, or "".
func glibcOf(list []Package) string {
	for _, p := range list {
		if p.Name == "libc6" {
			upstream, _, _ := strings.Cut(p.Version[strings.Index(p.Version, ":")+1:], "-")
			upstream, _, _ = strings.Cut(upstream, "+")
			return upstream
		}
	}
	return ""
}

// ValidPath tells whether p is a package's path below a mirror's root that can be appended to an address as it is.
func ValidPath(p string) bool {
	return len(p) <= maxPath && pathGrammar.MatchString(p)
}

func known(arch string) bool { return slices.Contains(Architectures[:], arch) }

// without returns the members of a that are not in b, in the order of a.
func without(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}
