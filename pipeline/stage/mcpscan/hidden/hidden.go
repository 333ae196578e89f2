// Package hidden finds text that a person does not see but a model reads: zero-width and tag characters, direction overrides, terminal escapes,
// private-use characters, letters of other scripts inside Latin words.
package hidden

import (
	"fmt"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/stage/mcpscan/text"
)

// Name of this analyzer.
const Name = "hidden"

// Code is W021, the code that users of MCP scanners know for hidden Unicode.
const code = "W021"

var messages = map[string]string{
	text.ZeroWidth:  "has %d zero-width characters",
	text.Tag:        "has %d Unicode tag characters, which spell invisible text",
	text.Bidi:       "has %d characters that turn the direction of the text",
	text.ANSI:       "has %d terminal escape sequences",
	text.Control:    "has %d control characters",
	text.PrivateUse: "has %d private-use characters, which have no meaning of their own",
	text.Homoglyph:  "has %d words that mix look-alike letters of another script into Latin ones",
	text.Styled:     "has %d words in full-width or mathematical letters",
	text.Variation:  "has %d variation selectors that no character asks for",
	text.Invalid:    "has %d bytes that are not UTF-8",
}

// Analyze judges one item.
func Analyze(server string, it prose.Item) []finding.Finding {
	var out []finding.Finding
	for _, f := range it.Texts {
		for _, h := range f.Text.Hidden {
			out = append(out, finding.Finding{Rule: "hidden." + h.Kind, Code: code, Severity: severity(f, h), Category: finding.ToolPoisoning,
				AITech: "AITech-1.1", AISubtech: "AISubtech-1.1.1", Analyzer: Name, Server: server, Kind: it.Kind, Item: it.Name, Field: f.Path,
				Message: fmt.Sprintf(messages[h.Kind], h.Count), Evidence: prose.Line(evidence(f, h)), Decoded: prose.Line(h.Decoded),
				Fingerprint: finding.Fingerprint("hidden."+h.Kind, fmt.Sprintf("%q", f.Field.Text))})
		}
	}
	return out
}

func evidence(f prose.Field, h text.Hidden) string {
	if h.Sample != "" {
		return h.Sample
	}
	return f.Text.Plain
}

// severity rates one kind. Stray marks that copying leaves behind are warnings; what changes words, spells text or steers a terminal is not.
func severity(f prose.Field, h text.Hidden) finding.Severity {
	name := f.Role == fields.Name || f.Role == fields.ParamName || f.Role == fields.Value
	several := len(f.Text.Hidden) > 1
	switch h.Kind {
	case text.Tag, text.ANSI, text.Homoglyph:
		return finding.High
	case text.PrivateUse:
		return finding.High
	case text.Bidi:
		if h.InWord || several {
			return finding.High
		}
	case text.ZeroWidth:
		if h.InWord || name || several || h.Count > 4 {
			return finding.High
		}
	case text.Variation:
		if h.Count > 3 || name {
			return finding.High
		}
		return finding.Low
	case text.Styled:
		return finding.Medium
	case text.Control:
		if several || h.Count > 8 {
			return finding.High
		}
	}
	return finding.Medium
}
