package main

import (
	"fmt"
	"slices"
	"strings"
)

// platforms are what bases and runtimes are locked for.
var platforms = []string{"linux/amd64", "linux/arm64"}

// choosePlatforms checks the user's choice; an empty one means all. Each element may itself be a list with commas, as --platforms=a,b gives.
func choosePlatforms(wanted []string) ([]string, error) {
	var out, bad []string
	for _, p := range strings.Split(strings.Join(wanted, ","), ",") {
		switch p = strings.TrimSpace(p); {
		case p == "" || slices.Contains(out, p):
		case slices.Contains(platforms, p):
			out = append(out, p)
		default:
			bad = append(bad, fmt.Sprintf("%q", p))
		}
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("choosing platforms: got %s, want some of %s", strings.Join(bad, ", "), strings.Join(platforms, ", "))
	}
	if len(out) == 0 {
		return platforms, nil
	}
	slices.Sort(out)
	return out, nil
}

// architecture is the second part of a platform. Debian and OCI use the same names for the ones above.
func architecture(platform string) string { return platform[strings.Index(platform, "/")+1:] }
