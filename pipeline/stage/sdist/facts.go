package sdist

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/wheel"
)

// maxInfo bounds PKG-INFO, which holds the package's README as a rule, and each other file that tells of a package, in bytes.
const maxInfo = 4 << 20

// Facts reads what a source distribution says of its package. No code of it is run, so a console script that only a build would name is not among
// them.
func Facts(i sdist.Item, dir string, l Limits) (wheel.Facts, error) {
	l = l.withDefaults()
	f, err := find(dir, i, l)
	if err != nil {
		return wheel.Facts{}, err
	}
	isPoints := func(name string) bool { return isEntryPoints(name, i.Name) }
	files, err := readSome(f.path, func(name string) bool { return name == "PKG-INFO" || name == "pyproject.toml" || isPoints(name) }, maxInfo, l)
	if err != nil {
		return wheel.Facts{}, err
	}
	if files["PKG-INFO"] == nil {
		return wheel.Facts{}, fmt.Errorf("%w: it has no PKG-INFO, want it (PyPA \"Source distribution format\")", ErrArchive)
	}
	facts, err := wheel.ReadFacts("PKG-INFO", files["PKG-INFO"], pylock.Package{Name: i.Name, Version: i.Version})
	if err != nil {
		return facts, err
	}
	if facts.Scripts, err = projectScripts(files["pyproject.toml"]); err != nil {
		return facts, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !isPoints(name) {
			continue
		}
		named, err := wheel.ScriptNames(files[name])
		if err != nil {
			return facts, err
		}
		facts.Scripts = sdist.Sorted(facts.Scripts, named)
	}
	return facts, nil
}

// isEntryPoints tells the file in which setuptools left the entry points of a project when it made the source distribution.
func isEntryPoints(name, project string) bool {
	dir, file := path.Split(name)
	info, ok := strings.CutSuffix(path.Base(dir), ".egg-info")
	return file == "entry_points.txt" && ok && pylock.CanonicalName(info) == project && strings.Count(name, "/") <= 2
}

// projectScripts are the console scripts that a pyproject.toml names, sorted; nil stands for no file.
func projectScripts(raw []byte) ([]string, error) {
	var doc struct {
		Project struct {
			Scripts map[string]any `toml:"scripts"`
		} `toml:"project"`
		Tool struct {
			Poetry struct {
				Scripts map[string]any `toml:"scripts"`
			} `toml:"poetry"`
		} `toml:"tool"`
	}
	if err := toml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%w: pyproject.toml: %v", ErrArchive, err)
	}
	return sdist.Sorted(slices.Collect(maps.Keys(doc.Project.Scripts)), slices.Collect(maps.Keys(doc.Tool.Poetry.Scripts))), nil
}
