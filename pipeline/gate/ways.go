package gate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/spec"
)

// Placeholder stands for the reason in an allowance that is offered. Specs refuse it, because it is no sentence, and the gate does not honour it.
const Placeholder = "TODO"

// lockFile is where a surface is pinned, in the server's folder.
const lockFile = "surface.lock.json"

// maxTool bounds the tool of an allowance, as specs do, in characters.
const maxTool = 128

// quoted is a text in quotes for a message, of at most 120 bytes.
func quoted(s string) string {
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "") + "…"
	}
	return strconv.Quote(s)
}

func lockCommand(server string) string { return "dagger call lock --surface --server=" + server }

// ways lists what can be done about a finding that blocks.
func ways(server string, i Issue) []string {
	switch {
	case i.Rule == RuleChanging:
		return []string{"make the server list the same on every call and start: by its args or env in the spec, or upstream"}
	case drifted(i.Finding):
		return []string{"read the difference; if it is in order, renew the lock: " + lockCommand(server), "if it is not, stay with the version that was approved"}
	}
	return []string{
		"read the text; if it is harmless here, say why in an allowance (security.allowed_issues) for just this text",
		"if it is not, package another version, or turn the tool off by the server's args",
	}
}

// paste is an allowance for exactly one finding, as an item of allowed_issues. Values are double-quoted: JSON strings are YAML (YAML 1.2, section
// 7.3.1). The tool is left out where a spec could not name it; the fingerprint still binds it to the text.
func paste(f finding.Finding) string {
	var code string
	for _, c := range []string{f.AISubtech, f.AITech, f.Code, f.Rule} {
		if spec.ValidCode(c) {
			code = c
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "- code: %s\n", yamlText(code))
	if f.Item != "" && nameable(f.Item) {
		fmt.Fprintf(&b, "  tool: %s\n", yamlText(f.Item))
	}
	if f.Fingerprint != "" {
		fmt.Fprintf(&b, "  fingerprint: %s\n", yamlText(f.Fingerprint))
	}
	fmt.Fprintf(&b, "  reason: %s\n", Placeholder)
	return b.String()
}

// nameable tells whether a spec can hold a text on one line.
func nameable(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsPrint(r) || r == unicode.ReplacementChar || n > maxTool {
			return false
		}
	}
	return true
}

func yamlText(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text always marshals
	}
	return string(raw)
}
