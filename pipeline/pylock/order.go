package pylock

import (
	"cmp"
	"math/big"
	"strings"
)

// CompareVersions orders two versions by PEP 440, "Summary of permitted suffixes and relative ordering": negative when a comes before b. What is no
// version comes before every version. Local labels do not count.
func CompareVersions(a, b string) int {
	m := versionParts.FindStringSubmatch(canonicalVersion(a))
	n := versionParts.FindStringSubmatch(canonicalVersion(b))
	if m == nil || n == nil {
		return cmp.Compare(len(m), len(n))
	}
	if c := compareNumbers(m[1], n[1]); c != 0 {
		return c
	}
	x, y := strings.Split(m[2], "."), strings.Split(n[2], ".")
	for i := range max(len(x), len(y)) {
		if c := compareNumbers(at(x, i), at(y, i)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(prePhase(m), prePhase(n)), compareNumbers(m[4], n[4]),
		cmp.Compare(present(m[6]), present(n[6])), compareNumbers(m[7], n[7]),
		cmp.Compare(present(n[8]), present(m[8])), compareNumbers(m[9], n[9]))
}

// prePhase: a development release of the release itself, alpha, beta, candidate, the release.
func prePhase(m []string) int {
	switch {
	case m[3] == "" && m[6] == "" && m[8] != "":
		return 0
	case m[3] == "":
		return 4
	}
	return 1 + strings.Index("abr", m[3][:1])
}

func present(s string) int { return min(len(s), 1) }

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "0"
}

// compareNumbers orders decimal digits of any length; none are 0.
func compareNumbers(a, b string) int {
	x, y := new(big.Int), new(big.Int)
	x.SetString(number(a), 10)
	y.SetString(number(b), 10)
	return x.Cmp(y)
}
