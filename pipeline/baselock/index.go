package baselock

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a Packages file. Debian 13's largest has 68,000 stanzas and lines of 30 KB.
const (
	MaxIndexBytes = 512 << 20 // of all Packages text of one architecture
	maxStanzas    = 1 << 20
	maxLine       = 1 << 20
)

// index is what one architecture's Packages text says, reduced to the newest version of each package.
type index struct {
	newest   map[string]stanza
	provides map[string][]string // virtual name to the names of its providers, sorted
}

// stanza holds the fields of one paragraph of a Packages file that matter here (deb-control(5), Debian repository format).
type stanza struct {
	Package
	provides []string
	depends  []string // the groups of Pre-Depends, then of Depends, as written: "debconf (>= 0.5) | debconf-2.0"
}

// readIndex parses the text of one or more Packages files of one architecture. Paragraphs of other architectures are errors, as they
// tell that the wrong file was handed over.
func readIndex(arch string, text []byte) (*index, error) {
	if len(text) > MaxIndexBytes {
		return nil, fmt.Errorf("reading Packages of %s: got %d bytes, want at most %d", arch, len(text), MaxIndexBytes)
	}
	ix := &index{newest: map[string]stanza{}, provides: map[string][]string{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxLine)
	var fields map[string]string
	count := 0
	flush := func() error {
		if len(fields) == 0 {
			return nil
		}
		if count++; count > maxStanzas {
			return fmt.Errorf("got more than %d paragraphs", maxStanzas)
		}
		err := ix.add(arch, fields)
		fields = nil
		return err
	}
	for n := 1; lines.Scan(); n++ {
		if err := readLine(&fields, lines.Text(), flush); err != nil {
			return nil, fmt.Errorf("reading Packages of %s, line %d: %w", arch, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading Packages of %s: %w; a line may have %d bytes", arch, err, maxLine)
	}
	if err := flush(); err != nil {
		return nil, fmt.Errorf("reading Packages of %s, last paragraph: %w", arch, err)
	}
	ix.listProviders()
	return ix, nil
}

// wantedFields are the only ones kept: an index of 56 MB holds 6 MB of them.
var wantedFields = []string{"Package", "Version", "Architecture", "Filename", "SHA256", "Size", "Provides", "Depends", "Pre-Depends"}

// readLine takes one line of a control file (Debian policy §5.1). None of the wanted fields spans lines in an archive's index.
func readLine(fields *map[string]string, line string, flush func() error) error {
	if strings.TrimRight(line, " \t") == "" {
		return flush()
	}
	if line[0] == ' ' || line[0] == '\t' || line[0] == '#' {
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("got %.80q, want \"Field: value\"", line)
	}
	if !slices.Contains(wantedFields, key) {
		return nil
	}
	if *fields == nil {
		*fields = map[string]string{}
	}
	if _, twice := (*fields)[key]; twice {
		return fmt.Errorf("got the field %q twice in a paragraph, want it once", key)
	}
	(*fields)[key] = strings.TrimSpace(value)
	return nil
}

func (ix *index) add(arch string, f map[string]string) error {
	size, err := strconv.ParseInt(f["Size"], 10, 64)
	if err != nil {
		return fmt.Errorf("package %q: got size %q, want a number", f["Package"], f["Size"])
	}
	if a := f["Architecture"]; a != arch && a != "all" {
		return fmt.Errorf("package %q: got architecture %q, want %q or \"all\"", f["Package"], a, arch)
	}
	s := stanza{
		Package:  Package{Name: f["Package"], Version: f["Version"], Path: f["Filename"], SHA256: f["SHA256"], Size: size},
		provides: names(f["Provides"]),
		depends:  append(groups(f["Pre-Depends"]), groups(f["Depends"])...),
	}
	if s.Name == "" || s.Version == "" || s.Path == "" || s.SHA256 == "" {
		return fmt.Errorf("package %q: want the fields Package, Version, Filename and SHA256", s.Name)
	}
	// The same version may be in two suites, after a point release under two paths: the path that sorts first is taken, so that the
	// order of the suites does not matter.
	old, ok := ix.newest[s.Name]
	if c := CompareVersions(s.Version, old.Version); !ok || c > 0 || c == 0 && s.Path < old.Path {
		ix.newest[s.Name] = s
	}
	return nil
}

func (ix *index) listProviders() {
	for name, s := range ix.newest {
		for _, virtual := range s.provides {
			ix.provides[virtual] = append(ix.provides[virtual], name)
		}
	}
	for _, list := range ix.provides {
		slices.Sort(list)
	}
}

// groups splits a relationship field at its commas (Debian policy §7.1).
func groups(field string) []string {
	var out []string
	for _, g := range strings.Split(field, ",") {
		if g = strings.TrimSpace(g); g != "" {
			out = append(out, g)
		}
	}
	return out
}

// names returns the package names of a relationship field without versions and architecture qualifiers.
func names(field string) []string {
	var out []string
	for _, g := range groups(field) {
		for _, alternative := range strings.Split(g, "|") {
			name, _, _ := strings.Cut(strings.TrimSpace(alternative), " ")
			name, _, _ = strings.Cut(name, "(")
			name, _, _ = strings.Cut(name, ":")
			if name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}
