package upstream

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dependencies are the packages of a lock: name to its versions there, which may be several.
type Dependencies map[string][]string

// Add puts one package in.
func (d Dependencies) Add(name, version string) {
	if !slices.Contains(d[name], version) {
		d[name] = append(d[name], version)
		slices.Sort(d[name])
	}
}

// State is what is known of a server at one version.
type State struct {
	Release      Release
	Dependencies Dependencies
	Scripts      []string // packages of the lock with install scripts: NAME@VERSION
}

// Change is what an update would do to a server.
type Change struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Added   []string `json:"added,omitempty"`   // dependencies: NAME@VERSION
	Removed []string `json:"removed,omitempty"` // NAME@VERSION
	Moved   []string `json:"moved,omitempty"`   // NAME: OLD to NEW
	// Suspicious is what an attacker who took a package over would change, each as a sentence.
	Suspicious []string `json:"suspicious,omitempty"`
	// LostAttestation tells that the old version has a provenance attestation and the new one has none.
	LostAttestation bool   `json:"lostAttestation,omitempty"`
	Attested        bool   `json:"attested"`             // the new version has one
	Deprecated      string `json:"deprecated,omitempty"` // notice on the new version
}

// Compare tells what differs between two versions of a server.
func Compare(before, after State) Change {
	c := Change{
		From: before.Release.Version, To: after.Release.Version, Attested: after.Release.Attested, Deprecated: after.Release.Deprecated,
		LostAttestation: before.Release.Attested && !after.Release.Attested,
	}
	names := maps.Clone(before.Dependencies)
	if names == nil {
		names = Dependencies{}
	}
	maps.Copy(names, after.Dependencies)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		old, now := before.Dependencies[name], after.Dependencies[name]
		switch {
		case slices.Equal(old, now):
		case len(old) == 0:
			c.Added = append(c.Added, name+"@"+strings.Join(now, ","))
		case len(now) == 0:
			c.Removed = append(c.Removed, name+"@"+strings.Join(old, ","))
		default:
			c.Moved = append(c.Moved, fmt.Sprintf("%s: %s to %s", name, strings.Join(old, ","), strings.Join(now, ",")))
		}
	}
	c.Suspicious = suspicious(before, after)
	return c
}

func suspicious(before, after State) []string {
	var out []string
	b, a := before.Release, after.Release
	if b.Repository != a.Repository && b.Repository != "" {
		out = append(out, fmt.Sprintf("the package's repository was %s and is %s", b.Repository, orNone(a.Repository)))
	}
	for _, p := range without(a.Publishers, b.Publishers) {
		if len(b.Publishers) > 0 {
			out = append(out, fmt.Sprintf("%s can publish the package now", p))
		}
	}
	for _, s := range without(a.Scripts, b.Scripts) {
		out = append(out, "the package has a new install script: "+s)
	}
	for _, s := range without(after.Scripts, before.Scripts) {
		name := s[:max(strings.LastIndex(s, "@"), 0)]
		if !slices.ContainsFunc(before.Scripts, func(old string) bool { return strings.HasPrefix(old, name+"@") }) {
			out = append(out, "a dependency with an install script appeared: "+s)
		}
	}
	return out
}

// Facts tell a change to a person, a line each.
func (c Change) Facts() []string {
	out := []string{c.From + " to " + c.To}
	switch {
	case c.Attested:
		out = append(out, "the registry lists a provenance attestation for it")
	case c.LostAttestation:
		out = append(out, "the old version has a provenance attestation, the new one has none")
	}
	for _, list := range []struct {
		what  string
		items []string
	}{{"added", c.Added}, {"removed", c.Removed}, {"moved", c.Moved}} {
		if len(list.items) > 0 {
			out = append(out, fmt.Sprintf("dependencies %s (%d): %s", list.what, len(list.items), strings.Join(list.items, ", ")))
		}
	}
	return out
}

func without(list, known []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(known, s) {
			out = append(out, s)
		}
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "not named any more"
	}
	return s
}
