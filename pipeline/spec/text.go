package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// maxQuoted bounds, in bytes, how much of a value a message repeats.
const maxQuoted = 80

// quote makes a value safe and short enough for a message: everything that is not printable is escaped.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(strings.ToValidUTF8(s[:maxQuoted], "")) + "…"
	}
	return strconv.Quote(s)
}

// visible escapes what is not printable, without quotes.
func visible(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// unseen returns the first character that a reviewer would not see or that could drive a terminal: control characters, and the marks that
// reorder or hide text (Unicode Technical Report 36, section 3). lines permits line breaks and tabs.
func unseen(s string, lines bool) (rune, bool) {
	for _, r := range s {
		if lines && (r == '\n' || r == '\t') {
			continue
		}
		if unicode.IsControl(r) || hiding(r) || r == unicode.ReplacementChar || unicode.In(r, unicode.Zl, unicode.Zp) {
			return r, true
		}
	}
	return 0, false
}

// hiding names zero-width, bidirectional and tag characters. The joiners U+200C and U+200D stay allowed: scripts and emoji need them.
func hiding(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x061C, r == 0x180E, r == 0x200B, r == 0x200E, r == 0x200F, r == 0xFEFF:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return false
}

// shellCharacters have a meaning in a shell or part words there.
const shellCharacters = " ;|&$`<>(){}'\"\\*?!#"

// shellPart lists the shell characters in s as a message does: `" ", ";"`. Empty: there are none.
func shellPart(s string) string {
	var found []string
	for _, r := range shellCharacters {
		if strings.ContainsRune(s, r) {
			found = append(found, fmt.Sprintf("%q", string(r)))
		}
	}
	return strings.Join(found, ", ")
}
