package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// InstallOptions say what to install for which platform.
type InstallOptions struct {
	LockFile   string
	Tarballs   string // folder that Fetch filled
	Platform   string // "linux/amd64"
	Package    string // npm name of the server
	Version    string
	Entrypoint string // name of the executable that is the server; "" chooses it
	Glibc      string // newest glibc version the base offers, "2.41"; "" does not check
	Out        string // folder for layer.tar.gz, layer.json and install.json; made when it is missing
	Limits     Limits
}

// ResultName is the file that Install writes last.
const ResultName = "install.json"

// Result is install.json.
type Result struct {
	SchemaVersion  int             `json:"schemaVersion"`
	Platform       string          `json:"platform"`
	Package        Package         `json:"package"`
	Entrypoint     []string        `json:"entrypoint"`
	Packages       int             `json:"packages"`
	SkippedScripts []SkippedScript `json:"skippedScripts"`
	ELF            elfcheck.Result `json:"elf"`
	Warnings       []string        `json:"warnings"`
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

// Install unpacks the packages of a platform and writes them as one layer. Everything that is wrong with the packages is reported together.
func Install(o InstallOptions) (Result, error) {
	l, err := readLock(o.LockFile)
	if err != nil {
		return Result{}, err
	}
	entries, err := l.Select(o.Platform)
	if err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, err
	}
	work, err := os.MkdirTemp(o.Out, "unpacked-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(work)
	in := &installation{
		options: o, lock: l, entries: entries, unpacker: unpacker{dir: work, limits: o.Limits.withDefaults()},
		manifests: map[string]manifest{}, bins: map[string]bool{},
		result: Result{SchemaVersion: 1, Platform: o.Platform, Packages: len(entries), SkippedScripts: []SkippedScript{}, Warnings: []string{}},
	}
	if err := in.run(); err != nil {
		return Result{}, err
	}
	if _, err := layer.Write(o.Out, &in.tree); err != nil {
		return Result{}, err
	}
	return in.result, writeResult(filepath.Join(o.Out, ResultName), in.result)
}

// installation is one platform's tree in the making.
type installation struct {
	options   InstallOptions
	lock      *npmlock.Lock
	entries   []npmlock.Entry
	unpacker  unpacker
	tree      layer.Tree
	manifests map[string]manifest // package.json by path of the entry
	bins      map[string]bool     // targets of executables, which npm makes executable
	result    Result
}

func (in *installation) run() error {
	if err := in.unpackAll(); err != nil {
		return err
	}
	if err := in.linkBins(); err != nil {
		return err
	}
	elf, elfErr := elfcheck.Check(&in.tree, elfcheck.Options{Platform: in.options.Platform, Glibc: in.options.Glibc})
	in.result.ELF = elf
	scriptErr := in.checkScripts(elf)
	entryErr := in.entrypoint()
	return errors.Join(elfErr, scriptErr, entryErr)
}

// unpackAll puts the packages into the tree, parents before the packages inside them. Bundled ones come with their parents' tarballs.
func (in *installation) unpackAll() error {
	var errs []error
	for _, e := range in.entries {
		if e.InBundle {
			continue
		}
		if err := in.unpackOne(e); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, e := range in.entries {
		if err := in.readManifest(e); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (in *installation) unpackOne(e npmlock.Entry) error {
	sum, err := e.SHA512()
	if err != nil {
		return err
	}
	c, err := in.unpacker.unpack(e.ID(), filepath.Join(in.options.Tarballs, tarballName(sum)))
	if err != nil {
		return err
	}
	for _, l := range c.links {
		in.warn("%s: the link %q was left out, as npm does", e.ID(), l)
	}
	top := path.Join(appDir, e.Path)
	for _, name := range sorted(c.files) {
		if err := in.add(top, c.files[name]); err != nil {
			return fmt.Errorf("%w: %s: %v", ErrTarball, e.ID(), err)
		}
	}
	return nil
}

func (in *installation) add(top string, f unpacked) error {
	at := layer.Entry{Path: path.Join(top, f.path), Mode: 0o644}
	switch {
	case f.dir:
		at.Mode = fs.ModeDir | 0o755
	case f.executable:
		at.Mode, at.Data = 0o755, layer.File{Path: f.file, Len: f.size}
	default:
		at.Data = layer.File{Path: f.file, Len: f.size}
	}
	return in.tree.Replace(at)
}

func (in *installation) warn(format string, args ...any) {
	in.result.Warnings = append(in.result.Warnings, fmt.Sprintf(format, args...))
}

func sorted(m map[string]unpacked) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
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

// content reads a file of the tree, at most limit bytes of it.
func (in *installation) content(name string, limit int64) ([]byte, error) {
	e, ok := in.tree.Lookup(name)
	if !ok || !e.Mode.IsRegular() {
		return nil, fs.ErrNotExist
	}
	if e.Data == nil {
		return nil, nil
	}
	r, err := e.Data.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAtMost(r, limit, strings.TrimPrefix(name, appDir+"/"))
}
