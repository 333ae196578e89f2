package upstream

import (
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/spec"
)

// Draft is the spec that a contributor begins with: what is known of a release, and nothing that a person has to decide, except for the entry
// point: of several executables, none named like the package, it takes the one that speaks of MCP, else the first.
func Draft(name string, ref Ref, r Release) *spec.Spec {
	s := &spec.Spec{
		Metadata:   spec.Metadata{Name: name, Description: r.Description, Protocol: ref.Protocol},
		Package:    spec.Package{Name: ref.Name, Version: r.Version, Entrypoint: entrypoint(ref, r.Executables)},
		Provenance: spec.Provenance{RepositoryURI: r.Repository},
	}
	if s.Metadata.Description == "" {
		s.Metadata.Description = "MCP server " + name
	}
	if r.Attested {
		s.Provenance.Attestations = &spec.Attestations{Available: true}
	}
	return s
}

// entrypoint is empty where the build needs no hint.
func entrypoint(ref Ref, executables []string) string {
	own := path.Base(ref.Name)
	same := func(a string) bool { return a == own }
	if ref.Protocol == spec.UVX {
		same = func(a string) bool { return pylock.CanonicalName(a) == pylock.Project(ref.Name) }
	}
	if len(executables) < 2 || slices.ContainsFunc(executables, same) {
		return ""
	}
	if i := slices.IndexFunc(executables, func(e string) bool { return strings.Contains(strings.ToLower(e), "mcp") }); i >= 0 {
		return executables[i]
	}
	return executables[0]
}
