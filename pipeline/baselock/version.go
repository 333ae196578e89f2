package baselock

import (
	"strconv"
	"strings"
)

// CompareVersions orders Debian versions as Debian policy §5.6.12 says: epoch as a number, then upstream version, then revision, the
// latter two by alternating runs of non-digits and digits. It returns -1, 0 or 1. An epoch that is no number counts as 0.
func CompareVersions(a, b string) int {
	ea, ua, ra := splitVersion(a)
	eb, ub, rb := splitVersion(b)
	if ea != eb {
		if ea < eb {
			return -1
		}
		return 1
	}
	if c := compareRuns(ua, ub); c != 0 {
		return c
	}
	return compareRuns(ra, rb)
}

func splitVersion(v string) (epoch uint64, upstream, revision string) {
	if i := strings.IndexByte(v, ':'); i >= 0 {
		epoch, _ = strconv.ParseUint(v[:i], 10, 32)
		v = v[i+1:]
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

func compareRuns(a, b string) int {
	for a != "" || b != "" {
		na, nb := digitStart(a), digitStart(b)
		if c := compareText(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
		na, nb = digitEnd(a), digitEnd(b)
		if c := compareNumbers(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return 0
}

// compareText compares runs of non-digits: a tilde sorts before everything, even the end; letters sort before all other characters.
func compareText(a, b string) int {
	for i := 0; i < len(a) || i < len(b); i++ {
		x, y := weight(a, i), weight(b, i)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

func weight(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z':
		return int(s[i])
	}
	return int(s[i]) + 256
}

// compareNumbers compares runs of digits of any length; an empty run counts as zero.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

func digitStart(s string) int {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			return i
		}
	}
	return len(s)
}

func digitEnd(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}
