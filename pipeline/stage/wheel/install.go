package wheel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// InstallOptions say what to install for which platform.
type InstallOptions struct {
	LockFile   string
	Wheels     string // folder with the wheels of the platform
	Built      string // folder with the wheels that were built from source distributions, and what stage sdist-build says of them; "" has none
	Platform   string // "linux/amd64"
	Package    string // PyPI name of the server; extras are ignored. "" installs an environment without an entry point
	Version    string
	Entrypoint string // name of the console script that is the server; "" chooses it
	Python     string // minor version of CPython in the base: "3.13"
	Glibc      string // newest glibc version the base offers: "2.41"
	Compiled   string // folder that stands for / and holds the compiled form of what Sources wrote; "" leaves compiling to each start
	Out        string // folder for layer.tar.gz, layer.json and install.json; made when it is missing
	Limits     Limits
}

// ResultName is the file that Install writes last.
const ResultName = "install.json"

// Result is install.json.
type Result struct {
	SchemaVersion int             `json:"schemaVersion"`
	Platform      string          `json:"platform"`
	Package       Package         `json:"package"`
	Entrypoint    []string        `json:"entrypoint"`
	Packages      int             `json:"packages"`
	Compiled      int             `json:"compiled"` // source files with their compiled form beside them
	ELF           elfcheck.Result `json:"elf"`
	Built         []sdist.Built   `json:"built,omitempty"` // wheels among them that were built from source distributions
	Warnings      []string        `json:"warnings"`
}

// Package is what the server's package says about itself.
type Package struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	License     string `json:"license,omitempty"`
	Description string `json:"description,omitempty"`
	MCPName     string `json:"mcpName,omitempty"`
	Repository  string `json:"repository,omitempty"`
}

// Install unpacks the wheels of a platform and writes them as one layer. Everything that is wrong with them is reported together.
func Install(o InstallOptions) (Result, error) {
	in, err := unpack(o)
	if err != nil {
		return Result{}, err
	}
	defer in.close()
	elf, elfErr := elfcheck.Check(&in.tree, elfcheck.Options{Platform: o.Platform, Glibc: o.Glibc})
	in.result.ELF = elf
	errs := []error{elfErr, in.addCompiled()}
	if o.Package != "" {
		errs = append(errs, in.entrypoint())
	}
	if err := errors.Join(errs...); err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, err
	}
	if _, err := layer.Write(o.Out, &in.tree); err != nil {
		return Result{}, err
	}
	return in.result, writeResult(filepath.Join(o.Out, ResultName), in.result)
}

// Sources writes the Python files that Install would install, below Out as below /, to be compiled by the base's own CPython.
func Sources(o InstallOptions) error {
	in, err := unpack(o)
	if err != nil {
		return err
	}
	defer in.close()
	for _, name := range in.sources() {
		e, _ := in.tree.Lookup(name)
		if err := writeFile(filepath.Join(o.Out, filepath.FromSlash(name)), e.Data); err != nil {
			return fmt.Errorf("writing %q: %w", name, err)
		}
	}
	return nil
}

// installation is one platform's tree in the making.
type installation struct {
	options  InstallOptions
	target   target
	archives []*archive
	tree     layer.Tree
	owners   map[string]string // who brought a path: NAME==VERSION
	result   Result
}

func (in *installation) close() {
	for _, a := range in.archives {
		a.Close()
	}
}

// sitePackages is the folder of the packages.
func (in *installation) sitePackages() string {
	return path.Join(appDir, "lib", "python"+in.options.Python, "site-packages")
}

// unpack opens every wheel that the lock names for the platform and places its files.
func unpack(o InstallOptions) (*installation, error) {
	o.Limits = o.Limits.withDefaults()
	lock, packages, err := selectPackages(o.LockFile, o.Platform)
	if err != nil {
		return nil, err
	}
	in := &installation{options: o, owners: map[string]string{}, result: Result{SchemaVersion: 1, Platform: o.Platform, Packages: len(packages), Warnings: []string{}}}
	if in.target, err = newTarget(o.Platform, o.Python, o.Glibc); err != nil {
		return nil, err
	}
	wheels, sdists := lock.Split(packages)
	if err := errors.Join(in.openBuilt(sdists), in.openAll(wheels)); err != nil {
		in.close()
		return nil, err
	}
	errs := []error{in.environment()}
	for _, a := range in.archives {
		if err := in.place(a); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", a.id, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// openAll finds the wheel of each package by its hash, and checks it. A wheel that no package of the lock has is refused as well.
func (in *installation) openAll(packages []pylock.Package) error {
	files, err := byHash(in.options.Wheels, in.options.Limits.WheelBytes)
	if err != nil {
		return err
	}
	var errs []error
	var total int64
	for _, p := range packages {
		name, err := pick(files, p)
		if err == nil {
			err = in.openOne(name, p)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.ID(), err))
		}
	}
	for _, a := range in.archives {
		for _, m := range a.members {
			total += int64(m.UncompressedSize64)
		}
	}
	if total > in.options.Limits.TotalBytes {
		errs = append(errs, fmt.Errorf("%w: all packages unpack to %d bytes, want at most %d (TotalBytes)", ErrLimit, total, in.options.Limits.TotalBytes))
	}
	return errors.Join(errs...)
}

func (in *installation) openOne(name string, p pylock.Package) error {
	a, err := open(name, p, in.options.Limits)
	if err != nil {
		return err
	}
	in.archives = append(in.archives, a)
	return errors.Join(in.target.check(a.file), a.checkRecord())
}

// environment makes the folder a virtual environment of the base's interpreter (PEP 405).
func (in *installation) environment() error {
	name := "python" + in.options.Python
	config := "home = /usr/bin\ninclude-system-site-packages = false\nversion = " + in.options.Python + "\n"
	for _, e := range []layer.Entry{
		{Path: appDir + "/pyvenv.cfg", Mode: 0o644, Data: layer.Bytes(config)},
		{Path: binDir + "/python", Mode: fs.ModeSymlink | 0o777, Link: "/usr/bin/" + name},
		{Path: binDir + "/python3", Mode: fs.ModeSymlink | 0o777, Link: "python"},
		{Path: binDir + "/" + name, Mode: fs.ModeSymlink | 0o777, Link: "python"},
	} {
		in.owners[e.Path] = "the virtual environment"
		if err := in.tree.Add(e); err != nil {
			return err
		}
	}
	return nil
}

// writeResult gives the file its name only when it is complete.
func writeResult(name string, r any) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".partial", append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return os.Rename(name+".partial", name)
}
