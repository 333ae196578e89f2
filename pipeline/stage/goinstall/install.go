// Package goinstall makes the layer of a Go server from the program that the go command built: it holds the program to the lock by what the
// linker recorded in it, and adds the licences of the modules that are linked into it.
package goinstall

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// ErrProgram is the category of programs that are not what the lock says.
var ErrProgram = errors.New("unusable Go program")

// ResultName is the file that Install writes last.
const ResultName = "install.json"

// Places in the image.
const (
	binDir     = "app/bin"
	licenseDir = "app/share/licenses" // MODULE@VERSION/FILE below it
)

// maxProgram bounds the program, in bytes. The largest servers have some 100 MB.
const maxProgram = 1 << 30

// Options say what to install for which platform.
type Options struct {
	Mod, Sum   string // the lock: go.mod and go.sum
	Program    string // what the go command built
	Modules    string // the module cache (GOMODCACHE) it was built from, for the licences
	Platform   string // "linux/amd64"
	Package    string // spec.package
	Version    string
	Entrypoint string // spec.entrypoint; "" is any
	Out        string // folder for layer.tar.gz, layer.json and install.json; made when it is missing
}

// Result is install.json.
type Result struct {
	SchemaVersion int             `json:"schemaVersion"`
	Platform      string          `json:"platform"`
	Package       Package         `json:"package"`
	Entrypoint    []string        `json:"entrypoint"`
	Packages      int             `json:"packages"` // modules linked into the program, its own included
	Go            string          `json:"go"`       // toolchain that built it: "go1.25.14"
	Modules       []Module        `json:"modules"`
	ELF           elfcheck.Result `json:"elf"`
	Warnings      []string        `json:"warnings"`
}

// Package is the server's module as the spec names it.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	License string `json:"license,omitempty"` // SPDX expression; empty when its text is not a known one
}

// Module is one module linked into the program.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"`               // as in go.sum
	License string `json:"license,omitempty"` // as in Package
}

// Install checks the program and writes its layer. Everything that is wrong with it is reported together, and nothing is written then.
func Install(o Options) (Result, error) {
	lock, err := readLock(o)
	if err != nil {
		return Result{}, err
	}
	r := Result{SchemaVersion: 1, Platform: o.Platform, Package: Package{Name: o.Package, Version: o.Version}, Warnings: []string{}}
	name := binDir + "/" + golock.Program(lock.Tool)
	r.Entrypoint = []string{"/" + name}
	var tree layer.Tree
	file, err := program(o.Program)
	if err != nil {
		return Result{}, err
	}
	if err := tree.Add(layer.Entry{Path: name, Mode: 0o755, Data: file}); err != nil {
		return Result{}, err
	}
	built, err := checkBuild(lock, o)
	if err != nil {
		return Result{}, err
	}
	r.Go, r.Modules, r.Packages = built.GoVersion, modules(built), len(built.Deps)+1
	if r.ELF, err = checkStatic(&tree, name, o); err != nil {
		return Result{}, err
	}
	if err := errors.Join(addLicenses(&tree, &r, o), addGoLicense(&tree, lock, o)); err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, fmt.Errorf("making the output folder: %w", err)
	}
	if _, err := layer.Write(o.Out, &tree); err != nil {
		return Result{}, err
	}
	return r, writeResult(filepath.Join(o.Out, ResultName), r)
}

// readLock reads the lock and holds it to what the spec says. Overrides are the lock's own: the spec was compared with them before.
func readLock(o Options) (*golock.Lock, error) {
	mod, err := os.Open(o.Mod)
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer mod.Close()
	sum, err := os.Open(o.Sum)
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer sum.Close()
	f := golock.Files{ModName: "go.mod", SumName: "go.sum", Mod: mod, Sum: sum}
	lock, found := golock.Read(f)
	if lock == nil {
		return nil, found.Err(golock.ErrLock)
	}
	want := golock.Want{Package: o.Package, Version: o.Version, Entrypoint: o.Entrypoint}
	if lock.Facts != nil {
		want.Overrides, want.Retracted = lock.Facts.Overrides, lock.Facts.Retracted
	}
	return lock, golock.Check(f, lock, want).Err(golock.ErrLock)
}

func program(name string) (layer.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return layer.File{}, fmt.Errorf("reading the program: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxProgram {
		return layer.File{}, fmt.Errorf("%w: reading %q: got %v of %d bytes, want a regular file of at most %d (maxProgram)", ErrProgram, name, info.Mode().Type(), info.Size(), maxProgram)
	}
	return layer.File{Path: name, Len: info.Size()}, nil
}

// readAtMost reads a whole file of at most limit bytes.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("reading %q: got more than %d bytes, want at most that (maxLicense)", name, limit)
	}
	return raw, err
}

// writeResult gives the file its name only when it is complete.
func writeResult(name string, r Result) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".partial", append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return os.Rename(name+".partial", name)
}
