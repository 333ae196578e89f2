package sdist

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"dagger/dockyard/pipeline/pylock"
)

// maxRequirement bounds a requirement, in bytes; maxRequirements how many a package may have.
const (
	maxRequirement  = 2000
	maxRequirements = 500
)

// dependency is PEP 508's grammar without addresses: NAME[EXTRAS] SPECIFIERS ; MARKER. What a marker may hold is the resolver's affair.
var dependency = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[A-Za-z0-9._,\s-]*\])?\s*(\(?[<>=!~A-Za-z0-9.,*+!_\s-]*\)?)\s*(;[^@#\\]*)?$`)

// Requirements checks the form of what a package asks for. One with an address is refused: the resolver would fetch, and perhaps build, whatever
// lies there.
func Requirements(list []string) error {
	if len(list) > maxRequirements {
		return fmt.Errorf("%w: it has %d requirements, want at most %d", ErrBuild, len(list), maxRequirements)
	}
	for _, r := range list {
		if len(r) > maxRequirement || strings.ContainsFunc(r, func(c rune) bool { return !unicode.IsPrint(c) }) || !dependency.MatchString(r) {
			return fmt.Errorf("%w: got the requirement %.200q, want NAME with version specifiers and perhaps a marker, without an address", ErrBuild, r)
		}
	}
	return nil
}

// Sorted is requirements of several packages, each once, sorted.
func Sorted(lists ...[]string) []string {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Known is what builds told of packages, for the resolver.
type Known map[string]Metadata // by NAME==VERSION

// Metadata are the requirements of a package that is built from source.
type Metadata struct {
	Name, Version    string
	Requires, Extras []string
}

// Missing are those among the items that nothing is known of.
func (k Known) Missing(items []Item) bool {
	return slices.ContainsFunc(items, func(i Item) bool { _, ok := k[i.ID()]; return !ok })
}

// Config is a uv.toml by which uv takes the requirements of packages from here. With it, it builds none of them to learn what they require (uv's
// setting dependency-metadata). Of a version that is not known yet it is told that it requires nothing.
func (k Known) Config(names []string) string {
	var b strings.Builder
	entry := func(m Metadata) {
		fmt.Fprintf(&b, "[[dependency-metadata]]\nname = %s\n", quote(m.Name))
		if m.Version != "" {
			fmt.Fprintf(&b, "version = %s\n", quote(m.Version))
		}
		fmt.Fprintf(&b, "requires-dist = %s\nprovides-extra = %s\n", array(m.Requires), array(m.Extras))
	}
	for _, n := range names {
		entry(Metadata{Name: pylock.CanonicalName(n)})
	}
	ids := make([]string, 0, len(k))
	for id := range k {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		entry(k[id])
	}
	return b.String()
}

func array(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote is a TOML basic string (TOML 1.0.0, "String").
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
