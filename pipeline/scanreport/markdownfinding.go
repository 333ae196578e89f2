package scanreport

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
)

// bullet is a finding and where it is.
func bullet(i gate.Issue) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- **[%s]** %s", badge(code(i.Finding)), report.Prose(report.Line(i.Message, maxMessage)))
	if t := taxonomy(i.Finding); t != "" {
		fmt.Fprintf(&b, " (%s)", report.Prose(report.Line(t, maxName)))
	}
	fmt.Fprintf(&b, "\n  - %s", report.Prose(string(i.Severity)))
	if i.Item != "" {
		fmt.Fprintf(&b, ", %s %s", report.Prose(i.Kind), report.Code(report.Line(i.Item, maxName)))
	}
	if i.Field != "" {
		fmt.Fprintf(&b, ", field %s", report.Code(report.Line(i.Field, maxName)))
	}
	if i.Rule != code(i.Finding) {
		fmt.Fprintf(&b, ", rule %s", report.Code(report.Line(i.Rule, maxName)))
	}
	b.WriteString("\n")
	if i.Allowed != nil {
		fmt.Fprintf(&b, "  - allowed, because: %s\n", report.Prose(report.Line(i.Allowed.Reason, maxReason)))
	}
	if i.Why != "" {
		fmt.Fprintf(&b, "  - %s\n", report.Prose(report.Line(i.Why, maxMessage)))
	}
	return b.String()
}

// badge is a code between brackets.
func badge(s string) string {
	if spec.ValidCode(s) {
		return s
	}
	return report.Code(report.Line(s, maxName))
}

// details are the evidence for a finding and the ways out.
func details(i gate.Issue) string {
	var b strings.Builder
	if i.Evidence != "" && len(i.Path) == 0 && len(i.Changes) == 0 {
		fmt.Fprintf(&b, "  - evidence: %s\n", report.Code(report.Line(i.Evidence, maxEvidence)))
	}
	if i.Decoded != "" {
		fmt.Fprintf(&b, "  - decoded: %s\n", report.Code(report.Line(i.Decoded, maxEvidence)))
	}
	for n, s := range i.Path {
		fmt.Fprintf(&b, "  - %d. %s: %s\n", n+1, report.Prose(s.Role), report.Code(report.Line(s.Server+"/"+s.Tool, maxName)))
	}
	if len(i.Changes) > 0 {
		b.WriteString("  - difference from " + catalogue.SurfaceLock + ":\n\n" + report.Fenced(diff(i.Changes), "diff", "    ") + "\n")
	}
	for _, w := range i.Ways {
		fmt.Fprintf(&b, "  - → %s\n", advice(w))
	}
	if i.Allow != "" {
		b.WriteString("  - to allow it, with a reason of your own:\n\n" + report.Fenced(i.Allow, "yaml", "    ") + "\n")
	}
	return b.String()
}

// diff shows changes as lines that a colouring reader shows red and green.
func diff(changes []finding.Change) string {
	var b strings.Builder
	for n, c := range changes {
		if n == maxChanges {
			fmt.Fprintf(&b, "  … %d more changes\n", len(changes)-n)
			break
		}
		before, after := finding.Around(c.Before, c.After, 2*maxEvidence)
		fmt.Fprintf(&b, "@@ %s @@\n", report.Line(c.Field, maxName))
		for _, side := range []struct{ sign, text string }{{"- ", before}, {"+ ", after}} {
			if side.text != "" {
				b.WriteString(side.sign + report.Line(side.text, 3*maxEvidence) + "\n")
			}
		}
	}
	return b.String()
}

// advice is what to do, in our own words; a command in it is code to the end.
func advice(s string) string {
	before, command, ok := strings.Cut(report.Line(s, maxMessage), "dagger call ")
	if !ok {
		return report.Prose(s)
	}
	return report.Prose(before) + " " + report.Code("dagger call "+command)
}
