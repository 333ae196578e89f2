package gate

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/surface"
)

// Judge applies the policy (docs/scanner.md, "Policy").
func Judge(in Input) Verdict {
	in.Block = threshold(in.Block)
	j := judge{in: in, v: Verdict{
		SchemaVersion: SchemaVersion, Server: in.Server, Block: in.Block, Publish: in.Publish, Pages: in.Capture.Pages,
		Blocking: []Issue{}, Warnings: []Issue{}, Allowed: []Issue{}, Unused: []Allowance{}, Expired: []Allowance{}, Notes: []Note{},
	}}
	j.count()
	j.cover()
	j.sortAllowances()
	for _, f := range j.findings() {
		j.place(f)
	}
	j.leftover()
	j.source()
	missing := j.missing()
	j.pins(missing)
	j.ignore(missing)
	j.conclude(missing)
	return j.v
}

// threshold is the severity from which findings block. One that does not exist lets nothing pass.
func threshold(s finding.Severity) finding.Severity {
	switch s {
	case "":
		return finding.High
	case finding.Critical, finding.High, finding.Medium, finding.Low:
		return s
	}
	return finding.Info
}

// ParseBlock reads a threshold as people write it, in whatever case; "" is HIGH.
func ParseBlock(s string) (finding.Severity, error) {
	got := finding.Severity(strings.ToUpper(strings.TrimSpace(s)))
	if t := threshold(got); got == "" || t == got {
		return t, nil
	}
	return "", fmt.Errorf("reading the severity from which findings block: got %q, want CRITICAL, HIGH, MEDIUM, LOW or INFO", s)
}

type judge struct {
	in    Input
	v     Verdict
	valid []*allowance
}

func (j *judge) note(blocks bool, code, message, fix string) {
	j.v.Notes = append(j.v.Notes, Note{Code: code, Message: message, Fix: fix, Blocks: blocks})
}

// count takes the numbers from the captured surface: what a scanner says of itself is compared with them.
func (j *judge) count() {
	if s := j.in.Capture.Surface; s != nil {
		j.v.Tools, j.v.Prompts, j.v.Resources, j.v.ResourceTemplates = len(s.Tools), len(s.Prompts), len(s.Resources), len(s.ResourceTemplates)
	}
}

func (j *judge) cover() {
	c := j.in.Capture
	j.v.Coverage = Coverage{Starts: c.Starts, Protocols: c.Versions, Capture: c.Status, Pinned: j.in.Pinned, With: j.in.With,
		Credentials: []string{}, Analyzers: []finding.AnalyzerStatus{}}
	if c.Reason != "" {
		j.v.Coverage.Reason = strings.TrimSuffix(c.Reason+": "+c.Detail, ": ")
	}
	if c.Surface != nil {
		j.v.Coverage.Source = c.Surface.Source
	}
	if c.Surface == nil || c.Surface.Source == surface.SourceStatic {
		j.v.Coverage.Stderr = c.Stderr
	}
	for _, m := range c.Credentials {
		j.v.Coverage.Credentials = append(j.v.Coverage.Credentials, m.Name)
	}
	for _, r := range j.in.Results {
		j.v.Coverage.Analyzers = append(j.v.Coverage.Analyzers, r.Analyzers...)
	}
}

// findings are those of all scanners and the differences that the capture saw.
func (j *judge) findings() []finding.Finding {
	var all []finding.Finding
	for _, r := range j.in.Results {
		all = append(all, r.Findings...)
	}
	return finding.Sort(append(all, changing(j.in.Server, j.in.Capture)...))
}

// place puts a finding where it belongs.
func (j *judge) place(f finding.Finding) {
	i := Issue{Finding: f}
	switch why := j.foreign(f); {
	case why != "":
		i.Why = why
		j.v.Warnings = append(j.v.Warnings, i)
	case f.Rule == RuleChanging:
		i.Why = "lists that change between calls or starts always block, whatever is allowed"
		i.Ways = ways(j.in.Server, i)
		j.v.Blocking = append(j.v.Blocking, i)
	default:
		a, why := j.allows(f)
		if i.Why = why; a != nil {
			i.Allowed = &a.Allowance
			j.v.Allowed = append(j.v.Allowed, i)
			return
		}
		i.Allow = paste(f)
		if !f.Severity.AtLeast(j.in.Block) {
			j.v.Warnings = append(j.v.Warnings, i)
			return
		}
		i.Ways = ways(j.in.Server, i)
		j.v.Blocking = append(j.v.Blocking, i)
	}
}

// foreign tells why a finding is not this server's to answer for: it is about another server, or about a flow through servers that nobody asked
// to judge together with it. A finding that names no server is this one's.
func (j *judge) foreign(f finding.Finding) string {
	if f.Server != "" && f.Server != j.in.Server {
		return "it is about the server " + f.Server + ", and the gate of one server does not block for another"
	}
	for _, s := range f.Path {
		if s.Server != "" && s.Server != j.in.Server && !slices.Contains(j.in.With, s.Server) {
			return "the flow goes through the server " + s.Server + ", which was not asked for with --with"
		}
	}
	return ""
}

// source says how the surface was learnt, and what the capture warned of.
func (j *judge) source() {
	if s := j.in.Capture.Surface; s != nil && s.Source != surface.SourceRunning {
		j.note(false, NoteStatic, "the server did not start, so its tools were read from its source text ("+j.v.Coverage.Reason+"); what it shows when it runs may differ",
			"let it start with security.mock_env")
	}
	for _, w := range j.in.Capture.Warnings {
		j.note(false, NoteCapture, w, "")
	}
}

// pins asks for an approved surface where there is a surface to approve.
func (j *judge) pins(missing []string) {
	if j.in.Pinned || j.in.Capture.Surface == nil || len(missing) > 0 && j.excuse() {
		return
	}
	j.note(j.in.Publish, NoteUnpinned, "there is no "+lockFile+", so a later change of the tools would not be noticed", "review them and run: "+lockCommand(j.in.Server))
}

// conclude derives the status. Every note is something to mend.
func (j *judge) conclude(missing []string) {
	slices.SortStableFunc(j.v.Notes, func(a, b Note) int { return rank(a) - rank(b) })
	j.v.Blocks = len(j.v.Blocking) > 0 || slices.ContainsFunc(j.v.Notes, func(n Note) bool { return n.Blocks })
	switch {
	case len(missing) > 0:
		j.v.Status = NotScanned
	case j.v.Blocks:
		j.v.Status = Failed
	case len(j.v.Warnings)+len(j.v.Notes) > 0:
		j.v.Status = Warnings
	default:
		j.v.Status = Passed
	}
}

func rank(n Note) int {
	if n.Blocks {
		return 0
	}
	return 1
}
