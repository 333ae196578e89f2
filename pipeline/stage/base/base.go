// Package base makes the lowest layer of an image from a base lock: Debian packages, fetched by path, checked by hash and unpacked by
// rule. No maintainer script runs and none is left behind.
package base

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/layer"
)

// ErrPackage is the category of packages that do not hold what the lock or the rules for bases say.
var ErrPackage = errors.New("unusable package")

// ResultName is the file that Run writes last, beside the layer.
const ResultName = "base.json"

// Values of Result.Status.
const (
	OK      = "OK"      // the layer is there
	Drifted = "DRIFTED" // a package is gone from the mirrors and there is no layer
)

// Options says what Run builds.
type Options struct {
	LockFile     string
	Mirrors      []string // roots of archive mirrors, tried in this order: "http://mirror.test/debian"; at least one
	Arch         string   // Debian architecture: "amd64"
	PackagesOnly bool     // true: only the packages of the lock, scripts included, for use on top of a base; false: a whole base
	Out          string   // folder for layer and result; made when it is missing
	MaxUnpacked  int64    // bytes of all files before trimming; 0: 1 GiB

	Credentials credentials.Files // for the mirrors

	HTTP fetch.Options // how to download; the size of each package is its bound
}

// Result is base.json.
type Result struct {
	SchemaVersion int               `json:"schemaVersion"`
	Status        string            `json:"status"`
	Arch          string            `json:"arch"`
	Packages      []Package         `json:"packages"`
	Missing       []Missing         `json:"missing"`         // packages that no mirror has
	Glibc         string            `json:"glibc,omitempty"` // as in the lock
	LeftOut       LeftOut           `json:"leftOut"`
	Layer         *layer.Descriptor `json:"layer,omitempty"` // nil when drifted
}

// Package is one package in the layer.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Missing is one package that could not be had.
type Missing struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Path    string `json:"path"`
}

// LeftOut tells what the packages hold and the layer does not.
type LeftOut struct {
	Files   int      `json:"files"`   // documentation and the like, by the rules in trim.go
	Bytes   int64    `json:"bytes"`   // sum of their sizes
	Scripts []string `json:"scripts"` // paths of scripts, sorted
}

// Run makes the layer. A package that no mirror has is not an error but the status DRIFTED; everything else that keeps the layer from
// being made is an error.
func Run(ctx context.Context, o Options) (Result, error) {
	lock, err := readLock(o.LockFile)
	if err != nil {
		return Result{}, err
	}
	if !slices.Contains(baselock.Architectures[:], o.Arch) {
		return Result{}, fmt.Errorf("building a base for %q: want one of %v", o.Arch, baselock.Architectures)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, err
	}
	r := Result{SchemaVersion: 1, Status: OK, Arch: o.Arch, Packages: []Package{}, Missing: []Missing{}, Glibc: lock.Glibc, LeftOut: LeftOut{Scripts: []string{}}}
	known, err := credentials.Load(o.Credentials)
	if err != nil {
		return Result{}, err
	}
	o.HTTP.Authorize = known.Authorization
	debs, missing, err := download(ctx, o, lock.Architectures[o.Arch])
	if err != nil {
		return Result{}, err
	}
	if len(missing) > 0 {
		r.Status, r.Missing = Drifted, missing
		return r, writeResult(o.Out, r)
	}
	if err := build(o, debs, &r); err != nil {
		return Result{}, err
	}
	return r, writeResult(o.Out, r)
}

// build unpacks, completes and writes the layer.
func build(o Options, debs []locked, r *Result) error {
	u := newUnpacker(o)
	for _, d := range inOrder(debs) {
		if err := u.add(d.Package, bytes.NewReader(d.raw)); err != nil {
			return fmt.Errorf("unpacking package %q: %w", d.Name, err)
		}
	}
	if !o.PackagesOnly {
		u.dropScripts()
		if err := completeByRule(&u.tree); err != nil {
			return err
		}
	}
	if err := checkELF(o.Arch, r.Glibc, &u.tree); err != nil {
		return err
	}
	d, err := layer.Write(o.Out, &u.tree)
	if err != nil {
		return err
	}
	for _, p := range debs {
		r.Packages = append(r.Packages, Package{p.Name, p.Version, p.SHA256})
	}
	slices.Sort(u.left.Scripts)
	r.LeftOut, r.Layer = u.left, &d
	return nil
}

// inOrder puts base-files first: it brings the links /bin, /lib and /sbin that all others rely on. The rest keeps the lock's order.
func inOrder(debs []locked) []locked {
	out := slices.Clone(debs)
	slices.SortStableFunc(out, func(a, b locked) int {
		switch {
		case a.Name == "base-files" && b.Name != "base-files":
			return -1
		case b.Name == "base-files" && a.Name != "base-files":
			return 1
		}
		return 0
	})
	return out
}

func readLock(name string) (*baselock.Lock, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading base lock: %w", err)
	}
	if info.Size() > baselock.MaxBytes {
		return nil, fmt.Errorf("reading base lock %q: got %d bytes, want at most %d", name, info.Size(), baselock.MaxBytes)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading base lock: %w", err)
	}
	return baselock.Parse(name, raw)
}

func writeResult(dir string, r Result) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ResultName), append(raw, '\n'), 0o644)
}
