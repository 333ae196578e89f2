package yara

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// Analyze matches every text of an item, as it was sent and normalised, and its decoded payloads. The severity is meta severity, HIGH when it
// is missing; the code is meta code, else the rule's name; aitech and aisubtech, threat_type or category come from meta as well.
func Analyze(server string, it prose.Item, rules []*Rules) []finding.Finding {
	var out []finding.Finding
	for _, f := range it.Texts {
		for _, r := range rules {
			seen := map[string]bool{}
			for _, t := range texts(f) {
				for _, m := range r.Match(t) {
					if seen[m.Rule.Name] {
						continue
					}
					seen[m.Rule.Name] = true
					out = append(out, report(server, it, f, m, t))
				}
			}
		}
	}
	return out
}

func texts(f prose.Field) []string {
	list := []string{f.Text.Plain}
	if f.Field.Text != f.Text.Plain {
		list = append(list, f.Field.Text)
	}
	for _, d := range f.Text.Decoded {
		list = append(list, d.Text)
	}
	return list
}

func report(server string, it prose.Item, f prose.Field, m Match, text string) finding.Finding {
	meta := m.Rule.Meta
	id := "yara." + m.Rule.Name
	out := finding.Finding{Rule: id, Code: meta["code"], Severity: severity(meta["severity"]), Category: category(meta), AITech: meta["aitech"], AISubtech: meta["aisubtech"],
		Analyzer: Name, Server: server, Kind: it.Kind, Item: it.Name, Field: f.Path, Message: meta["description"],
		Evidence: prose.Clip(text, m.Start, m.End), Fingerprint: finding.Fingerprint(id, f.Text.Plain)}
	if out.Code == "" {
		out.Code = m.Rule.Name
	}
	if out.AITech == "" {
		out.AITech, out.AISubtech = "AITech-12.1", "AISubtech-12.1.2"
	}
	if out.Message == "" {
		out.Message = "matches the rule " + m.Rule.Name
	}
	return out
}

// severity reads meta severity. A missing or unknown one blocks: whoever wrote the rule wanted to see what it finds.
func severity(s string) finding.Severity {
	switch v := finding.Severity(strings.ToUpper(s)); v {
	case finding.Critical, finding.High, finding.Medium, finding.Low, finding.Info:
		return v
	}
	return finding.High
}

func category(meta map[string]string) finding.Category {
	t := strings.ToLower(meta["threat_type"] + " " + meta["category"])
	if strings.Contains(t, "injection") && strings.Contains(t, "prompt") {
		return finding.PromptInjection
	}
	return finding.ToolPoisoning
}
