package pylock

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrYanked is the category of releases that were withdrawn from the index (PEP 592) and are not allowed.
var ErrYanked = errors.New("withdrawn release")

// yankedByUv is uv's warning of a withdrawn release that it takes, because it was asked for by its exact version.
var yankedByUv = regexp.MustCompile("`([A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+)` is yanked(?: \\((?:reason: )?([^\n]*)\\))?")

// Withdrawn reads from what uv said which of the releases it took were withdrawn, sorted. One that w does not allow is an error in the category
// ErrYanked that names it with its publisher's reason.
func Withdrawn(said string, w Want) ([]string, error) {
	var found, refused []string
	for _, m := range yankedByUv.FindAllStringSubmatch(said, -1) {
		if found = append(found, m[1]); !w.Allows(m[1]) {
			name, version, _ := strings.Cut(m[1], "==")
			refused = append(refused, fmt.Sprintf("`%s` is yanked (%s); want a release that was not withdrawn, or, in the spec,\n  yanked:\n    - {package: %s, version: %s, reason: WHY}",
				m[1], orUnknown(m[2]), name, version))
		}
	}
	slices.Sort(found)
	if len(refused) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrYanked, strings.Join(refused, "\n"))
	}
	return slices.Compact(found), nil
}

func orUnknown(reason string) string {
	if reason == "" {
		return "its publisher gives no reason"
	}
	return reason
}
