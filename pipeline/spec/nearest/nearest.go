// Package nearest finds the names that somebody who mistyped one may have meant.
package nearest

import (
	"sort"
	"strings"
)

// maxLength bounds, in bytes, the names that are compared; distance grows with the product of two lengths.
const maxLength = 64

// Names returns at most limit of the candidates that are close to name, the closest first: those that differ by few edits, then those that
// one of the two begins, then those that contain the other. Case does not count. Longer names than 64 bytes are close to nothing.
func Names(name string, candidates []string, limit int) []string {
	type match struct {
		name string
		rank int
	}
	var found []match
	for _, candidate := range candidates {
		if rank, ok := closeness(strings.ToLower(name), strings.ToLower(candidate)); ok {
			found = append(found, match{candidate, rank})
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].rank != found[j].rank {
			return found[i].rank < found[j].rank
		}
		return found[i].name < found[j].name
	})
	var out []string
	for _, m := range found[:min(limit, len(found))] {
		out = append(out, m.name)
	}
	return out
}

// closeness is a rank, 0 for equal names. ok is false when nobody would take one for the other.
func closeness(a, b string) (rank int, ok bool) {
	if a == "" || b == "" || len(a) > maxLength || len(b) > maxLength {
		return 0, false
	}
	if d := distance(a, b); d <= max(1, min(len(a), len(b))/3) {
		return d, true
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	switch {
	case len(short) < 3:
		return 0, false
	case strings.HasPrefix(long, short):
		return maxLength + 1, true
	case strings.Contains(long, short):
		return maxLength + 2, true
	}
	return 0, false
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two names (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
