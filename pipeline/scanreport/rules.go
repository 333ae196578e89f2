package scanreport

import (
	"cmp"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/names"
	"dagger/dockyard/pipeline/report"
)

// helpURI is where the rules are explained.
const helpURI = names.Home + "/blob/main/docs/scanner.md#rules"

// help tells what a family of rules is about, by the part of the rule before the dot.
var help = map[string]string{
	"injection":   "A text of the server gives orders to the model that override what its user or its developer said.",
	"poisoning":   "A tool asks for an action that its purpose does not explain: reading secrets, hiding from the user, sending data elsewhere.",
	"hidden":      "A text holds characters that a person does not see and a model reads.",
	"flow":        "Tools that are harmless one by one let a stranger's text reach private data and carry it out, or reach a destructive action.",
	"crossorigin": "A tool imitates, replaces or steers tools of other servers.",
	"drift":       "The server shows something else than what a person approved, or not always the same.",
	"yara":        "A rule of the user matched.",
}

// notes tell the same of what the gate says about the scan.
var notes = map[string]string{
	gate.NoteNotScanned: "The server was not scanned, or not all of it, so nothing is known of it.",
	gate.NoteIgnored:    "The spec lets the server pass without a scan (security.insecure_ignore).",
	gate.NoteUnpinned:   "No approved surface is there to compare with, so that a later change would not be noticed.",
	gate.NoteStatic:     "The tools were read from the source text of the server, because it did not start.",
	gate.NoteAllowance:  "An allowance of the spec covers nothing.",
	gate.NoteCapture:    "The capture of what the server offers warned of something.",
}

// securitySeverity is the number that GitHub ranks alerts by (0 to 10).
var securitySeverity = map[finding.Severity]string{finding.Critical: "9.5", finding.High: "8.0", finding.Medium: "5.5", finding.Low: "2.5", finding.Info: "0.5"}

func ruleOf(f finding.Finding) sarifRule {
	family, _, _ := strings.Cut(f.Rule, ".")
	about := cmp.Or(help[family], "A scanner beside our own reports this.")
	if t := report.Line(taxonomy(f), maxName); t != "" {
		about += " Taxonomy: " + t + "."
	}
	return newRule(about, cmp.Or(securitySeverity[f.Severity], securitySeverity[finding.Critical]), []string{"security", report.Line(cmp.Or(string(f.Category), "mcp"), maxName)})
}

func ruleOfNote(code string) sarifRule {
	return newRule(cmp.Or(notes[code], "The scan has something to say about itself."), securitySeverity[finding.Medium], []string{"security", "coverage"})
}

func newRule(about, severity string, tags []string) sarifRule {
	const out = "Mend it, or say in security.allowed_issues of the spec why it is acceptable; the other forms of the report offer the entry."
	return sarifRule{Short: sarifText{sarifEscape(about)}, Help: sarifHelp{Text: about + " " + out, Markdown: report.Prose(about + " " + out)}, HelpURI: helpURI,
		Properties: map[string]any{"tags": tags, "security-severity": severity, "precision": "high"}}
}

// rule returns the position of a rule, which is added when it is new. Of several severities the worst counts.
func (s *sarif) rule(id string, r sarifRule) int {
	if n, in := s.rules[id]; in {
		if have := s.driver.Rules[n].Properties; r.Properties["security-severity"].(string) > have["security-severity"].(string) {
			have["security-severity"] = r.Properties["security-severity"]
		}
		return n
	}
	r.ID = id
	s.rules[id] = len(s.driver.Rules)
	s.driver.Rules = append(s.driver.Rules, r)
	return s.rules[id]
}
