package wheel

import (
	"fmt"
	"path/filepath"
	"slices"

	"dagger/dockyard/pipeline/pylock"
)

// FactsOptions say which wheel to look at.
type FactsOptions struct {
	Wheels           string // folder that holds it
	Package, Version string
	Out              string // file for Facts
	Limits           Limits
}

// Facts are what a wheel or a source distribution says of its package: nothing of it is verified. Texts are as they stand there.
type Facts struct {
	SchemaVersion int      `json:"schemaVersion"`
	Name          string   `json:"name"`
	Version       string   `json:"version"`
	Description   string   `json:"description,omitempty"`
	License       string   `json:"license,omitempty"`
	Repository    string   `json:"repository,omitempty"`
	Homepage      string   `json:"homepage,omitempty"`
	Scripts       []string `json:"scripts,omitempty"` // names of its console scripts, sorted
}

// WriteFacts reads the one wheel of a package in a folder and writes its facts.
func WriteFacts(o FactsOptions) error {
	o.Limits = o.Limits.withDefaults()
	name := pylock.Project(o.Package)
	files, err := filepath.Glob(filepath.Join(o.Wheels, "*.whl"))
	if err != nil {
		return err
	}
	for _, file := range files {
		f, err := parseFilename(filepath.Base(file))
		if err != nil || f.name != name || !pylock.SameVersion(f.version, o.Version) {
			continue
		}
		a, err := open(file, pylock.Package{Name: name, Version: o.Version}, o.Limits)
		if err != nil {
			return err
		}
		defer a.Close()
		r := a.meta.facts()
		r.Scripts = scriptNames(a.meta.scripts)
		return writeResult(o.Out, r)
	}
	return fmt.Errorf("%w: looking for a wheel of %s==%s: got %d other files, want one of it", ErrPackage, o.Package, o.Version, len(files))
}

func (m metadata) facts() Facts {
	return Facts{SchemaVersion: 1, Name: m.name, Version: m.version, Description: m.summary, License: m.license, Repository: m.repository, Homepage: m.homepage}
}

// ReadFacts reads the facts from the core metadata of a package, the METADATA of a wheel or the PKG-INFO of a source distribution, which must be
// of that package. Scripts are not in them.
func ReadFacts(name string, raw []byte, p pylock.Package) (Facts, error) {
	h, body, err := parseHeaders(name, raw)
	if err != nil {
		return Facts{}, err
	}
	m, err := readCore(name, h, body, p)
	return m.facts(), err
}

// ScriptNames are the names of the console scripts in an entry_points.txt, sorted.
func ScriptNames(raw []byte) ([]string, error) {
	scripts, err := consoleScripts(raw)
	return scriptNames(scripts), err
}

func scriptNames(scripts []script) []string {
	var out []string
	for _, s := range scripts {
		out = append(out, s.name)
	}
	slices.Sort(out)
	return out
}
