// Package layer makes image layers whose bytes depend on their content alone: sorted entries, fixed times and owners, one format and one
// pinned compressor.
package layer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
)

// ErrPath is the category of every path, link or mode that a layer must not hold.
var ErrPath = errors.New("unsafe layer entry")

// permitted are the mode bits an entry may carry beside its type: permissions, and the sticky bit that /tmp needs.
const permitted = fs.ModePerm | fs.ModeSticky

// Source is the content of a regular file. It is opened once for each layer written and may be opened again.
type Source interface {
	Open() (io.ReadCloser, error)
	Size() int64
}

// Bytes is a Source held in memory.
type Bytes []byte

func (b Bytes) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
func (b Bytes) Size() int64                  { return int64(len(b)) }

// File is a Source on disk: a path and the size in bytes it must still have when it is read.
type File struct {
	Path string
	Len  int64
}

func (f File) Open() (io.ReadCloser, error) { return os.Open(f.Path) }
func (f File) Size() int64                  { return f.Len }

// Entry is one directory, regular file or symbolic link.
type Entry struct {
	Path string      // slash-separated, clean, relative to the root: "usr/bin/env"
	Mode fs.FileMode // type and permission bits; the sticky bit is kept, setuid and setgid are refused
	UID  int         // numeric owner; 0 is root
	GID  int
	Link string // target of a symbolic link, as stored
	Data Source // content of a regular file; nil is an empty file
}

// Tree is a set of entries that can become a layer. The zero value is empty and ready for use.
type Tree struct {
	entries map[string]Entry
}

// Add puts an entry into the tree. A directory may be added again with the same mode and owner; any other second entry at a path, a path
// that leaves the root, a parent that is not a directory, and modes outside the permitted ones are errors in the category ErrPath.
func (t *Tree) Add(e Entry) error {
	if err := check(e); err != nil {
		return err
	}
	if old, ok := t.entries[e.Path]; ok {
		if old.Mode.IsDir() && e.Mode == old.Mode && e.UID == old.UID && e.GID == old.GID {
			return nil
		}
		return fmt.Errorf("%w: adding %q: the path is taken by another entry", ErrPath, e.Path)
	}
	for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
		if p, ok := t.entries[dir]; ok && !p.Mode.IsDir() {
			return fmt.Errorf("%w: adding %q: its parent %q is a %s, want a directory", ErrPath, e.Path, dir, kind(p.Mode))
		}
	}
	if t.entries == nil {
		t.entries = map[string]Entry{}
	}
	t.entries[e.Path] = e
	t.addParents(e.Path)
	return nil
}

// addParents makes the directories above p that nobody has added, so that the question "is this parent a directory" has one answer.
func (t *Tree) addParents(p string) {
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		if _, ok := t.entries[dir]; ok {
			return
		}
		t.entries[dir] = Entry{Path: dir, Mode: fs.ModeDir | 0o755}
	}
}

// Replace puts an entry at a path whether or not it is taken; the rules of Add hold for everything else. Only a directory can replace a
// directory.
func (t *Tree) Replace(e Entry) error {
	if old, ok := t.entries[e.Path]; ok && !(old.Mode.IsDir() && !e.Mode.IsDir()) {
		delete(t.entries, e.Path)
	}
	return t.Add(e)
}

// Lookup returns the entry at a clean relative path. Links are not followed.
func (t *Tree) Lookup(p string) (Entry, bool) {
	e, ok := t.entries[p]
	return e, ok
}

// Remove takes out a regular file or symbolic link. A path that is not there is left alone, and so is a directory: its entries would lose
// their parent.
func (t *Tree) Remove(p string) {
	if e, ok := t.entries[p]; ok && !e.Mode.IsDir() {
		delete(t.entries, p)
	}
}

// Entries returns all entries, sorted bytewise by path, which puts parents before their children.
func (t *Tree) Entries() []Entry {
	out := make([]Entry, 0, len(t.entries))
	for _, e := range t.entries {
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

func check(e Entry) error {
	if !fs.ValidPath(e.Path) || e.Path == "." || strings.ContainsAny(e.Path, "\x00\\") {
		return fmt.Errorf("%w: path %q: want a clean path inside the root", ErrPath, e.Path)
	}
	switch e.Mode.Type() {
	case 0, fs.ModeDir:
		if e.Link != "" {
			return fmt.Errorf("%w: %q is no symbolic link but names the target %q", ErrPath, e.Path, e.Link)
		}
	case fs.ModeSymlink:
		if e.Link == "" || strings.ContainsRune(e.Link, 0) {
			return fmt.Errorf("%w: symbolic link %q has the target %q", ErrPath, e.Path, e.Link)
		}
	default:
		return fmt.Errorf("%w: %q is a %s, want a directory, regular file or symbolic link", ErrPath, e.Path, kind(e.Mode))
	}
	if extra := e.Mode &^ (permitted | fs.ModeType); extra != 0 {
		return fmt.Errorf("%w: %q has mode %v, want no setuid or setgid bit", ErrPath, e.Path, e.Mode)
	}
	return nil
}

func kind(m fs.FileMode) string {
	switch m.Type() {
	case 0:
		return "regular file"
	case fs.ModeDir:
		return "directory"
	case fs.ModeSymlink:
		return "symbolic link"
	}
	return "special file (" + m.Type().String() + ")"
}
