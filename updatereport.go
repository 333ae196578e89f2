package main

import (
	"fmt"
	"path"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/report"
)

// updateReport is the report of all servers that were looked at.
func updateReport(all []updated) report.Report {
	var subjects []report.Subject
	for _, u := range all {
		subjects = append(subjects, u.report)
	}
	return report.New("update", subjects)
}

// updateChanges puts the proposals that nothing blocks into one change. With keepGoing the others are left out; otherwise they are an error.
func (m *Dockyard) updateChanges(all []updated, keepGoing bool) (*dagger.Changeset, error) {
	if r := updateReport(all); r.Status == report.Failed && !keepGoing {
		return nil, fmt.Errorf("%s\nnothing was written; name one server with --server, or leave out those that failed with --keep-going", r.Summary())
	}
	before := dag.Directory().WithDirectory(label, m.Catalogue)
	after := before
	for _, u := range all {
		if u.spec == nil || len(u.report.Problems.Blocking()) > 0 {
			continue
		}
		dir := path.Join(label, u.server.Dir)
		after = after.WithNewFile(path.Join(dir, catalogue.SpecFile), string(u.spec)).WithDirectory(dir, u.locks)
	}
	return after.Changes(before), nil
}
