package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable replaces control and formatting characters, which could move a terminal's cursor or hide text, by their escapes.
func Printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || unicode.IsPrint(r) && !blank(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// blank tells letters and marks that show nothing (Unicode, Default_Ignorable_Code_Point), and the empty Braille cell.
func blank(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return r >= 0x180B && r <= 0x180F || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF
}

// Line is Printable on one line, cut after max bytes with a mark that says how many are left out; 0 does not cut.
func Line(s string, max int) string {
	rest := 0
	if max > 0 && len(s) > max {
		at := max
		for at > 0 && !utf8.RuneStart(s[at]) {
			at--
		}
		s, rest = s[:at], len(s)-at
	}
	s = strings.ReplaceAll(Printable(s), "\n", " ")
	if rest > 0 {
		s += fmt.Sprintf(" … (%d more bytes)", rest)
	}
	return s
}

// Code makes a Markdown code span of one line, with a fence longer than any run of backticks inside (CommonMark 0.31, section 6.1). Nothing in
// it is markup, a mention, a link or a reference to an issue.
func Code(s string) string {
	s = strings.ReplaceAll(Printable(s), "\n", " ")
	if strings.TrimSpace(s) == "" {
		s = fmt.Sprintf("%q", s) // a span of spaces alone is none
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if len(fence) > 1 || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// Fenced makes a Markdown code block of the lines of s, each behind indent, that no line of s can end (CommonMark 0.31, section 4.5). info names
// the language and is trusted.
func Fenced(s, info, indent string) string {
	s = strings.TrimRight(Printable(s), "\n")
	fence := strings.Repeat("`", max(longestRun(s)+1, 3))
	lines := append([]string{fence + info}, strings.Split(s, "\n")...)
	return indent + strings.Join(append(lines, fence), "\n"+indent) + "\n"
}

// harmless is a word that is no markup, mention, link or reference wherever it stands in a line behind other text.
var harmless = regexp.MustCompile(`^[(]*[\p{L}\p{N}]+([.,:;'%/_-]?[\p{L}\p{N}]+)*[).,:;!?%]*$`)

// linked are words that GitHub turns into links without any markup: addresses, hashes of commits and numbers of issues.
var linked = regexp.MustCompile(`(?i)www\.|:/|/|^[(]*[0-9a-f]{7,}|^[(]*GH-[0-9]`)

// Prose makes text that is partly foreign into Markdown on one line: words that could be anything but words become code.
func Prose(s string) string {
	var out, held []string
	flush := func() {
		if len(held) > 0 {
			out = append(out, Code(strings.Join(held, " ")))
			held = nil
		}
	}
	for _, w := range strings.Fields(Printable(s)) {
		if harmless.MatchString(w) && !linked.MatchString(w) {
			flush()
			out = append(out, w)
		} else {
			held = append(held, w)
		}
	}
	flush()
	return strings.Join(out, " ")
}

func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
