package scanreport

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/report"
)

// Bounds of a summary, for each server: how many findings, changes of one finding and notes it shows.
const (
	maxShown   = 25
	maxChanges = 8
	maxNotes   = 25
)

// Summary is the report for a terminal: the servers, worst first, with what blocks, warnings, notes and what is allowed, and a count.
func (r Report) Summary() string {
	var b strings.Builder
	n := map[string]int{}
	for _, v := range r.verdicts {
		n[v.Status]++
		summary(&b, v)
	}
	fmt.Fprintf(&b, "%s: %s: %d passed, %d with warnings, %d failed, %d not scanned\n", Check, r.Status(), n[gate.Passed], n[gate.Warnings], n[gate.Failed], n[gate.NotScanned])
	return b.String()
}

func summary(b *strings.Builder, v gate.Verdict) {
	fmt.Fprintf(b, "%-11s %s: %s\n", report.Line(v.Status, maxName), report.Line(v.Server, maxName), counts(v))
	for i, n := range v.Notes {
		if i == maxNotes {
			fmt.Fprintf(b, "  … %d more notes\n", len(v.Notes)-i)
			break
		}
		label := "note"
		if n.Blocks {
			label = "BLOCKS"
		}
		fmt.Fprintf(b, "  %-8s %s: %s\n", label, n.Code, report.Line(n.Message, maxMessage))
		if n.Fix != "" {
			fmt.Fprintf(b, "           → %s\n", report.Line(n.Fix, maxMessage))
		}
	}
	left := maxShown
	for _, list := range []struct {
		label  string
		issues []gate.Issue
	}{{"BLOCKS", v.Blocking}, {"warning", v.Warnings}, {"allowed", v.Allowed}} {
		for i, issue := range list.issues {
			if left == 0 {
				fmt.Fprintf(b, "  … %d more (%s)\n", len(list.issues)-i, list.label)
				break
			}
			left--
			issueLines(b, list.label, issue)
		}
	}
	fmt.Fprintf(b, "  %-8s %s\n", "coverage", report.Line(coverage(v), 2*maxMessage))
	if lines := stderr(v); lines != "" {
		fmt.Fprintf(b, "  its standard error ends with:\n           %s\n", strings.ReplaceAll(lines, "\n", "\n           "))
	}
}

// maxStderr bounds what is shown of a server's error output, in lines; each is bounded like a message.
const maxStderr = 12

// stderr is the end of the error output of a server that did not run to the end, printable.
func stderr(v gate.Verdict) string {
	lines := strings.Split(strings.TrimSpace(v.Coverage.Stderr), "\n")
	lines = lines[max(0, len(lines)-maxStderr):]
	for i, l := range lines {
		lines[i] = report.Line(l, maxMessage)
	}
	return strings.Join(lines, "\n")
}

func issueLines(b *strings.Builder, label string, i gate.Issue) {
	line := func(format string, args ...any) { fmt.Fprintf(b, "           "+format+"\n", args...) }
	fmt.Fprintf(b, "  %-8s %s%s\n", label, headline(i.Finding), place(i.Finding))
	if i.Allowed != nil {
		line("because: %s", report.Line(i.Allowed.Reason, maxReason))
		return
	}
	if i.Evidence != "" && len(i.Path) == 0 && len(i.Changes) == 0 {
		line("evidence: %s", report.Line(i.Evidence, maxEvidence))
	}
	if i.Decoded != "" {
		line("decoded: %s", report.Line(i.Decoded, maxEvidence))
	}
	if len(i.Path) > 0 {
		line("path: %s", flowPath(i.Path))
	}
	for n, c := range i.Changes {
		if n == maxChanges {
			line("… %d more changes", len(i.Changes)-n)
			break
		}
		line("%s: %s", report.Line(c.Field, maxName), changed(c))
	}
	if i.Why != "" {
		line("note: %s", report.Line(i.Why, maxMessage))
	}
	for _, w := range i.Ways {
		line("→ %s", report.Line(w, maxMessage))
	}
	if len(i.Ways) > 0 && i.Allow != "" {
		line("%s", strings.ReplaceAll(strings.TrimSpace(report.Printable(i.Allow)), "\n", "\n           "))
	}
}

func changed(c finding.Change) string {
	show := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return fmt.Sprintf("“%s”", report.Line(s, maxEvidence))
	}
	before, after := finding.Around(c.Before, c.After, maxEvidence)
	return show(before) + " became " + show(after)
}

func flowPath(steps []finding.Step) string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = fmt.Sprintf("%s: %s/%s", s.Role, report.Line(s.Server, maxName), report.Line(s.Tool, maxName))
	}
	return strings.Join(out, " → ")
}

// Line is one line for the summary of an image: status and counts.
func Line(v gate.Verdict) string { return v.Status + ": " + counts(v) }
