// Package sdist builds pure Python wheels from source distributions, offline and without privileges. What it is given is foreign: archives are
// unpacked within bounds, their code runs confined, and of what it leaves only a wheel that was looked at is kept.
package sdist

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
)

// Categories of what is wrong with a source distribution.
var (
	ErrArchive = errors.New("unsafe source distribution")
	ErrLimit   = errors.New("limit exceeded")
	ErrSource  = errors.New("source distribution does not fit its lock")
)

// Limits bound a source distribution. The zero value of a field is its default.
type Limits struct {
	Bytes     int64 // of the file; 0 is 64 MiB
	Unpacked  int64 // of all its files; 0 is 96 MiB
	Entries   int   // 0 is 50,000
	PathBytes int   // length of a path; 0 is 1,024
	Depth     int   // folders above a file; 0 is 64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes: or(l.Bytes, sdist.MaxSdist), Unpacked: or(l.Unpacked, 96<<20), Entries: or(l.Entries, 50_000), PathBytes: or(l.PathBytes, 1024), Depth: or(l.Depth, 64),
	}
}

func or[T int | int64](v, instead T) T {
	if v == 0 {
		return instead
	}
	return v
}

// found is a file of a plan's item.
type found struct {
	path, sum string
}

// find returns the file in a folder that has a hash of the item.
func find(dir string, i sdist.Item, l Limits) (found, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return found{}, fmt.Errorf("listing source distributions: %w", err)
	}
	var others []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !pypi.IsOf(e.Name(), i.Name, i.Version) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		sum, err := hash(name, l.Bytes)
		if err != nil {
			return found{}, fmt.Errorf("reading %q: %w", e.Name(), err)
		}
		for _, want := range i.SHA256 {
			if sum == want {
				return found{name, sum}, nil
			}
		}
		others = append(others, e.Name()+" has SHA-256 "+sum)
	}
	if len(others) > 0 {
		return found{}, fmt.Errorf("%w: %q, want %q", ErrSource, others, i.SHA256)
	}
	return found{}, fmt.Errorf("%w: it was not fetched", ErrSource)
}

func hash(name string, limit int64) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("%w: it has more than %d bytes (Bytes)", ErrLimit, limit)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
