package main

import (
	"fmt"
	"path"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/upstream"
)

// lostAttestation is the code by which a spec's allowed_issues accept that a new version has no attestation although the old one has.
const lostAttestation = "attestation-lost"

// changeReport tells a change; what an attacker would change is a warning, and a lost attestation blocks unless the spec allows it with a reason.
func changeReport(s catalogue.Server, c upstream.Change) report.Subject {
	r := report.Subject{Name: s.Dir, Facts: c.Facts(), Data: c}
	file := path.Join(label, s.Path(catalogue.SpecFile))
	for _, text := range c.Suspicious {
		r.Problems = append(r.Problems, problem.Problem{File: file, Message: text, Fix: "look at the upstream project before you take it", Warning: true})
	}
	if c.Deprecated != "" {
		r.Problems = append(r.Problems, problem.Problem{File: file, Message: "its publisher calls the new version deprecated: " + c.Deprecated, Warning: true})
	}
	if c.LostAttestation {
		r.Problems = append(r.Problems, problem.Problem{
			File: file, Message: fmt.Sprintf("version %s has a provenance attestation and %s has none: it was published another way", c.From, c.To),
			Fix: "ask upstream; to take it, allow " + lostAttestation + " in security.allowed_issues with the reason", Warning: allows(s.Spec, lostAttestation),
		})
	}
	return r
}

// allows tells whether a spec accepts an issue today.
func allows(s *spec.Spec, code string) bool {
	for _, a := range s.Security.AllowedIssues {
		if strings.EqualFold(a.Code, code) && a.Reason != "" && !a.Expired(time.Now()) {
			return true
		}
	}
	return false
}

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
