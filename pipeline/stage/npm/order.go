package npm

import (
	"cmp"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
)

// byDepth is the order in which npm links executables (arborist, rebuild.js, sortNodes): by depth in the tree, then by path in the order of the
// English locale.
func byDepth(a, b npmlock.Entry) int {
	return cmp.Or(cmp.Compare(depth(a.Path), depth(b.Path)), localeCompare(a.Path, b.Path))
}

func depth(p string) int { return strings.Count(p, "node_modules/") }

// primary lists the characters of paths in the order of the Unicode Collation Algorithm with CLDR's root table, as far as ASCII goes. Letters
// of both cases are equal here.
const primary = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

// localeCompare compares ASCII texts as String.prototype.localeCompare does for "en": letter by letter without regard to case, and only then
// by case, small letters first.
func localeCompare(a, b string) int {
	fold := func(s string) []int {
		out := make([]int, len(s))
		for i, c := range strings.ToLower(s) {
			out[i] = strings.IndexRune(primary, c)
		}
		return out
	}
	x, y := fold(a), fold(b)
	for i := range min(len(x), len(y)) {
		if c := cmp.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	// In ASCII capitals are the smaller ones.
	return strings.Compare(b, a)
}
