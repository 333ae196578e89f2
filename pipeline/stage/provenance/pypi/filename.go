package pypi

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// distribution is what a file name says (PyPA specifications "Binary distribution format" and "Source distribution format").
type distribution struct {
	name, version string // name in normal form
	kind          string // ".whl", ".tar.gz" or ".zip"
	build         string
	tags          string // python, ABI and platform tags, each set sorted
}

// parseFilename reads the name of a wheel or source distribution.
func parseFilename(s string) (distribution, error) {
	bad := fmt.Errorf("got the file name %.200q, want that of a wheel or a source distribution", s)
	if stem, ok := strings.CutSuffix(s, ".whl"); ok {
		parts := strings.Split(stem, "-")
		if len(parts) != 5 && len(parts) != 6 || slices.Contains(parts, "") {
			return distribution{}, bad
		}
		d := distribution{name: pylock.CanonicalName(parts[0]), version: parts[1], kind: ".whl"}
		if len(parts) == 6 {
			d.build = parts[2]
		}
		for _, set := range parts[len(parts)-3:] {
			words := strings.Split(set, ".")
			slices.Sort(words)
			d.tags += "-" + strings.Join(words, ".")
		}
		return d, nil
	}
	for _, kind := range []string{".tar.gz", ".zip"} {
		stem, ok := strings.CutSuffix(s, kind)
		// Older names have hyphens; versions have none.
		i := strings.LastIndex(stem, "-")
		if ok && i > 0 && i < len(stem)-1 {
			return distribution{name: pylock.CanonicalName(stem[:i]), version: stem[i+1:], kind: kind}, nil
		}
	}
	return distribution{}, bad
}

// same tells whether two names are of one distribution: builders may write tags and versions in another order or form.
func (d distribution) same(o distribution) bool {
	return d.name == o.name && pylock.SameVersion(d.version, o.version) && d.kind == o.kind && d.build == o.build && d.tags == o.tags
}

// of tells whether the file belongs to a release.
func (d distribution) of(project, version string) bool {
	return d.name == pylock.Project(project) && pylock.SameVersion(d.version, version)
}

// IsOf tells whether a file name is that of a distribution of a release.
func IsOf(file, project, version string) bool {
	d, err := parseFilename(file)
	return err == nil && d.of(project, version)
}
