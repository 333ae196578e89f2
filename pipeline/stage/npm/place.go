package npm

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/layer"
)

// place puts the packages into the tree. Bundled ones come with the tarballs of the packages that bundle them; a package that has a tarball
// of its own replaces what another one's tarball holds in its folder.
func (in *installation) place(spools []*spool) error {
	var own []npmlock.Entry
	for _, e := range in.entries {
		if !e.InBundle {
			own = append(own, e)
		}
	}
	all, err := unpackAll(own, in.options.Tarballs, spools, in.options.Limits.withDefaults())
	if err != nil {
		return err
	}
	replaced := map[string]bool{}
	for _, e := range own {
		replaced[e.Path] = true
	}
	var errs []error
	for i, e := range own {
		errs = append(errs, in.placeOne(e, all[i], replaced))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, e := range in.entries {
		errs = append(errs, in.readManifest(e))
	}
	return errors.Join(errs...)
}

func (in *installation) placeOne(e npmlock.Entry, c contents, replaced map[string]bool) error {
	if c.links > 0 {
		in.warn("%s: %d links in its tarball were left out, as npm does", e.ID(), c.links)
	}
	names := make([]string, 0, len(c.files))
	for name := range c.files {
		names = append(names, name)
	}
	slices.Sort(names)
	var unlisted []string
	for _, name := range names {
		at := path.Join(e.Path, name)
		if strings.Contains(name, "node_modules/") {
			if in.belongsToOther(e, at, replaced) {
				continue
			}
			if p, ok := in.unlisted(at); ok {
				unlisted = append(unlisted, p)
			}
		}
		f := layer.Entry{Path: path.Join(appDir, at), Mode: 0o644, Data: c.files[name].data}
		if c.files[name].executable {
			f.Mode = 0o755
		}
		if err := in.tree.Add(f); err != nil {
			return fmt.Errorf("%w: placing %s: %w", ErrTarball, e.ID(), err)
		}
	}
	if len(unlisted) > 0 {
		in.warn("%s: its tarball holds %d packages that the lock does not list: %s", e.ID(), len(unlisted), few(unlisted))
	}
	return nil
}

// belongsToOther tells whether a path is in the folder of a package, below e, that has a tarball of its own.
func (in *installation) belongsToOther(e npmlock.Entry, at string, replaced map[string]bool) bool {
	for dir := path.Dir(at); len(dir) > len(e.Path); dir = path.Dir(dir) {
		if replaced[dir] {
			return true
		}
	}
	return false
}

// packageFile is the package.json of a package in a tree.
var packageFile = regexp.MustCompile(`^(node_modules/(?:@[^/]+/)?[^/]+(?:/node_modules/(?:@[^/]+/)?[^/]+)*)/package\.json$`)

// unlisted names the package that a file is the package.json of, where the lock does not know of it.
func (in *installation) unlisted(at string) (string, bool) {
	m := packageFile.FindStringSubmatch(at)
	if m == nil {
		return "", false
	}
	_, known := in.lock.Lookup(m[1])
	return m[1], !known
}

// few lists at most three names.
func few(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
