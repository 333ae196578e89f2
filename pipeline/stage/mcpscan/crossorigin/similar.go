package crossorigin

import (
	"sort"
	"strings"

	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

const (
	near         = 0.6 // Jaccard index of the descriptions' words from which they say the same
	nearSameName = 0.4 // the same where the names are equal and of two words or more
	minWords     = 2   // words below which a description says too little to compare
	maxSharing   = 500 // descriptions that share a word; a commoner word tells nothing
	maxContent   = 400 // words of a description that are compared
)

var filler = map[string]bool{"the": true, "a": true, "an": true, "of": true, "to": true, "and": true, "or": true, "in": true, "for": true, "with": true, "by": true, "from": true, "on": true,
	"this": true, "tool": true, "using": true, "via": true, "is": true, "it": true, "its": true, "that": true, "as": true, "at": true, "be": true, "quickly": true, "safely": true, "securely": true}

// content lists the words of a description that carry meaning, sorted, without endings.
func content(s string) []string {
	seen := map[string]bool{}
	for _, w := range prose.Words(s) {
		if len(seen) >= maxContent {
			break
		}
		if len(w) < 2 || filler[w] {
			continue
		}
		seen[stem(w)] = true
	}
	list := make([]string, 0, len(seen))
	for w := range seen {
		list = append(list, w)
	}
	sort.Strings(list)
	return list
}

// head is the first three meaningful words of a description; empty when it has fewer.
func head(s string) string {
	var out []string
	for _, w := range prose.Words(s) {
		if len(w) < 2 || filler[w] {
			continue
		}
		if out = append(out, stem(w)); len(out) == 3 {
			return strings.Join(out, " ")
		}
	}
	return ""
}

// stem takes the commonest English endings away.
func stem(w string) string {
	for _, end := range []string{"ing", "es", "ed", "s"} {
		if strings.HasSuffix(w, end) && len(w)-len(end) >= 3 {
			return w[:len(w)-len(end)]
		}
	}
	return w
}

// skeleton reduces a name to what a hasty reader sees: lower case, without separators, digits that look like letters replaced.
func skeleton(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1', '|', 'i':
			return 'l'
		case '5':
			return 's'
		case '_', '-', '.', ' ', '/':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// alike tells whether two skeletons are equal, one edit or a swap apart, or one extends the other by a short affix (send_email, send_email_secure).
func alike(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 5 {
		return false
	}
	if strings.HasPrefix(b, a) || strings.HasSuffix(b, a) {
		return len(b)-len(a) <= 8
	}
	return len(b)-len(a) <= 2 && distance(a, b) <= 1+len(b)/12
}

// distance is the Damerau-Levenshtein distance (with swaps of neighbours), for names of at most 128 bytes.
func distance(a, b string) int {
	const longest = 128
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int
	for j := range len(b) + 1 {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		two, one, cur := &rows[(i-1)%3], &rows[i%3], &rows[(i+1)%3]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(one[j]+1, cur[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], two[j-2]+1)
			}
		}
	}
	return rows[(len(a)+1)%3][len(b)]
}

// superior tells whether a description praises its tool over another of the same name.
func superior(s string) bool {
	for _, w := range content(s) {
		if praise[w] {
			return true
		}
	}
	return false
}

var praise = map[string]bool{}

func init() {
	for _, w := range strings.Fields("enhanced improved better advanced faster official optimized optimised upgraded extended premium replacement secured superior trusted preferred hardened accelerated genuine authentic") {
		praise[stem(w)] = true
	}
}
