// Package scanreport shows the verdicts of the MCP scan: a summary for a terminal, Markdown for a pull request, JSON and SARIF for programs. All
// that comes from a server is escaped, and every form is bounded.
package scanreport

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/report"
)

// Check is the name of the report: the function that makes it.
const Check = "scan"

// Bounds of shown texts, in bytes.
const (
	maxMessage  = 400
	maxEvidence = 300
	maxName     = 120
	maxReason   = 400
)

// Options tell how a report is made. The zero value is for the project's own catalogue.
type Options struct {
	Label     string // folder of the catalogue in the paths that are shown; "": servers
	Catalogue fs.FS  // with the surface locks that findings are shown in; nil: they are shown at the spec
}

// Report is the outcome of the MCP scan of one or many servers.
type Report struct {
	verdicts  []gate.Verdict // worst first, then by name
	label     string
	catalogue fs.FS
}

// New makes a report.
func New(verdicts []gate.Verdict, o Options) Report {
	list := slices.Clone(verdicts)
	slices.SortStableFunc(list, func(a, b gate.Verdict) int {
		return cmp.Or(severity(b)-severity(a), len(b.Blocking)-len(a.Blocking), strings.Compare(a.Server, b.Server))
	})
	return Report{verdicts: list, label: cmp.Or(o.Label, "servers"), catalogue: o.Catalogue}
}

// severity orders verdicts for a reader.
func severity(v gate.Verdict) int {
	switch {
	case v.Blocks:
		return 4
	case v.Status == gate.NotScanned:
		return 3
	case v.Status == gate.Warnings:
		return 1
	case v.Status == gate.Passed:
		return 0
	}
	return 5
}

// Status is that of the whole: report.Passed, report.Warnings or report.Failed. Not scanned is failed, unless the spec ignores it with a reason.
func (r Report) Status() string { return r.plain().Status }

// Holds tells whether the report, begun at from, would still be the same at to: every server was scanned, for what prevented it may pass, and both
// times are of one day in UTC, for allowances expire with the end of a day.
func (r Report) Holds(from, to time.Time) bool {
	unscanned := slices.ContainsFunc(r.verdicts, func(v gate.Verdict) bool { return v.Status == gate.NotScanned })
	return !unscanned && from.UTC().Format(time.DateOnly) == to.UTC().Format(time.DateOnly)
}

// JSON is the report as data: the form of all reports, where the data of a subject is its verdict.
func (r Report) JSON() string { return r.plain().JSON() }

func (r Report) plain() report.Report {
	subjects := make([]report.Subject, len(r.verdicts))
	for i, v := range r.verdicts {
		subjects[i] = Subject(v, Options{Label: r.label})
	}
	return report.New(Check, subjects)
}

// Subject is a verdict as part of a report over several checks.
func Subject(v gate.Verdict, o Options) report.Subject {
	s := report.Subject{Name: v.Server, Facts: []string{counts(v), coverage(v)}, Data: v}
	file := path.Join(cmp.Or(o.Label, "servers"), v.Server, catalogue.SpecFile)
	add := func(warning bool, field, message, fix string) {
		s.Problems = append(s.Problems, problem.Problem{File: file, Field: field, Message: message, Fix: fix, Warning: warning})
	}
	for _, i := range v.Blocking {
		add(false, "", headline(i.Finding)+place(i.Finding), strings.Join(i.Ways, "; or "))
	}
	for _, n := range v.Notes {
		field := ""
		if n.Code == gate.NoteIgnored {
			field = "security.insecure_ignore"
		}
		add(!n.Blocks, field, n.Code+": "+report.Line(n.Message, maxMessage), n.Fix)
	}
	for _, i := range v.Warnings {
		add(true, "", headline(i.Finding)+place(i.Finding), "")
	}
	if severity(v) == 5 || v.Blocks && len(s.Problems.Blocking()) == 0 {
		add(false, "", fmt.Sprintf("there is no verdict: got status %q", v.Status), "scan the server")
	}
	return s
}

// ErrBlocked is the category of servers that the gate does not let pass.
var ErrBlocked = errors.New("the MCP scan blocks")

// Err is nil when the verdict lets the server pass, else an error with everything that blocks and the ways out. It is in the category ErrBlocked.
func Err(v gate.Verdict) error {
	if severity(v) < 4 {
		return nil
	}
	var b strings.Builder
	blocking := v
	blocking.Warnings, blocking.Allowed = nil, nil
	blocking.Notes = slices.DeleteFunc(slices.Clone(v.Notes), func(n gate.Note) bool { return !n.Blocks })
	summary(&b, blocking)
	fmt.Fprintf(&b, "all of it: dagger call scan --server=%s markdown", report.Line(v.Server, maxName))
	return fmt.Errorf("judging what %q shows to a model: %w\n%s", v.Server, ErrBlocked, b.String())
}

// code is what users know a finding by.
func code(f finding.Finding) string { return cmp.Or(f.Code, f.AISubtech, f.AITech, f.Rule) }

// taxonomy is the AITech codes behind the code, "" when there are none but the code itself.
func taxonomy(f finding.Finding) string {
	var out []string
	for _, c := range []string{f.AITech, f.AISubtech} {
		if c != "" && c != code(f) {
			out = append(out, c)
		}
	}
	return strings.Join(out, ", ")
}

func headline(f finding.Finding) string {
	out := "[" + report.Line(code(f), maxName) + "] " + report.Line(f.Message, maxMessage)
	if t := taxonomy(f); t != "" {
		out += " (" + report.Line(t, maxName) + ")"
	}
	return out
}

// place tells where a finding is, for a terminal.
func place(f finding.Finding) string {
	out := ": " + string(f.Severity)
	if f.Item != "" {
		out += fmt.Sprintf(", %s %s", cmp.Or(f.Kind, "item"), report.Line(f.Item, maxName))
	}
	if f.Field != "" {
		out += ", field " + report.Line(f.Field, maxName)
	}
	return out
}

func counts(v gate.Verdict) string {
	return fmt.Sprintf("%d tools, %d prompts, %d resources, %d resource templates; %d findings block, %d warnings, %d allowed",
		v.Tools, v.Prompts, v.Resources, v.ResourceTemplates, len(v.Blocking), len(v.Warnings), len(v.Allowed))
}

// coverage tells what was looked at, on one line.
func coverage(v gate.Verdict) string {
	c := v.Coverage
	byStatus := map[string][]string{}
	for _, a := range c.Analyzers {
		name := a.Name
		if a.Status != finding.StatusCompleted && a.Reason != "" {
			name += " (" + a.Reason + ")"
		}
		byStatus[a.Status] = append(byStatus[a.Status], name)
	}
	parts := []string{"read from " + source(c)}
	pages := 0
	for _, n := range v.Pages {
		pages += n
	}
	if pages > 0 {
		parts = append(parts, fmt.Sprintf("%d pages", pages))
	}
	if len(c.Credentials) > 0 {
		parts = append(parts, "made-up credentials: "+strings.Join(c.Credentials, ", "))
	}
	for _, status := range []string{finding.StatusCompleted, finding.StatusSkipped} {
		if len(byStatus[status]) > 0 {
			parts = append(parts, "analyzers "+status+": "+strings.Join(byStatus[status], ", "))
		}
		delete(byStatus, status)
	}
	var failed []string
	for _, names := range byStatus {
		failed = append(failed, names...)
	}
	if slices.Sort(failed); len(failed) > 0 {
		parts = append(parts, "analyzers FAILED: "+strings.Join(failed, ", "))
	}
	if c.Pinned {
		parts = append(parts, "compared with "+catalogue.SurfaceLock)
	}
	if len(c.With) > 0 {
		parts = append(parts, "together with "+strings.Join(c.With, ", "))
	}
	return strings.Join(parts, "; ")
}

func source(c gate.Coverage) string {
	switch c.Source {
	case "running":
		return fmt.Sprintf("the running server (%d starts)", c.Starts)
	case "static":
		return "its source text, because it did not start"
	}
	return "nowhere"
}
