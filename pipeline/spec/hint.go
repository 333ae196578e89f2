package spec

import (
	"fmt"
	"strings"
)

// hint returns the fix for a usual mistake in a text that its rule refuses, or "".
func hint(rule, s string) string {
	switch rule {
	case "npm-version", "pypi-version", "go-version", "any-version":
		return versionHint(rule, s)
	case "npm-name", "npm-dependency":
		return npmNameHint(s)
	case "pypi-name":
		return pypiNameHint(s)
	case "go-name":
		return goNameHint(s)
	}
	return ""
}

// versionHint tells how to turn what people write for a version into an exact one.
func versionHint(rule, v string) string {
	rest := strings.TrimLeft(v, "=v ")
	switch {
	case strings.ContainsAny(v, "^~<>*|, ") || strings.Contains(v, "!=") || strings.HasSuffix(v, ".x"):
		return "write the one exact version that is packaged, not a range"
	case strings.IndexFunc(v, isDigit) < 0:
		return "write the version that this tag stands for today"
	case rules[rule].pattern.MatchString(rest):
		return fmt.Sprintf("write %q", rest)
	case rules[rule].pattern.MatchString("v" + rest):
		return fmt.Sprintf("write %q", "v"+rest)
	}
	return ""
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func npmNameHint(name string) string {
	if at := strings.LastIndex(name, "@"); at > 0 {
		return "put the version into its own field, the name alone here"
	}
	if lower := strings.ToLower(name); lower != name && rules["npm-name"].pattern.MatchString(lower) {
		return fmt.Sprintf("write %q", lower)
	}
	return ""
}

func pypiNameHint(name string) string {
	if strings.ContainsAny(name, "=<>@~") {
		return "put the version into spec.version, the name alone here"
	}
	if tight := strings.ReplaceAll(name, " ", ""); tight != name && rules["pypi-name"].pattern.MatchString(tight) {
		return fmt.Sprintf("write %q", tight)
	}
	return ""
}

func goNameHint(name string) string {
	if strings.Contains(name, "://") {
		return "leave the scheme out: HOST/PATH"
	}
	if strings.Contains(name, "@") {
		return "put the version into spec.version, the path alone here"
	}
	return ""
}
