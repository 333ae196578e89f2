package elfcheck

import (
	"slices"
	"strconv"
	"strings"
)

// version is a glibc symbol version in its numbers: 2.2.5 is [2 2 5]. nil is older than all.
type version []int

// maxNumbers bounds the numbers of one version; glibc itself has used three.
const maxNumbers = 4

func parseVersion(s string) (version, bool) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > maxNumbers {
		return nil, false
	}
	v := make(version, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return nil, false
		}
		v[i] = int(n)
	}
	return v, true
}

func (v version) less(w version) bool { return slices.Compare(v, w) < 0 }

func (v version) String() string {
	parts := make([]string, len(v))
	for i, n := range v {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}
