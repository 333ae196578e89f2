package npmlock

import (
	"fmt"
	"maps"
	"regexp"
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
	segment = `(?:@[A-Za-z0-9~_-][A-Za-z0-9~._-]*/)?[A-Za-z0-9~_-][A-Za-z0-9~._-]*`
	// pathGrammar is the form of every place in a tree: folders below node_modules and nothing else. No name begins with a dot, so none is
	// "..", or ".bin", where npm puts links.
	pathGrammar = regexp.MustCompile(`^node_modules/` + segment + `(?:/node_modules/` + segment + `)*$`)
	nameGrammar = regexp.MustCompile(`^` + segment + `$`)
	// versionGrammar is that of Semantic Versioning 2.0.0, loosely: what may stand in a file name.
	versionGrammar = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)
)

// Bounds of one entry.
const (
	maxName    = 214 // characters, npm's own bound (npm documentation, "package.json", name)
	maxVersion = 256 // characters, as in node-semver
	maxPath    = 1024
)

// Check reports everything in a lock that does not fit the spec or that keeps it from being installed from hashes alone.
func Check(file string, l *Lock, w Want) problem.List {
	c := newChecker(file, w.Server)
	c.root(l, w)
	c.facts(l, w)
	c.overrides(l, w)
	c.entries(l)
	return c.found
}

// CheckEntries reports the entries that cannot be installed from hashes alone, whatever the spec says. server is the id for the command that
// refreshes the lock; "" leaves it open.
func CheckEntries(file string, l *Lock, server string) problem.List {
	c := newChecker(file, server)
	c.entries(l)
	return c.found
}

type checker struct {
	file, fix string
	found     problem.List
}

func newChecker(file, server string) checker {
	if server == "" {
		return checker{file: file, fix: "pick versions whose dependencies all come from the registry, then lock again with `dagger call lock`"}
	}
	return checker{file: file, fix: "run: dagger call lock --server=" + server}
}

func (c *checker) add(entry, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.file, Field: entry, Message: fmt.Sprintf(format, args...), Fix: c.fix})
}

func (c *checker) root(l *Lock, w Want) {
	if got := l.Root.Dependencies; len(got) != 1 || got[w.Package] != w.Version {
		c.add("", "the lock is stale: it was made for %s, want %s@%s", list(got), w.Package, w.Version)
	}
	if n := len(l.Root.DevDeps) + len(l.Root.OptionalDeps) + len(l.Root.PeerDeps); n > 0 {
		c.add("", "the lock was made for %d dependencies beside the spec's package, want none", n)
	}
	path := modules + w.Package
	switch e, ok := l.Lookup(path); {
	case !ok:
		c.add(path, "the spec's package is not in the lock")
	case e.Version != w.Version || e.Package() != w.Package:
		c.add(path, "the lock is stale: got %s, want %s@%s", e.ID(), w.Package, w.Version)
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

// overrides holds the entries to the spec. npm goes by the name under which a package is depended on, and cannot replace what came bundled.
func (c *checker) overrides(l *Lock, w Want) {
	for _, e := range l.Entries {
		v, ok := w.Overrides[e.Folder()]
		switch {
		case !ok || e.Version == v:
		case e.InBundle:
			c.found = append(c.found, problem.Problem{File: c.file, Field: e.Path, Warning: true, Message: fmt.Sprintf(
				"got version %s, want %s as the spec's overrides say: it is bundled with another package, where no override reaches", e.Version, v)})
		default:
			c.add(e.Path, "got version %s, want %s as the spec's overrides say", e.Version, v)
		}
	}
}

func (c *checker) entries(l *Lock) {
	folded := make(map[string]string, len(l.Entries))
	for _, e := range l.Entries {
		if !c.place(e) {
			continue
		}
		c.entry(l, e)
		lower := strings.ToLower(e.Path)
		if other, ok := folded[lower]; ok {
			c.add(e.Path, "differs from %q in case alone, want one of them: npm takes them for the same", other)
		}
		folded[lower] = e.Path
	}
}

// place refuses paths and names that are not those of a package in a tree. Nothing else is checked for such an entry.
func (c *checker) place(e Entry) bool {
	switch {
	case len(e.Path) > maxPath:
		c.add(e.Path[:80]+"...", "the path has %d bytes, want at most %d (maxPath)", len(e.Path), maxPath)
	case !pathGrammar.MatchString(e.Path), strings.HasSuffix(e.Path, "/node_modules"):
		c.add(e.Path, "the path is not that of a package below node_modules")
	case len(e.Package()) > maxName || !nameGrammar.MatchString(e.Package()):
		c.add(e.Path, "the name %.80q is not that of a package", e.Package())
	case e.Link:
		c.add(e.Path, "is a link, want a package of the registry")
	default:
		return true
	}
	return false
}

// entry refuses what cannot be fetched by name, version and hash.
func (c *checker) entry(l *Lock, e Entry) {
	if len(e.Version) > maxVersion || !versionGrammar.MatchString(e.Version) {
		c.add(e.Path, "got version %.80q, want an exact one", e.Version)
	}
	switch {
	case e.fromRegistry():
		c.add(e.Path, "records a download address, want none: the registry is the client's to choose")
	case e.Resolved != "":
		c.add(e.Path, "comes from %.120q, want the registry", e.Resolved)
	case e.InBundle && e.Integrity == "":
		// Its bytes are those in its parent's tarball, which has an integrity.
		if _, ok := l.bundler(e); !ok {
			c.add(e.Path, "is marked as bundled, but no package above it in the tree has a tarball")
		}
	default:
		if _, err := e.SHA512(); err != nil {
			c.add(e.Path, "%s", strings.TrimPrefix(err.Error(), ErrLock.Error()+": "))
		}
	}
}

// bundler is the nearest package above a bundled one that has a tarball of its own.
func (l *Lock) bundler(e Entry) (Entry, bool) {
	for path := above(e.Path); path != ""; path = above(path) {
		if parent, ok := l.Lookup(path); ok && !parent.InBundle {
			return parent, true
		}
	}
	return Entry{}, false
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
	for _, k := range sorted(m) {
		out = append(out, k+"@"+m[k])
	}
	return strings.Join(out, ", ")
}
