package gate

import (
	"fmt"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/surface"
)

// RuleChanging is the rule of what the capture saw only sometimes: a server that shows a reviewer one list and a user another.
const RuleChanging = "drift.changing"

// itemKinds are the kinds of items by the names of their lists.
var itemKinds = map[string]string{"tools": "tool", "prompts": "prompt", "resources": "resource", "resourceTemplates": "resourceTemplate"}

// changing makes findings of the differences that the capture saw. A status without differences is one finding, and differences count whatever
// the status says.
func changing(server string, c surface.Capture) []finding.Finding {
	var out []finding.Finding
	for _, d := range c.Differences {
		kind := itemKinds[d.List]
		if kind == "" {
			kind = "server"
		}
		f := change(server, fmt.Sprintf("%s of the list %s is not always the same (%s): %s", quoted(d.Item), d.List, d.When, d.Detail))
		f.Kind, f.Item = kind, d.Item
		f.Fingerprint = finding.Fingerprint(RuleChanging, d.When+"\n"+d.List+"\n"+d.Item+"\n"+d.Detail)
		out = append(out, f)
	}
	if c.Status == surface.Changing && len(out) == 0 {
		out = append(out, change(server, "what the server lists is not always the same"))
	}
	return out
}

func change(server, message string) finding.Finding {
	return finding.Finding{Rule: RuleChanging, Code: "W003", Severity: finding.High, Category: finding.RugPull, AITech: "AITech-12.1", AISubtech: "AISubtech-12.1.2",
		Analyzer: "capture", Server: server, Kind: "server", Message: message, Fingerprint: finding.Fingerprint(RuleChanging, message)}
}
