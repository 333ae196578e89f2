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
	Scripts      []string     // packages of the lock with install scripts: NAME@VERSION
	Tools        Dependencies // what source distributions are built with
}

// Change is what an update would do to a server.
type Change struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Added   []string `json:"added,omitempty"`   // dependencies: NAME@VERSION
	Removed []string `json:"removed,omitempty"` // NAME@VERSION
	Moved   []string `json:"moved,omitempty"`   // NAME: OLD to NEW
	// Tools are the same of what source distributions are built with, whose code runs in those builds.
	Tools Moves `json:"buildRequirements,omitzero"`
	// Suspicious is what an attacker who took a package over would change, each as a sentence.
	Suspicious []string `json:"suspicious,omitempty"`
	// LostAttestation tells that the old version has a provenance attestation and the new one has none, or not for all of its files.
	LostAttestation bool   `json:"lostAttestation,omitempty"`
	Attested        bool   `json:"attested"`                      // the new version has one, for every file
	HalfAttested    bool   `json:"halfAttested,omitempty"`        // the new version has some, and files without
	Unsaid          bool   `json:"attestationsUnknown,omitempty"` // the registry does not say whether the new version has one
	Deprecated      string `json:"deprecated,omitempty"`          // notice on the new version
	Form                   // of a PyPI package
}

// Moves are what differs between two sets of packages, in the forms of Change.
type Moves struct {
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Moved   []string `json:"moved,omitempty"`
}

// Compare tells what differs between two versions of a server.
func Compare(before, after State) Change {
	c := Change{
		From: before.Release.Version, To: after.Release.Version, Attested: after.Release.Attested, Deprecated: after.Release.Deprecated,
		HalfAttested: after.Release.HalfAttested, Unsaid: after.Release.Unsaid, LostAttestation: before.Release.attested() > after.Release.attested(),
	}
	m := moves(before.Dependencies, after.Dependencies)
	c.Added, c.Removed, c.Moved = m.Added, m.Removed, m.Moved
	c.Tools = moves(before.Tools, after.Tools)
	c.Suspicious = suspicious(before, after)
	return c
}

func moves(before, after Dependencies) Moves {
	var m Moves
	names := maps.Clone(before)
	if names == nil {
		names = Dependencies{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		old, now := before[name], after[name]
		switch {
		case slices.Equal(old, now):
		case len(old) == 0:
			m.Added = append(m.Added, name+"@"+strings.Join(now, ","))
		case len(now) == 0:
			m.Removed = append(m.Removed, name+"@"+strings.Join(old, ","))
		default:
			m.Moved = append(m.Moved, fmt.Sprintf("%s: %s to %s", name, strings.Join(old, ","), strings.Join(now, ",")))
		}
	}
	return m
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

// attested orders releases by their attestations: none, of some files, of all.
func (r Release) attested() int {
	switch {
	case r.Attested:
		return 2
	case r.HalfAttested:
		return 1
	}
	return 0
}

// Facts tell a change to a person, a line each.
func (c Change) Facts() []string {
	if c.From == c.To {
		return nil
	}
	out := []string{c.From + " to " + c.To}
	if c.FromSource {
		out = append(out, "it is built from its source distribution, by code of its own, as spec.source_distributions allows")
	}
	switch {
	case c.Attested:
		out = append(out, "the registry lists a provenance attestation for it")
	case c.HalfAttested:
		out = append(out, "the registry lists provenance attestations for some of its files, and none for others")
	case c.LostAttestation:
		out = append(out, "the old version has a provenance attestation, the new one has none")
	case c.Unsaid:
		out = append(out, "the registry does not say whether it has a provenance attestation")
	}
	out = append(out, Moves{c.Added, c.Removed, c.Moved}.facts("dependencies")...)
	return append(out, c.Tools.facts("build requirements")...)
}

func (m Moves) facts(of string) []string {
	var out []string
	for _, list := range []struct {
		what  string
		items []string
	}{{"added", m.Added}, {"removed", m.Removed}, {"moved", m.Moved}} {
		if len(list.items) > 0 {
			out = append(out, fmt.Sprintf("%s %s (%d): %s", of, list.what, len(list.items), strings.Join(list.items, ", ")))
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
