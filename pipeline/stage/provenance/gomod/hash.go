package gomod

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// Bounds of a module. The go command takes 500 MiB of files and 16 MiB for a go.mod; toolchains have some 15,000 files.
const (
	maxFiles = 200_000
	maxBytes = 2 << 30 // of all files together
	maxMod   = 16 << 20
)

// errNotFetched is the category of modules whose files are not in the module cache.
var errNotFetched = errors.New("it is not in the module cache")

// cached is a module version in a module cache (GOMODCACHE), as the go command fetched it.
type cached struct{ zip, mod string }

func inCache(dir, path, version string) (cached, error) {
	escaped, err := module.EscapePath(path)
	if err != nil {
		return cached{}, err
	}
	v, err := module.EscapeVersion(version)
	if err != nil {
		return cached{}, err
	}
	base := filepath.Join(dir, "cache", "download", filepath.FromSlash(escaped), "@v", v)
	return cached{base + ".zip", base + ".mod"}, nil
}

// hash computes the hash of the files: "h1:BASE64" (Go modules reference, "go.sum files").
func (c cached) hash() (string, error) {
	r, err := zip.OpenReader(c.zip)
	if errors.Is(err, os.ErrNotExist) {
		return "", errNotFetched
	}
	if err != nil {
		return "", fmt.Errorf("reading the zip: %w", err)
	}
	defer r.Close()
	if len(r.File) > maxFiles {
		return "", fmt.Errorf("the zip has %d files, want at most %d (maxFiles)", len(r.File), maxFiles)
	}
	names, files, size := make([]string, len(r.File)), map[string]*zip.File{}, uint64(0)
	for i, f := range r.File {
		names[i], files[f.Name] = f.Name, f
		// archive/zip ends a file at the size that it declares.
		if size += f.UncompressedSize64; f.UncompressedSize64 > maxBytes || size > maxBytes {
			return "", fmt.Errorf("the zip has more than %d bytes unpacked, want at most that (maxBytes)", int64(maxBytes))
		}
	}
	if len(files) != len(names) {
		return "", errors.New("the zip has two files of one name")
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return files[name].Open() })
}

// hashMod computes the hash of the go.mod alone.
func (c cached) hashMod() (string, error) {
	info, err := os.Stat(c.mod)
	if errors.Is(err, os.ErrNotExist) {
		return "", errNotFetched
	}
	if err != nil {
		return "", fmt.Errorf("reading the go.mod: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxMod {
		return "", fmt.Errorf("the go.mod has %d bytes, want a regular file of at most %d (maxMod)", info.Size(), maxMod)
	}
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(c.mod) })
}
