package npmlock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// object is a JSON object whose keys are matched exactly. encoding/json matches the fields of a struct without regard to case, npm does not:
// a key such as "Integrity" would be one thing here and nothing there.
type object map[string]json.RawMessage

// into decodes the value of each key that is there. A value of another type is an error that names the key.
func (o object) into(fields map[string]any) error {
	for _, key := range sorted(fields) {
		raw, ok := o[key]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, fields[key]); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
	}
	return nil
}

func parse(raw []byte) (*Lock, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: got %d bytes, want at most %d (MaxBytes)", ErrLock, len(raw), MaxBytes)
	}
	if err := duplicates(raw); err != nil {
		return nil, err
	}
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrLock, err)
	}
	var version int
	var packages object
	l := &Lock{}
	if err := doc.into(map[string]any{"name": &l.Name, "lockfileVersion": &version, "packages": &packages, "dockyard": &l.Facts}); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrLock, err)
	}
	if version != 3 {
		return nil, fmt.Errorf("%w: got lockfileVersion %d, want 3", ErrLock, version)
	}
	if n := len(packages); n == 0 || n > MaxEntries {
		return nil, fmt.Errorf("%w: got %d packages, want 1 to %d (MaxEntries)", ErrLock, n, MaxEntries)
	}
	if _, ok := packages[""]; !ok {
		return nil, fmt.Errorf("%w: it has no entry for the root (\"\")", ErrLock)
	}
	return l, l.fill(packages)
}

func (l *Lock) fill(packages object) error {
	l.index = make(map[string]int, len(packages))
	for _, place := range sorted(packages) {
		e := Entry{Path: place}
		if err := json.Unmarshal(packages[place], &e); err != nil {
			return fmt.Errorf("%w: entry %q: %v", ErrLock, place, err)
		}
		if place == "" {
			l.Root = e
			continue
		}
		l.index[place] = len(l.Entries)
		l.Entries = append(l.Entries, e)
	}
	return nil
}

// UnmarshalJSON reads the fields of an entry; the path is the caller's to set. Fields that this package does not know are passed over.
func (e *Entry) UnmarshalJSON(raw []byte) error {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	var meta map[string]object
	err := o.into(map[string]any{
		"name": &e.Name, "version": &e.Version, "resolved": &e.Resolved, "integrity": &e.Integrity, "link": &e.Link, "dev": &e.Dev,
		"optional": &e.Optional, "devOptional": &e.DevOptional, "peer": &e.Peer, "extraneous": &e.Extraneous, "inBundle": &e.InBundle,
		"hasInstallScript": &e.HasInstallScript, "os": &e.OS, "cpu": &e.CPU, "libc": &e.Libc, "bin": &e.Bin,
		"dependencies": &e.Dependencies, "devDependencies": &e.DevDeps, "optionalDependencies": &e.OptionalDeps,
		"peerDependencies": &e.PeerDeps, "peerDependenciesMeta": &meta,
	})
	if err != nil {
		return err
	}
	e.License, e.Deprecated = Text(o["license"], "type"), Text(o["deprecated"], "")
	for name, m := range meta {
		if string(m["optional"]) == "true" {
			if e.PeerOptional == nil {
				e.PeerOptional = map[string]bool{}
			}
			e.PeerOptional[name] = true
		}
	}
	return nil
}

// Text is a field that packages fill as they like: a text, or an object with the text under a key. Anything else is no text.
func Text(raw json.RawMessage, key string) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o map[string]any
	if json.Unmarshal(raw, &o) == nil {
		s, _ = o[key].(string)
	}
	return s
}

// UnmarshalJSON takes a list of texts or one text.
func (w *Words) UnmarshalJSON(raw []byte) error {
	var one *string
	if json.Unmarshal(raw, &one) == nil {
		if one != nil {
			*w = Words{*one}
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(w))
}

// UnmarshalJSON takes a mapping, a list of files, which have their own names, or one text. What is not a text in it is passed over, as npm
// does (npm-normalize-package-bin).
func (b *Bin) UnmarshalJSON(raw []byte) error {
	out := Bin{}
	var one string
	var files []string
	var named map[string]any
	switch {
	case json.Unmarshal(raw, &named) == nil:
		for name, file := range named {
			if file, ok := file.(string); ok {
				out[name] = file
			}
		}
	case json.Unmarshal(raw, &files) == nil:
		for _, file := range files {
			out[path.Base(file)] = file
		}
	case json.Unmarshal(raw, &one) == nil:
		out[""] = one
	default:
		return fmt.Errorf("got %.80s, want a mapping, a list or a text", raw)
	}
	if len(out) > 0 {
		*b = out
	}
	return nil
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

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
