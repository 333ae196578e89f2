package pypi

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Announcement counts what an index says of the attestations of a release. Nothing of it is verified.
type Announcement struct {
	SchemaVersion int    `json:"schemaVersion"`
	Project       string `json:"project"`
	Version       string `json:"version"`
	Files         int    `json:"files"`    // wheels that the index lists and that were not withdrawn, or source distributions: where there is no wheel, or asked for
	Attested      int    `json:"attested"` // of them, those with a provenance object (PEP 740)
	Silent        int    `json:"silent"`   // of them, those of which the index does not say
}

// Announced asks for the files of a release at the first index that has some. Withdrawn ones count only where all are. A release that no index has is
// one with no files. With source, source distributions count and no wheels.
func (s Indexes) Announced(ctx context.Context, project, version string, source bool) (Announcement, error) {
	a := Announcement{SchemaVersion: 1, Project: project, Version: version}
	p := s.pages(project)
	for i := range s {
		listed, err := p.page(ctx, i)
		if errors.Is(err, errNone) {
			continue
		} else if err != nil {
			return a, err
		}
		for _, l := range current(listed, project, version, source) {
			a.Files++
			switch {
			case l.Provenance != "":
				a.Attested++
			case l.Silent:
				a.Silent++
			}
		}
		if a.Files > 0 {
			break
		}
	}
	return a, nil
}

// current are the wheels of a release, or its source distributions when it has no wheels or source asks for them: those that were not withdrawn, or
// all when all were.
func current(listed []Listed, project, version string, source bool) []Listed {
	isWheel := func(l Listed) bool { return strings.HasSuffix(l.Name, ".whl") }
	all := slices.DeleteFunc(slices.Clone(listed), func(l Listed) bool { return !IsOf(l.Name, project, version) })
	if source {
		all = slices.DeleteFunc(all, isWheel)
	} else if slices.ContainsFunc(all, isWheel) {
		all = slices.DeleteFunc(all, func(l Listed) bool { return !isWheel(l) })
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(l Listed) bool { return l.Yanked != nil })
	if len(kept) == 0 {
		return all
	}
	return kept
}
