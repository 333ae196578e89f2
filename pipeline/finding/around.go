package finding

import (
	"strings"
	"unicode/utf8"
)

// Around cuts two versions of a text to at most max bytes each, so that the place from which they differ is in what is left. A mark stands where
// something was cut away.
func Around(before, after string, max int) (string, string) {
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	from := 0
	if len(before) > max || len(after) > max {
		from = same - max/4
	}
	return window(before, from, max), window(after, from, max)
}

func window(s string, from, max int) string {
	from = min(from, len(s))
	if from <= 0 {
		from = 0
	}
	for from > 0 && from < len(s) && !utf8.RuneStart(s[from]) {
		from--
	}
	to := min(from+max, len(s))
	for to < len(s) && to > from && !utf8.RuneStart(s[to]) {
		to--
	}
	out := strings.ToValidUTF8(s[from:to], "\uFFFD")
	if from > 0 {
		out = "…" + out
	}
	if to < len(s) {
		out += "…"
	}
	return out
}
