// Package npmlock reads, checks and writes package-lock.json files (lockfileVersion 3) in the form this project commits: no registry
// addresses, an integrity for every tarball, and a record of the date and the overrides it was resolved with.
package npmlock

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Bounds of a lock. The largest servers have some 1,500 packages in 1 MB.
const (
	MaxBytes   = 32 << 20
	MaxEntries = 20000
)

// ErrLock is the category of locks that cannot be used.
var ErrLock = errors.New("invalid npm lock")

// Lock is a parsed package-lock.json.
type Lock struct {
	Name    string
	Root    Entry   // the entry "", whose Dependencies are what was asked for
	Entries []Entry // all others, sorted by Path
	Facts   *Facts  // what it was made from; nil when it was not made by this project

	index map[string]int // of Entries, by Path
}

// Entry is one package at one place in the tree (npm documentation, "package-lock.json", packages).
type Entry struct {
	Path             string // "node_modules/a/node_modules/@s/b"
	Name             string // real name of an alias; Package gives the name in every case
	Version          string
	Resolved         string // empty in the locks of this project
	Integrity        string // Subresource Integrity; empty for bundled packages
	License          string
	Deprecated       string // the registry's notice
	Link             bool
	Dev              bool // needed for development alone
	Optional         bool // needed by optional dependencies alone
	DevOptional      bool // needed for development and by optional dependencies, by each alone
	Peer             bool
	Extraneous       bool // needed by nothing
	InBundle         bool // comes in the tarball of a package above it
	HasInstallScript bool
	OS               Words
	CPU              Words
	Libc             Words
	Bin              Bin
	Dependencies     map[string]string
	DevDeps          map[string]string // of the root alone
	OptionalDeps     map[string]string
	PeerDeps         map[string]string
	PeerOptional     map[string]bool // peers that may be missing
}

// Words is a list that npm also writes as a single text.
type Words []string

// Bin maps the names of executables to files of the package. npm writes a single text where there is one named like the package; it stands
// under the empty name here.
type Bin map[string]string

// Package is the name of the package in the entry: for an alias the real one, otherwise the end of the path.
func (e Entry) Package() string {
	if e.Name != "" {
		return e.Name
	}
	return e.Folder()
}

// Folder is the name under which the package is installed: what follows the last "node_modules/".
func (e Entry) Folder() string {
	if i := strings.LastIndex(e.Path, modules); i >= 0 {
		return e.Path[i+len(modules):]
	}
	return e.Path
}

const modules = "node_modules/"

// ID is NAME@VERSION, for messages.
func (e Entry) ID() string { return e.Package() + "@" + e.Version }

// Lookup returns the entry at a path.
func (l *Lock) Lookup(path string) (Entry, bool) {
	if i, ok := l.index[path]; ok {
		return l.Entries[i], true
	}
	return Entry{}, false
}

// Resolve returns the entry that a package gets for a dependency of that name, looking upwards from its folder as Node.js does.
func (l *Lock) Resolve(from Entry, name string) (Entry, bool) {
	if i, ok := l.resolve(from.Path, name); ok {
		return l.Entries[i], true
	}
	return Entry{}, false
}

func (l *Lock) resolve(path, name string) (int, bool) {
	for {
		at := modules + name
		if path != "" {
			at = path + "/" + at
		}
		if i, ok := l.index[at]; ok {
			return i, true
		}
		if path == "" {
			return 0, false
		}
		path = above(path)
	}
}

// above is the path of the package that a package lies in, "" for the root.
func above(path string) string {
	return path[:max(strings.LastIndex(path, "/"+modules), 0)]
}

// Read parses a lock. It returns nil and the problems when the file is no lock of version 3 at all; checks of single entries are Check's and
// CheckEntries'.
func Read(file string, r io.Reader) (*Lock, problem.List) {
	fail := func(format string, args ...any) (*Lock, problem.List) {
		return nil, problem.List{{File: file, Message: fmt.Sprintf(format, args...)}}
	}
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return fail("reading the lock: %v", err)
	}
	if len(raw) > MaxBytes {
		return fail("the lock has more than %d bytes (MaxBytes)", MaxBytes)
	}
	l, err := parse(raw)
	if err != nil {
		return fail("%v", err)
	}
	return l, nil
}
