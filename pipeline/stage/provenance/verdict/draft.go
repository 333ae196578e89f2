// Package verdict puts a verdict together from single checks: what was proven raises it, what failed lowers it, and the worst failure decides.
package verdict

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/provenance"
)

// maxMessage bounds a reason, in bytes: much of it is made of what a registry says.
const maxMessage = 1000

// Draft is a verdict in the making. It is for one goroutine.
type Draft struct {
	v        provenance.Verdict
	attained provenance.Status
	failed   provenance.Status // the worst of what went wrong; "" is nothing
	failures int
}

// New begins a verdict that is HASH-ONLY until more is proven.
func New(ecosystem, name, version string) *Draft {
	return &Draft{attained: provenance.HashOnly, v: provenance.Verdict{
		SchemaVersion: provenance.SchemaVersion, Ecosystem: ecosystem, Package: name, Version: version,
		Files: []provenance.File{}, Checks: []provenance.Check{}, Reasons: []provenance.Reason{},
	}}
}

// Facts are where verified facts are written. Writing one does not change the status.
func (d *Draft) Facts() *provenance.Verdict { return &d.v }

// File adds an artefact.
func (d *Draft) File(name, digest string) {
	d.v.Files = append(d.v.Files, provenance.File{Name: name, Digest: digest})
}

// Pass records a check that succeeded.
func (d *Draft) Pass(check, detail string) { d.check(check, provenance.Passed, detail) }

// Absent records that there was nothing to check.
func (d *Draft) Absent(check, detail string) { d.check(check, provenance.Absent, detail) }

// Skip records that something could not be looked at, and why.
func (d *Draft) Skip(check, detail string) { d.check(check, provenance.Skipped, detail) }

func (d *Draft) check(name, outcome, detail string) {
	d.v.Checks = append(d.v.Checks, provenance.Check{Name: name, Outcome: outcome, Detail: clip(detail)})
}

// Attain raises the verdict to s, if that is better than what was proven before.
func (d *Draft) Attain(s provenance.Status) {
	if d.attained.Worse(s) {
		d.attained = s
	}
}

// Fail records a check that failed and what the verdict becomes by it. code is for programs: "REPOSITORY".
func (d *Draft) Fail(s provenance.Status, check, code, format string, args ...any) {
	message := clip(fmt.Sprintf(format, args...))
	d.check(check, provenance.Failed, message)
	d.v.Reasons = append(d.v.Reasons, provenance.Reason{Code: code, Message: message})
	d.failures++
	if d.failed == "" || s.Worse(d.failed) {
		d.failed = s
	}
}

// Unanswered records a check that could not be made: the verdict becomes UNREACHABLE, unless something worse was found.
func (d *Draft) Unanswered(check, code, format string, args ...any) {
	message := clip(fmt.Sprintf(format, args...))
	d.check(check, provenance.Skipped, message)
	d.v.Reasons = append(d.v.Reasons, provenance.Reason{Code: code, Message: message})
	if d.failed == "" || provenance.Unreachable.Worse(d.failed) {
		d.failed = provenance.Unreachable
	}
}

// Note records something a reader should know and that changes nothing.
func (d *Draft) Note(code, format string, args ...any) {
	d.v.Reasons = append(d.v.Reasons, provenance.Reason{Code: code, Message: clip(fmt.Sprintf(format, args...))})
}

// Failures counts what failed so far.
func (d *Draft) Failures() int { return d.failures }

// Verdict is the outcome. Facts from signatures stay only where all signatures held: with any other status than VERIFIED and MISMATCH they
// could be taken for more than they are.
func (d *Draft) Verdict() provenance.Verdict {
	v := d.v
	v.Status = d.attained
	if d.failed != "" {
		v.Status = d.failed
	}
	if v.Status != provenance.Verified && v.Status != provenance.Mismatch {
		v = provenance.Verdict{
			SchemaVersion: v.SchemaVersion, Ecosystem: v.Ecosystem, Package: v.Package, Version: v.Version, Status: v.Status,
			Files: v.Files, Checks: v.Checks, Reasons: v.Reasons, Yanked: v.Yanked, LogIndex: v.LogIndex, SignedAt: v.SignedAt,
		}
		if v.Status == provenance.Invalid {
			v.LogIndex, v.SignedAt = nil, ""
		}
	}
	return v
}

func clip(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}
