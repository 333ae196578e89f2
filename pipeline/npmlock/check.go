package npmlock

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Want is what a spec asks of its lock.
type Want struct {
	Server    string            // id, for the command that refreshes the lock
	Package   string            // npm name
	Version   string            // exact
	Overrides map[string]string // npm name to exact version
}

var (
	segment = `(?:@[a-z0-9~._-]+/)?[A-Za-z0-9~._-]+`
	// pathGrammar is the form of every place in a tree: folders below node_modules and nothing else.
	pathGrammar = regexp.MustCompile(`^node_modules/` + segment + `(?:/node_modules/` + segment + `)*$`)
	nameGrammar = regexp.MustCompile(`^` + segment + `$`)
	// versionGrammar is that of Semantic Versioning 2.0.0, loosely: what may stand in a file name.
	versionGrammar = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)
)

// Check reports everything in a lock that does not fit the spec or that keeps it from being installed from hashes alone.
func Check(file string, l *Lock, w Want) problem.List {
	c := checker{file: file, fix: "run: dagger call lock --server=" + w.Server}
	c.root(l, w)
	c.facts(l, w)
	for _, e := range l.Entries {
		c.entry(l, e)
		if v, ok := w.Overrides[e.Package()]; ok && e.Version != v {
			c.add(e.Path, "got version %s, want %s as the spec's overrides say", e.Version, v)
		}
	}
	return c.found
}

type checker struct {
	file, fix string
	found     problem.List
}

func (c *checker) add(entry, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.file, Field: entry, Message: fmt.Sprintf(format, args...), Fix: c.fix})
}

func (c *checker) root(l *Lock, w Want) {
	if got := l.Root.Dependencies; len(got) != 1 || got[w.Package] != w.Version {
		c.add("", "the lock is stale: it was made for %s, want %s@%s", list(got), w.Package, w.Version)
	}
	path := "node_modules/" + w.Package
	switch e, ok := l.Lookup(path); {
	case !ok:
		c.add(path, "the spec's package is not in the lock")
	case e.Version != w.Version || e.Package() != w.Package:
		c.add(path, "got %s, want %s@%s", e.ID(), w.Package, w.Version)
	}
}

func (c *checker) facts(l *Lock, w Want) {
	if l.Facts == nil || l.Facts.Before.IsZero() {
		c.add("dockyard.before", "the lock records no cut-off date")
		return
	}
	if !maps.Equal(l.Facts.Overrides, w.Overrides) {
		c.add("dockyard.overrides", "the lock is stale: it was made with overrides %s, want %s", list(l.Facts.Overrides), list(w.Overrides))
	}
}

// entry refuses what cannot be fetched by name, version and hash.
func (c *checker) entry(l *Lock, e Entry) {
	safe := pathGrammar.MatchString(e.Path) && nameGrammar.MatchString(e.Package())
	for _, s := range strings.Split(e.Path, "/") {
		safe = safe && s != "." && s != ".."
	}
	if !safe {
		c.add(e.Path, "the path or name %q is not that of a package below node_modules", e.Package())
		return
	}
	if e.Link {
		c.add(e.Path, "is a link, want a package of the registry")
		return
	}
	if !versionGrammar.MatchString(e.Version) {
		c.add(e.Path, "got version %q, want an exact one", e.Version)
	}
	switch {
	case e.InBundle && e.Integrity == "" && e.Resolved == "":
		// Its bytes are those in its parent's tarball, which has an integrity.
		if _, ok := l.bundler(e); !ok {
			c.add(e.Path, "is marked as bundled, but no package above it in the tree has a tarball")
		}
	case e.Resolved != "" && !strings.HasSuffix(e.Resolved, ".tgz"):
		c.add(e.Path, "comes from %q, want the registry", e.Resolved)
	case e.Resolved != "":
		c.add(e.Path, "records a download address, want none: the registry is the client's to choose")
	default:
		if _, err := e.SHA512(); err != nil {
			c.add(e.Path, "%v", err)
		}
	}
}

// SHA512 is the hash of the entry's tarball in hex, from its integrity (Subresource Integrity, section 3.5). Weaker hashes do not count.
func (e Entry) SHA512() (string, error) {
	if e.Integrity == "" {
		return "", fmt.Errorf("%w: %s has no integrity", ErrLock, e.ID())
	}
	for _, token := range strings.Fields(e.Integrity) {
		sum, ok := strings.CutPrefix(token, "sha512-")
		if !ok {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(sum)
		if err != nil || len(raw) != 64 {
			return "", fmt.Errorf("%w: %s has the integrity %q, want sha512- and 64 bytes in base64", ErrLock, e.ID(), token)
		}
		return fmt.Sprintf("%x", raw), nil
	}
	return "", fmt.Errorf("%w: %s has the integrity %q, want a sha512 one", ErrLock, e.ID(), e.Integrity)
}

// bundler is the nearest package above a bundled one that has a tarball of its own.
func (l *Lock) bundler(e Entry) (Entry, bool) {
	for path := e.Path; ; {
		i := strings.LastIndex(path, "/node_modules/")
		if i < 0 {
			return Entry{}, false
		}
		path = path[:i]
		if parent, ok := l.Lookup(path); ok && !parent.InBundle {
			return parent, true
		}
	}
}

// Bundler returns the package whose tarball holds a bundled entry.
func (l *Lock) Bundler(e Entry) (Entry, error) {
	if p, ok := l.bundler(e); ok {
		return p, nil
	}
	return Entry{}, fmt.Errorf("%w: %q is bundled by no package", ErrLock, e.Path)
}

func list(m map[string]string) string {
	if len(m) == 0 {
		return "none"
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"@"+m[k])
	}
	return strings.Join(out, ", ")
}
