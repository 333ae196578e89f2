package goinstall

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/stage/layer"
)

// Bounds of licences.
const (
	maxLicense  = 1 << 20 // bytes of one file
	maxLicenses = 20      // files of one module
	// covered is how much of a text must be that of known licences for it to be named by them, in percent; what pkg.go.dev asks for.
	covered = 75
)

// licenseName is how files are named that a distribution of the module's code has to come with.
var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense|patents)([-._][a-z0-9._-]*)?$`)

// addLicenses puts the licence files of each module's top folder into the layer, and the names of known licences into the result.
func addLicenses(t *layer.Tree, r *Result, o Options) error {
	for i := range r.Modules {
		m := &r.Modules[i]
		found, err := licenses(t, filepath.Join(o.Modules, filepath.FromSlash(escape(m.Path)+"@"+escape(m.Version))), licenseDir+"/"+m.Path+"@"+m.Version)
		if err != nil {
			return fmt.Errorf("licences of %s: %w", m.Path, err)
		}
		m.License = strings.Join(found, " AND ")
	}
	r.Package.License = r.Modules[0].License
	return nil
}

// addGoLicense adds the licence of Go itself: every program holds parts of its standard library. The toolchain is that of the engine's own
// architecture; the text is the same in all.
func addGoLicense(t *layer.Tree, lock *golock.Lock, o Options) error {
	for _, arch := range golock.ToolchainArchitectures {
		dir := filepath.Join(o.Modules, filepath.FromSlash(golock.ToolchainID(lock.Toolchain, arch)))
		if _, err := os.Stat(dir); err == nil {
			_, err := licenses(t, dir, licenseDir+"/go@"+lock.Toolchain)
			return err
		}
	}
	return fmt.Errorf("%w: licence of Go: the module cache has no toolchain %s", ErrProgram, lock.Toolchain)
}

// licenses copies the licence files of a folder to a place in the layer, and returns the SPDX identifiers of those that are known.
func licenses(t *layer.Tree, dir, to string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the module cache has no folder %q", ErrProgram, filepath.Base(dir))
	}
	if err != nil {
		return nil, err
	}
	var known []string
	count := 0
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenseName.MatchString(e.Name()) {
			continue
		}
		if count++; count > maxLicenses {
			return nil, fmt.Errorf("got more than %d licence files, want at most that (maxLicenses)", maxLicenses)
		}
		text, err := readAtMost(filepath.Join(dir, e.Name()), maxLicense)
		if err != nil {
			return nil, err
		}
		if err := t.Add(layer.Entry{Path: to + "/" + e.Name(), Mode: 0o644, Data: layer.Bytes(text)}); err != nil {
			return nil, err
		}
		known = append(known, recognize(text)...)
	}
	slices.Sort(known)
	return slices.Compact(known), nil
}

// recognize names the licences that a text consists of; none when much of it is something else.
func recognize(text []byte) []string {
	cov := licensecheck.Scan(text)
	if cov.Percent < covered {
		return nil
	}
	var out []string
	for _, m := range cov.Match {
		if !m.IsURL {
			out = append(out, m.ID)
		}
	}
	return out
}

// escape spells a module path or version as the module cache does: "!" and the small letter for each capital (Go modules reference, "Module
// cache").
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if 'A' <= r && r <= 'Z' {
			b.WriteByte('!')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
