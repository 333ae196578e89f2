package upstream

import (
	"fmt"
	"strings"
	"time"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
)

// LostAttestation is the code by which a spec's allowed_issues accept that a new version has no attestation although the old one has.
const LostAttestation = "attestation-lost"

// Subject tells a change of a server: what an attacker would change is a warning, and a lost attestation blocks unless the spec allows it with a
// reason at that time. file is the spec's, for problems.
func Subject(name, file string, s *spec.Spec, c Change, at time.Time) report.Subject {
	r := report.Subject{Name: name, Facts: c.Facts(), Data: c}
	for _, text := range c.Suspicious {
		r.Problems = append(r.Problems, problem.Problem{File: file, Message: text, Fix: "look at the upstream project before you take it", Warning: true})
	}
	if c.Deprecated != "" {
		r.Problems = append(r.Problems, problem.Problem{File: file, Message: "its publisher calls the new version deprecated: " + c.Deprecated, Warning: true})
	}
	if c.LostAttestation {
		has := "has none"
		if c.HalfAttested {
			has = "has none for some of its files"
		}
		r.Problems = append(r.Problems, problem.Problem{
			File: file, Message: fmt.Sprintf("version %s has a provenance attestation and %s %s: it was published another way", c.From, c.To, has),
			Fix: "ask upstream; to take it, allow " + LostAttestation + " in security.allowed_issues with the reason", Warning: allows(s, LostAttestation, at),
		})
	}
	r.Problems = append(r.Problems, c.formProblems(file, s)...)
	return r
}

// formProblems tell what the form of a PyPI package asks of the spec. A version that is not taken for its form blocks, unless there is another to go to.
func (c Change) formProblems(file string, s *spec.Spec) problem.List {
	var out problem.List
	if c.Wheel {
		out = append(out, problem.Problem{
			File: file, Message: "version " + c.To + " has a wheel that can be used: that spec.source_distributions allows to build the package is no longer needed",
			Fix: "remove the package there, and run: dagger call lock", Warning: true,
		})
	}
	if c.Refused == "" {
		return out
	}
	p := problem.Problem{File: file, Warning: c.From != c.To}
	if c.FromSource {
		p.Message = "version " + c.Refused + " is not taken: it has a wheel and no source distribution, from which the spec has it built"
		p.Fix = "remove the package from spec.source_distributions, which is no longer needed"
	} else {
		p.Message = "version " + c.Refused + " is not taken: it has no wheel that can be used, only a source distribution, which the spec does not allow to build; it was published another way"
		p.Fix = fmt.Sprintf("ask upstream; to take it, allow it in spec.source_distributions with the reason: {package: %s, reason: WHY}", pylock.Project(s.Package.Name))
	}
	return append(out, p)
}

// allows tells whether a spec accepts an issue at a time.
func allows(s *spec.Spec, code string, at time.Time) bool {
	for _, a := range s.Security.AllowedIssues {
		if strings.EqualFold(a.Code, code) && a.Reason != "" && !a.Expired(at) {
			return true
		}
	}
	return false
}
