package pylock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Requirements is a requirements file without markers, for clients that evaluate markers for their own machine instead of the platform.
func Requirements(packages []Package) string {
	var b strings.Builder
	for _, p := range packages {
		p.Machine = ""
		p.write(&b)
	}
	return b.String()
}

func (p Package) write(b *strings.Builder) {
	b.WriteString(p.ID())
	if p.Machine != "" {
		fmt.Fprintf(b, " ; platform_machine == %q", p.Machine)
	}
	for _, h := range p.SHA256 {
		b.WriteString(" \\\n    --hash=sha256:" + h)
	}
	b.WriteString("\n")
}

// Merge puts what each platform needs into one list: a package that all have in the same version stands once, with the hashes of all.
// Packages are sorted by name.
func Merge(platforms map[string][]Package) ([]Package, error) {
	byID := map[string]map[string]Package{} // by ID, then platform
	for _, platform := range slices.Sorted(maps.Keys(platforms)) {
		if Machines[platform] == "" {
			return nil, fmt.Errorf("merging locks: got the platform %q, want linux/amd64 or linux/arm64", platform)
		}
		for _, p := range platforms[platform] {
			if byID[p.ID()] == nil {
				byID[p.ID()] = map[string]Package{}
			}
			byID[p.ID()][platform] = p
		}
	}
	var out []Package
	for _, on := range byID {
		var whole Package
		for _, platform := range slices.Sorted(maps.Keys(on)) {
			whole.Name, whole.Version, whole.Machine = on[platform].Name, on[platform].Version, Machines[platform]
			whole.SHA256 = append(whole.SHA256, on[platform].SHA256...)
		}
		if len(on) == len(platforms) {
			whole.Machine = ""
		}
		slices.Sort(whole.SHA256)
		whole.SHA256 = slices.Compact(whole.SHA256)
		out = append(out, whole)
	}
	slices.SortFunc(out, func(a, b Package) int {
		return strings.Compare(a.Name+"\x00"+a.Machine, b.Name+"\x00"+b.Machine)
	})
	return out, nil
}

// Encode writes a lock. Equal locks give equal bytes.
func (l *Lock) Encode() ([]byte, error) {
	f := *l.Facts
	f.Before = f.Before.UTC().Truncate(time.Second)
	var facts bytes.Buffer
	enc := json.NewEncoder(&facts)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("writing the lock: %w", err)
	}
	var b strings.Builder
	what := "The wheels of " + f.Requirement
	if len(f.Builds) > 0 {
		what = "The wheels that source distributions are built with"
	}
	b.WriteString("# " + what + ", written by `dagger call lock`. Do not edit.\n" + factsMark + facts.String())
	for _, p := range l.Packages {
		p.write(&b)
	}
	return []byte(b.String()), nil
}
