// Package oci names the platforms that images are built for.
package oci

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnknown is the category of platforms that nothing here is locked for.
var ErrUnknown = errors.New("unknown platform")

// All are the platforms that bases and runtimes are locked for, in the form OS/ARCHITECTURE of the OCI image specification.
func All() []string { return []string{"linux/amd64", "linux/arm64"} }

// Choose checks a user's choice and returns it sorted, each platform once; an empty choice means all. Each element may itself be a list with
// commas. Errors name every platform that is not known, in the category ErrUnknown.
func Choose(wanted []string) ([]string, error) {
	var out, bad []string
	for _, p := range strings.Split(strings.Join(wanted, ","), ",") {
		switch p = strings.TrimSpace(p); {
		case p == "" || slices.Contains(out, p):
		case slices.Contains(All(), p):
			out = append(out, p)
		default:
			bad = append(bad, fmt.Sprintf("%q", p))
		}
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("choosing platforms: %w: got %s, want some of %s", ErrUnknown, strings.Join(bad, ", "), strings.Join(All(), ", "))
	}
	if len(out) == 0 {
		return All(), nil
	}
	slices.Sort(out)
	return out, nil
}

// Architecture is the second part of a platform. Debian and OCI use the same names for the ones in All.
func Architecture(platform string) string { return platform[strings.Index(platform, "/")+1:] }
