package wheel

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/stage/layer"
)

// selectPackages reads a lock, refuses it with all its problems, and returns it with the packages of a platform.
func selectPackages(file, platform string) (*pylock.Lock, []pylock.Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the lock: %w", err)
	}
	defer f.Close()
	l, problems := pylock.Read(file, f)
	if err := problems.Err(pylock.ErrLock); err != nil {
		return nil, nil, err
	}
	packages, err := l.Select(platform)
	if err == nil && len(packages) == 0 {
		err = fmt.Errorf("%w: %q has no package for %s", pylock.ErrLock, file, platform)
	}
	return l, packages, err
}

// byHash lists the wheels of a folder by their SHA-256.
func byHash(dir string, limit int64) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing the wheels: %w", err)
	}
	out := map[string]string{}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(dir, e.Name())
		sum, err := hashFile(name, limit)
		if err != nil {
			return nil, fmt.Errorf("reading the wheel %q: %w", e.Name(), err)
		}
		out[sum] = name
	}
	return out, nil
}

// pick finds the one wheel of a package. Where none has a hash of the lock, the error tells which file was there instead.
func pick(files map[string]string, p pylock.Package) (string, error) {
	var found []string
	for _, sum := range p.SHA256 {
		if name, ok := files[sum]; ok {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
	default:
		slices.Sort(found)
		return "", fmt.Errorf("%w: got several wheels, %q, want one", ErrPackage, found)
	}
	for sum, name := range files {
		if f, err := parseFilename(filepath.Base(name)); err == nil && f.name == p.Name {
			return "", fmt.Errorf("%w: %s has SHA-256 %s, want %s", ErrPackage, filepath.Base(name), sum, strings.Join(p.SHA256, " or "))
		}
	}
	return "", fmt.Errorf("%w: its wheel was not fetched", ErrPackage)
}

func writeFile(name string, data layer.Source) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	r, err := data.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
