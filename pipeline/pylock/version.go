package pylock

import (
	"regexp"
	"strings"
)

// versionParts are the parts of a version as PEP 440, appendix B, has them.
var versionParts = regexp.MustCompile(`^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[._-]?(a|alpha|b|beta|c|rc|pre|preview)[._-]?(\d*))?(?:-(\d+)|[._-]?(post|rev|r)[._-]?(\d*))?(?:[._-]?(dev)[._-]?(\d*))?(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?$`)

// preReleases are the spellings of PEP 440, "Pre-release spelling".
var preReleases = map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}

// SameVersion tells whether two texts are one version by PEP 440: "1.0" is "1.0.0", "1.0-rc1" is "1.0rc1". What is no version equals itself only.
func SameVersion(a, b string) bool { return canonicalVersion(a) == canonicalVersion(b) }

// PreRelease tells whether a version is a pre-release or a development release by PEP 440.
func PreRelease(version string) bool {
	m := versionParts.FindStringSubmatch(strings.ToLower(strings.TrimSpace(version)))
	return m != nil && (m[3] != "" || m[8] != "")
}

func canonicalVersion(s string) string {
	m := versionParts.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return s
	}
	var out strings.Builder
	if e := number(m[1]); e != "0" {
		out.WriteString(e + "!")
	}
	release := strings.Split(m[2], ".")
	for len(release) > 1 && number(release[len(release)-1]) == "0" {
		release = release[:len(release)-1]
	}
	for i, r := range release {
		release[i] = number(r)
	}
	out.WriteString(strings.Join(release, "."))
	if pre := m[3]; pre != "" {
		if p, ok := preReleases[pre]; ok {
			pre = p
		}
		out.WriteString(pre + number(m[4]))
	}
	switch {
	case m[5] != "":
		out.WriteString(".post" + number(m[5]))
	case m[6] != "":
		out.WriteString(".post" + number(m[7]))
	}
	if m[8] != "" {
		out.WriteString(".dev" + number(m[9]))
	}
	if m[10] != "" {
		out.WriteString("+" + strings.NewReplacer("-", ".", "_", ".").Replace(m[10]))
	}
	return out.String()
}

// number drops leading zeros; no digits are 0.
func number(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}
