package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"dagger/dockyard/pipeline/npmlock"
)

// maxManifest bounds a package.json.
const maxManifest = 8 << 20

// manifest is the part of a package.json that matters here. Every field may hold anything in the wild, so each is read on its own.
type manifest struct {
	Name, Version, License, Description, MCPName, Repository string
	Bin                                                      npmlock.Bin
	Scripts                                                  map[string]string
	OptionalDependencies                                     map[string]string
}

func (m *manifest) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	for name, into := range map[string]any{
		"name": &m.Name, "version": &m.Version, "description": &m.Description, "mcpName": &m.MCPName, "bin": &m.Bin,
		"scripts": &m.Scripts, "optionalDependencies": &m.OptionalDependencies,
	} {
		if f, ok := fields[name]; ok {
			// A field of another type is as good as absent, for npm too.
			_ = json.Unmarshal(f, into)
		}
	}
	m.License = text(fields["license"], "type")
	m.Repository = text(fields["repository"], "url")
	return nil
}

// text is a field that is a text or an object with the text under a key.
func text(raw json.RawMessage, key string) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o map[string]any
	if json.Unmarshal(raw, &o) == nil {
		s, _ = o[key].(string)
	}
	return s
}

// readManifest reads a package's package.json from the tree, and for bundled packages finds out that way whether they are there at all.
func (in *installation) readManifest(e npmlock.Entry) error {
	raw, err := in.content(path.Join(appDir, e.Path, "package.json"), maxManifest)
	if errors.Is(err, fs.ErrNotExist) && e.Optional && e.InBundle {
		in.warn("%s: the optional bundled package is not in its parent's tarball", e.ID())
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %q has no package.json, want %s", ErrPackage, e.Path, e.ID())
	}
	if err != nil {
		return fmt.Errorf("reading package.json of %s: %w", e.ID(), err)
	}
	var m manifest
	// npm takes a byte order mark for granted.
	if err := json.Unmarshal(trimBOM(raw), &m); err != nil {
		return fmt.Errorf("%w: package.json of %s: %v", ErrPackage, e.ID(), err)
	}
	if e.InBundle && m.Version != e.Version {
		return fmt.Errorf("%w: the bundled %q is version %q, want %s", ErrPackage, e.Path, m.Version, e.Version)
	}
	in.manifests[e.Path] = m
	return nil
}

func trimBOM(raw []byte) []byte {
	if len(raw) >= 3 && raw[0] == 0xef && raw[1] == 0xbb && raw[2] == 0xbf {
		return raw[3:]
	}
	return raw
}

// readAtMost reads all of r, or fails when that is more than limit bytes.
func readAtMost(r io.Reader, limit int64, what string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%w: %q has more than %d bytes", ErrLimit, what, limit)
	}
	return raw, err
}
