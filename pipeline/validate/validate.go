// Package validate checks a catalogue without engine or network: every spec, and every lock against the spec beside it.
package validate

import (
	"io/fs"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/report"
)

// Catalogue loads a catalogue and checks its locks, those of surfaces included. The problems of a server, those of its locks included, are in its Found; the list holds
// what is wrong with specs and with the tree. Label is put before the paths of problems.
func Catalogue(tree fs.FS, label string) (*catalogue.Catalogue, problem.List) {
	c, problems := catalogue.Load(tree, catalogue.Options{Label: label})
	for i := range c.Servers {
		c.Servers[i].Found = append(c.Servers[i].Found, Locks(tree, label, c.Servers[i])...)
		_, found := SurfaceLock(tree, label, c.Servers[i])
		c.Servers[i].Found = append(c.Servers[i].Found, found...)
	}
	return c, problems
}

// Report is the outcome of Catalogue: a subject for each server, and one named label for the problems that belong to none.
func Report(c *catalogue.Catalogue, problems problem.List, label string) report.Report {
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
