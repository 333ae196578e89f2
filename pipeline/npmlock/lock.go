// Package npmlock reads, checks and writes package-lock.json files (lockfileVersion 3) in the form this project commits: no registry
// addresses, an integrity for every tarball, and a record of the date and the overrides it was resolved with.
package npmlock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
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

	byPath map[string]*Entry
}

// Entry is one package at one place in the tree (npm documentation, "package-lock.json", packages).
type Entry struct {
	Path             string            `json:"-"`    // "node_modules/a/node_modules/@s/b"
	Name             string            `json:"name"` // real name of an alias; Package gives the name in every case
	Version          string            `json:"version"`
	Resolved         string            `json:"resolved"`
	Integrity        string            `json:"integrity"`
	Link             bool              `json:"link"`
	Dev              bool              `json:"dev"`
	Optional         bool              `json:"optional"`
	DevOptional      bool              `json:"devOptional"`
	Peer             bool              `json:"peer"`
	InBundle         bool              `json:"inBundle"`
	HasInstallScript bool              `json:"hasInstallScript"`
	OS               Words             `json:"os"`
	CPU              Words             `json:"cpu"`
	Libc             Words             `json:"libc"`
	Bin              Bin               `json:"bin"`
	Dependencies     map[string]string `json:"dependencies"`
	OptionalDeps     map[string]string `json:"optionalDependencies"`
	PeerDeps         map[string]string `json:"peerDependencies"`
	PeerDepsMeta     map[string]struct {
		Optional bool `json:"optional"`
	} `json:"peerDependenciesMeta"`
}

// Words is a list that npm also writes as a single text.
type Words []string

// UnmarshalJSON takes a list of texts or one text.
func (w *Words) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*w = Words{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(w))
}

// Bin maps the names of executables to files of the package. npm writes a single text where there is one named like the package; it stands
// under the empty name here.
type Bin map[string]string

// UnmarshalJSON takes a mapping or one text.
func (b *Bin) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*b = Bin{"": one}
		return nil
	}
	return json.Unmarshal(raw, (*map[string]string)(b))
}

// Package is the name of the package in the entry: for an alias the real one, otherwise the end of the path.
func (e Entry) Package() string {
	if e.Name != "" {
		return e.Name
	}
	return e.Folder()
}

// Folder is the name under which the package is installed: what follows the last "node_modules/".
func (e Entry) Folder() string {
	return e.Path[strings.LastIndex(e.Path, "node_modules/")+len("node_modules/"):]
}

// ID is NAME@VERSION, for messages.
func (e Entry) ID() string { return e.Package() + "@" + e.Version }

// Lookup returns the entry at a path.
func (l *Lock) Lookup(path string) (Entry, bool) {
	if e, ok := l.byPath[path]; ok {
		return *e, true
	}
	return Entry{}, false
}

// Read parses a lock. It returns nil and the problems when the file is no lock of version 3 at all; checks of single entries are Check's.
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

func parse(raw []byte) (*Lock, error) {
	var doc struct {
		Name            string                     `json:"name"`
		LockfileVersion int                        `json:"lockfileVersion"`
		Packages        map[string]json.RawMessage `json:"packages"`
		Facts           *Facts                     `json:"dockyard"`
	}
	if err := duplicates(raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrLock, err)
	}
	if doc.LockfileVersion != 3 {
		return nil, fmt.Errorf("%w: got lockfileVersion %d, want 3", ErrLock, doc.LockfileVersion)
	}
	if n := len(doc.Packages); n == 0 || n > MaxEntries {
		return nil, fmt.Errorf("%w: got %d packages, want 1 to %d (MaxEntries)", ErrLock, n, MaxEntries)
	}
	l := &Lock{Name: doc.Name, Facts: doc.Facts, byPath: map[string]*Entry{}}
	for path, raw := range doc.Packages {
		e := Entry{Path: path}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("%w: entry %q: %v", ErrLock, path, err)
		}
		if path == "" {
			l.Root = e
			continue
		}
		l.Entries = append(l.Entries, e)
	}
	sort.Slice(l.Entries, func(i, j int) bool { return l.Entries[i].Path < l.Entries[j].Path })
	for i := range l.Entries {
		l.byPath[l.Entries[i].Path] = &l.Entries[i]
	}
	if _, ok := doc.Packages[""]; !ok {
		return nil, fmt.Errorf("%w: it has no entry for the root (\"\")", ErrLock)
	}
	return l, nil
}

// maxDepth bounds how deep the JSON of a lock may be nested; real ones have five levels.
const maxDepth = 64

// duplicates refuses objects that name a key twice: programs differ in which of the two they take.
func duplicates(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := walk(dec, 0); err != nil {
		return fmt.Errorf("%w: %v", ErrLock, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: text follows the JSON document", ErrLock)
	}
	return nil
}

func walk(dec *json.Decoder, depth int) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth >= maxDepth {
		return fmt.Errorf("nested deeper than %d levels (maxDepth)", maxDepth)
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			k, err := dec.Token()
			if err != nil {
				return err
			}
			key, _ := k.(string)
			if seen[key] {
				return fmt.Errorf("the key %q stands twice in one object", key)
			}
			seen[key] = true
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
