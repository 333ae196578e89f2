package sdist

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"dagger/dockyard/pipeline/sdist"
)

// maxProject bounds pyproject.toml, in bytes.
const maxProject = 1 << 20

// standard are the requirements of a build that names none (PEP 518; PEP 517, "Source trees" for one without pyproject.toml). Newer versions of
// setuptools do without wheel, older ones do not.
var standard = []string{"setuptools", "wheel"}

// Requires reads what each source distribution of a plan needs for its build. No code of it is run.
func Requires(p sdist.Plan, dir string, l Limits) (sdist.Asked, error) {
	l = l.withDefaults()
	out := sdist.Asked{SchemaVersion: sdist.SchemaVersion}
	var errs []error
	for _, i := range p.Sdists {
		s, err := requires(dir, i, l)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", i.ID(), err))
		}
		out.Sdists = append(out.Sdists, s)
	}
	return out, errors.Join(errs...)
}

func requires(dir string, i sdist.Item, l Limits) (sdist.Source, error) {
	f, err := find(dir, i, l)
	if err != nil {
		return sdist.Source{}, err
	}
	s := sdist.Source{ID: i.ID(), File: filepath.Base(f.path), SHA256: f.sum}
	raw, err := read(f.path, "pyproject.toml", maxProject, l)
	if err == nil {
		s.Requires, err = buildRequires(raw)
	}
	return s, err
}

// buildRequires reads [build-system] requires of a pyproject.toml, nil standing for none.
func buildRequires(raw []byte) ([]string, error) {
	var doc struct {
		Build *struct {
			Requires *[]string `toml:"requires"`
		} `toml:"build-system"`
	}
	if err := toml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%w: pyproject.toml: %v", ErrArchive, err)
	}
	switch {
	case doc.Build == nil:
		return standard, nil
	case doc.Build.Requires == nil:
		return nil, fmt.Errorf("%w: pyproject.toml has a [build-system] without requires, want it (PEP 518)", ErrArchive)
	}
	return *doc.Build.Requires, sdist.Requirements(*doc.Build.Requires)
}
