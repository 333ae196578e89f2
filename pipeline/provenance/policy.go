package provenance

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Expectations are what a result is held to. The zero value is a build without expectations.
type Expectations struct {
	File      string // the server's spec, as the user knows it; problems are shown at it. "" is the package's name
	Available bool   // provenance.attestations.available or .verified of the spec: the server's own package must be VERIFIED
	Publish   bool   // publishing is stricter than building
	Offline   bool   // the user asked not to use the network; publishing does not listen to this
}

// field is where the spec states that attestations are there.
const field = "provenance.attestations"

// Policy divides what a result has to say into what blocks and what does not:
//
//   - MISMATCH and INVALID block, whichever package has them.
//   - With Expectations.Available anything less than VERIFIED blocks for the server's own package.
//   - UNREACHABLE blocks publishing, and is a warning otherwise. Asked to be offline, it is one warning for all that were skipped.
//   - A release that was withdrawn is a warning, and so is that it is not known of some.
//
// Every problem of the second list has Warning set.
func Policy(r Result, e Expectations) (blocking, warnings problem.List) {
	p := policy{e: e}
	p.subject(r.Subject)
	for _, v := range r.Dependencies {
		p.common(v)
	}
	if p.skipped > 0 {
		p.add(false, "", fmt.Sprintf("provenance of %d packages was not looked at, because the build is offline", p.skipped), "")
	}
	if n := len(p.unknown); n > 0 {
		p.add(false, "", fmt.Sprintf("whether they were retracted is UNKNOWN of %d modules, because the module proxy does not tell: %s", n, strings.Join(p.unknown[:min(n, shownUnknown)], ", ")),
			"ask a proxy that lists versions, or look at their repositories")
	}
	for _, text := range r.Errors {
		p.add(e.Publish, "", text, "")
	}
	return p.blocking, p.warnings
}

type policy struct {
	e                  Expectations
	skipped            int
	unknown            []string // packages of which it is not known whether they were withdrawn
	blocking, warnings problem.List
}

func (p *policy) add(blocks bool, field, message, fix string) {
	q := problem.Problem{File: p.e.File, Field: field, Message: message, Fix: fix, Warning: !blocks}
	if q.File == "" {
		q.File = "provenance"
	}
	if blocks {
		p.blocking = append(p.blocking, q)
	} else {
		p.warnings = append(p.warnings, q)
	}
}

func (p *policy) subject(v Verdict) {
	offline := v.Status == Unreachable && p.e.Offline && !p.e.Publish
	decided := v.Status == Mismatch || v.Status == Invalid
	if !p.e.Available || decided || offline || v.Status == Verified {
		p.common(v)
		return
	}
	fix := "find out why the release was published without it; if that is in order, set available: false and say so in the change"
	if v.Status == Unreachable {
		fix = "try again; or ask for an offline build, which cannot be published"
	}
	p.add(true, field, fmt.Sprintf("%s is %s, want VERIFIED, because attestations are expected: %s", v.ID(), v.Status, v.because()), fix)
	p.yanked(v)
}

// common holds for every package.
func (p *policy) common(v Verdict) {
	switch v.Status {
	case Mismatch:
		p.add(true, "", fmt.Sprintf("%s is MISMATCH: %s", v.ID(), v.because()),
			"do not use this version until the difference is explained; only then correct the expectation or the lock")
	case Invalid:
		p.add(true, "", fmt.Sprintf("%s is INVALID: %s", v.ID(), v.because()), "do not use this version; tell its maintainers and the registry")
	case Unreachable:
		if p.e.Offline && !p.e.Publish {
			p.skipped++
			break
		}
		p.add(p.e.Publish, "", fmt.Sprintf("%s is UNREACHABLE: %s", v.ID(), v.because()), "check the registry's address and credentials, then try again")
	case Verified, Signed, HashOnly:
	default:
		p.add(true, "", fmt.Sprintf("%s has the status %q, want one of %v", v.ID(), v.Status, statuses), "")
	}
	p.yanked(v)
}

// shownUnknown is how many packages of which something is not known are named.
const shownUnknown = 5

func (p *policy) yanked(v Verdict) {
	for _, c := range v.Checks {
		if c.Name == CheckRetracted && c.Outcome == Skipped {
			p.unknown = append(p.unknown, v.ID())
		}
	}
	if v.Yanked == nil {
		return
	}
	why := *v.Yanked
	if strings.TrimSpace(why) == "" {
		why = "no reason was given"
	}
	p.add(false, "", fmt.Sprintf("%s was withdrawn (yanked) by its publisher: %s", v.ID(), why), "lock a version that was not")
}

func (v Verdict) because() string {
	if len(v.Reasons) == 0 {
		return "no reason was recorded"
	}
	return v.Because()
}
