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
	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
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
	c, problems := catalogue.Load(os.DirFS(tree), catalogue.Options{Label: label})
	for i := range c.Servers {
		c.Servers[i].Found = append(c.Servers[i].Found, checkLock(tree, c.Servers[i])...)
	}
	return c, problems, nil
}

// export copies the catalogue's files into this process in one transfer; asking the engine for each would cost a round trip a file.
func (m *Dockyard) export(ctx context.Context, include []string) (string, error) {
	dir := m.Catalogue
	if len(include) > 0 {
		dir = dir.Filter(dagger.DirectoryFilterOpts{Include: include})
	}
	tree, err := filepath.Abs("catalogue")
	if err != nil {
		return "", err
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
	return &server{Server: s, id: s.ID, dir: s.Dir, spec: s.Spec, tree: tree, folder: m.Catalogue.Directory(s.Dir)}, nil
}

// check refuses a server whose lock is missing or does not fit its spec.
func (s *server) check() error {
	if err := checkLock(s.tree, s.Server).Err(problem.ErrInvalid); err != nil {
		return fmt.Errorf("building %q: %w", s.id, err)
	}
	return nil
}

func (s *server) overrides() map[string]string { return overrides(s.spec) }

func overrides(s *spec.Spec) map[string]string {
	out := map[string]string{}
	for _, o := range s.Package.Overrides {
		out[o.Package] = o.Version
	}
	return out
}

// checkLock compares a server's locks with its spec. A server whose spec is broken has that said already.
func checkLock(tree string, s catalogue.Server) problem.List {
	if s.Spec == nil {
		return nil
	}
	var found problem.List
	for _, name := range s.MissingLocks() {
		found = append(found, problem.Problem{
			File: path.Join(label, s.Path(name)), Message: "there is no lock", Fix: "run: dagger call lock --server=" + s.ID,
		})
	}
	if len(found) > 0 {
		return found
	}
	switch s.Spec.Metadata.Protocol {
	case spec.NPX:
		return checkNPMLock(tree, s)
	case spec.UVX:
		return checkPythonLock(tree, s)
	case spec.Go:
		return checkGoLock(tree, s)
	}
	return nil
}

func checkNPMLock(tree string, s catalogue.Server) problem.List {
	file := path.Join(label, s.Path(catalogue.NPMLock))
	f, err := os.Open(filepath.Join(tree, filepath.FromSlash(s.Path(catalogue.NPMLock))))
	if err != nil {
		return problem.List{{File: file, Message: err.Error()}}
	}
	defer f.Close()
	lock, found := npmlock.Read(file, f)
	if lock == nil {
		return found
	}
	return append(found, npmlock.Check(file, lock, npmlock.Want{
		Server: s.ID, Package: s.Spec.Package.Name, Version: s.Spec.Package.Version, Overrides: overrides(s.Spec),
	})...)
}

// validate makes the report of all servers and of the tree itself.
func validate(c *catalogue.Catalogue, problems problem.List) report.Report {
	var subjects []report.Subject
	inServers := map[string]bool{}
	for _, s := range c.Servers {
		subjects = append(subjects, report.Subject{Name: s.Dir, Problems: s.Found})
		for _, p := range s.Found {
			inServers[p.String()] = true
		}
	}
	var rest problem.List
	for _, p := range problems {
		if !inServers[p.String()] {
			rest = append(rest, p)
		}
	}
	if len(rest) > 0 {
		subjects = append(subjects, report.Subject{Name: label, Problems: rest})
	}
	return report.New("validate", subjects)
}
