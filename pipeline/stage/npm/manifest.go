package npm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"dagger/dockyard/pipeline/npmlock"
)

// maxManifest bounds a package.json, in bytes.
const maxManifest = 8 << 20

// manifest is the part of a package.json that matters here. Every field may hold anything in the wild, so each is read on its own.
type manifest struct {
	Name, Version, License, Description, MCPName, Repository string
	Scripts                                                  map[string]any
	Gyp                                                      bool // false: a binding.gyp is not to be built
	OptionalDependencies                                     map[string]any
}

func (m *manifest) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	m.Gyp = true
	for name, into := range map[string]any{
		"name": &m.Name, "version": &m.Version, "description": &m.Description, "mcpName": &m.MCPName,
		"scripts": &m.Scripts, "gypfile": &m.Gyp, "optionalDependencies": &m.OptionalDependencies,
	} {
		if f, ok := fields[name]; ok {
			// A field of another type is as good as absent, for npm too.
			_ = json.Unmarshal(f, into)
		}
	}
	m.License = npmlock.Text(fields["license"], "type")
	m.Repository = npmlock.Text(fields["repository"], "url")
	return nil
}

// readManifest reads a package's package.json from the tree, and for bundled packages finds out that way whether they are there at all.
func (in *installation) readManifest(e npmlock.Entry) error {
	raw, err := in.content(path.Join(appDir, e.Path, "package.json"), maxManifest)
	switch {
	case errors.Is(err, fs.ErrNotExist) && e.InBundle && e.Optional:
		in.warn("%s: the tarball that should hold this optional bundled package does not", e.ID())
		return nil
	case errors.Is(err, fs.ErrNotExist) && e.InBundle:
		b, _ := in.lock.Bundler(e)
		return fmt.Errorf("%w: %q is bundled with %s, whose tarball does not hold it", ErrPackage, e.Path, b.ID())
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the tarball of %s has no package.json", ErrPackage, e.ID())
	case err != nil:
		return fmt.Errorf("reading package.json of %s: %w", e.ID(), err)
	}
	var m manifest
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &m); err != nil {
		return fmt.Errorf("%w: package.json of %s: %v", ErrPackage, e.ID(), err)
	}
	if m.Name != e.Package() || plainVersion(m.Version) != plainVersion(e.Version) {
		if e.InBundle {
			return fmt.Errorf("%w: the bundled %q is %s@%s, want %s", ErrPackage, e.Path, m.Name, m.Version, e.ID())
		}
		in.warn("%s: its package.json says %s@%s", e.ID(), m.Name, m.Version)
	}
	in.manifests[e.Path] = m
	return nil
}

// readAtMost reads all of r, or fails when that is more than limit bytes.
func readAtMost(r io.Reader, limit int64, what string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%w: %q has more than %d bytes", ErrLimit, what, limit)
	}
	return raw, err
}
