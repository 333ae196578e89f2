package upstream

import (
	"regexp"
	"strconv"
	"strings"
)

// semver is a version by Semantic Versioning 2.0.0, as npm and Go modules (with the leading v) use it.
type semver struct {
	text  string
	parts [3]uint64
	pre   string
}

var semverForm = regexp.MustCompile(`^v?(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})(-([0-9A-Za-z.-]+))?(\+[0-9A-Za-z.-]+)?$`)

func parseSemver(s string) (semver, bool) {
	m := semverForm.FindStringSubmatch(s)
	if m == nil {
		return semver{}, false
	}
	v := semver{text: s, pre: m[5]}
	for i := range v.parts {
		v.parts[i], _ = strconv.ParseUint(m[i+1], 10, 64)
	}
	return v, true
}

// compare orders by precedence (section 11): negative when v comes before w. Build metadata does not count.
func (v semver) compare(w semver) int {
	for i := range v.parts {
		if v.parts[i] != w.parts[i] {
			if v.parts[i] < w.parts[i] {
				return -1
			}
			return 1
		}
	}
	switch {
	case v.pre == w.pre:
		return 0
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	}
	a, b := strings.Split(v.pre, "."), strings.Split(w.pre, ".")
	for i := range min(len(a), len(b)) {
		if c := compareIdentifiers(a[i], b[i]); c != 0 {
			return c
		}
	}
	return len(a) - len(b)
}

// compareIdentifiers: numbers by value and before words, words by their bytes.
func compareIdentifiers(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil && x != y:
		if x < y {
			return -1
		}
		return 1
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}
