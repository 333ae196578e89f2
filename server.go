package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/validate"
)

// label is how problems name files of the catalogue.
const label = "servers"

// server is one server of the catalogue with its folder on both sides: as files of this process, to check, and in the engine, to build from.
type server struct {
	catalogue.Server
	id, dir string
	spec    *spec.Spec
	tree    string // folder of this process that holds the catalogue
	folder  *dagger.Directory
}

func (s *server) has(name string) bool          { return s.Has(name) }
func (s *server) file(name string) *dagger.File { return s.folder.File(name) }

// load reads the catalogue, or of it what the patterns include.
func (m *Dockyard) load(ctx context.Context, include ...string) (*catalogue.Catalogue, problem.List, error) {
	tree, err := m.export(ctx, include)
	if err != nil {
		return nil, nil, err
	}
	c, problems := validate.Catalogue(os.DirFS(tree), label)
	return c, problems, nil
}

// wholeTree is the folder of this process that the whole catalogue is copied to.
const wholeTree = "catalogue"

// export copies the catalogue's files into this process in one transfer; asking the engine for each would cost a round trip a file. A part of the
// catalogue gets a folder of its own, since several servers may be looked at side by side.
func (m *Dockyard) export(ctx context.Context, include []string) (string, error) {
	dir := m.Catalogue
	tree, err := filepath.Abs(wholeTree)
	if err == nil && len(include) > 0 {
		dir = dir.Filter(dagger.DirectoryFilterOpts{Include: include})
		tree, err = os.MkdirTemp(filepath.Dir(tree), wholeTree+"-")
	}
	if err != nil {
		return "", fmt.Errorf("making a folder for the catalogue: %w", err)
	}
	if _, err := dir.Export(ctx, tree, dagger.DirectoryExportOpts{Wipe: true}); err != nil {
		return "", fmt.Errorf("reading the catalogue: %v", err)
	}
	return tree, nil
}

var serverName = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// find returns a server whose spec is in order. Other servers' specs are read too, so that an unknown name gets its nearest ones.
func (m *Dockyard) find(ctx context.Context, name string) (*server, error) {
	include := []string{"**/" + catalogue.SpecFile}
	if serverName.MatchString(name) {
		include = append(include, "**/"+path.Base(name)+"/*", path.Base(name)+"/*")
	}
	tree, err := m.export(ctx, include)
	if err != nil {
		return nil, err
	}
	c, _ := catalogue.Load(os.DirFS(tree), catalogue.Options{Label: label})
	s, err := c.Find(name)
	if err != nil {
		return nil, boundary(err)
	}
	return m.server(s, tree), nil
}

// server is a server of the catalogue that was read into tree.
func (m *Dockyard) server(s catalogue.Server, tree string) *server {
	return &server{Server: s, id: s.ID, dir: s.Dir, spec: s.Spec, tree: tree, folder: m.Catalogue.Directory(s.Dir)}
}

// check refuses a server whose spec is not in order, or whose lock is missing or does not fit it.
func (s *server) check() error {
	if err := s.Found.Err(problem.ErrInvalid); err != nil {
		return fmt.Errorf("loading server %q: %w", s.id, err)
	}
	if err := validate.Locks(os.DirFS(s.tree), label, s.Server).Err(problem.ErrInvalid); err != nil {
		return fmt.Errorf("building %q: %w", s.id, err)
	}
	return nil
}

func (s *server) overrides() map[string]string { return validate.Overrides(s.spec) }
