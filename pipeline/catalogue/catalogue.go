// Package catalogue loads a folder of server specs, finds servers in it and lists them. It reads the spec of each server and the names of
// the files beside it, nothing else.
package catalogue

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/spec/nearest"
)

// ErrUnknownServer is the category of a name that no server in the catalogue has.
var ErrUnknownServer = errors.New("unknown server")

// Names of the files that a server's folder may hold.
const (
	SpecFile    = "spec.yaml"
	NPMLock     = "package-lock.json"       // npx
	PythonLock  = "requirements.lock"       // uvx
	BuildLock   = "build-requirements.lock" // uvx, what spec.source_distributions are built with
	GoMod       = "go.mod"                  // go
	GoSum       = "go.sum"                  // go
	SurfaceLock = "surface.lock.json"       // the reviewed tools, prompts and resources
	SystemLock  = "system.lock.json"        // spec.system_packages with their dependencies
)

// Catalogue is the servers of one folder tree, sorted by id.
type Catalogue struct {
	Servers []Server
}

// Server is one folder of the catalogue.
type Server struct {
	ID    string       // name of the folder: "context7"
	Dir   string       // path of the folder inside the catalogue: "context7", or "npx/context7" in the other layout
	Files []string     // names of the regular files directly in the folder, sorted
	Spec  *spec.Spec   // nil when the spec has problems that block
	Found problem.List // problems of this server, warnings included
}

// Has tells whether the folder holds a file.
func (s Server) Has(name string) bool {
	_, ok := slices.BinarySearch(s.Files, name)
	return ok
}

// Path is the path inside the catalogue of a file in the server's folder, present or not.
func (s Server) Path(name string) string { return path.Join(s.Dir, name) }

// LockFiles are the names of the files that lock the server's package and dependencies. Nil when the spec could not be read.
func (s Server) LockFiles() []string {
	if s.Spec == nil {
		return nil
	}
	switch s.Spec.Metadata.Protocol {
	case spec.NPX:
		return []string{NPMLock}
	case spec.UVX:
		return []string{PythonLock}
	default:
		return []string{GoMod, GoSum}
	}
}

// MissingLocks are the files among LockFiles that the folder does not hold, SystemLock when the spec names system packages, and BuildLock when it
// has packages built from source.
func (s Server) MissingLocks() []string {
	names := s.LockFiles()
	if s.Spec != nil && len(s.Spec.Package.SystemPackages) > 0 {
		names = append(names, SystemLock)
	}
	if s.BuildsFromSource() {
		names = append(names, BuildLock)
	}
	return slices.DeleteFunc(names, s.Has)
}

// BuildsFromSource tells whether the spec has packages that are built from their source distributions.
func (s Server) BuildsFromSource() bool {
	return s.Spec != nil && s.Spec.Metadata.Protocol == spec.UVX && len(s.Spec.Package.SourceDists) > 0
}

// Find returns the server with an id or, where two protocols have the same id, with a path: "npx/context7". Errors are in the category
// ErrUnknownServer, or problem.ErrInvalid for a server that is there but whose spec has blocking problems.
func (c *Catalogue) Find(name string) (Server, error) {
	var found []Server
	for _, s := range c.Servers {
		if s.Dir == name {
			return s.checked()
		}
		if s.ID == name {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return Server{}, c.unknown(name)
	case 1:
		return found[0].checked()
	}
	return Server{}, fmt.Errorf("finding server %q: %w: %s all have this id; name one by its path or rename the others",
		name, problem.ErrInvalid, strings.Join(dirs(found), ", "))
}

// checked returns the server unless something about it blocks.
func (s Server) checked() (Server, error) {
	if err := s.Found.Err(problem.ErrInvalid); err != nil {
		return Server{}, fmt.Errorf("loading server %q: %w", s.ID, err)
	}
	return s, nil
}

// maxSuggestions bounds how many names an error suggests.
const maxSuggestions = 5

func (c *Catalogue) unknown(name string) error {
	ids := make([]string, len(c.Servers))
	for i, s := range c.Servers {
		ids[i] = s.ID
	}
	meant := ""
	if near := nearest.Names(path.Base(name), slices.Compact(ids), maxSuggestions); len(near) > 0 {
		meant = "; nearest: " + strings.Join(near, ", ")
	}
	return fmt.Errorf("finding server %q: %w in a catalogue of %d%s; list all with: dagger call servers", name, ErrUnknownServer, len(c.Servers), meant)
}

func dirs(servers []Server) []string {
	out := make([]string, len(servers))
	for i, s := range servers {
		out[i] = s.Dir
	}
	return out
}
