package npm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// Install unpacks the packages of a platform and writes them as one layer, then its Result. Everything that is wrong with the packages is
// reported together, and nothing is written then.
func Install(o InstallOptions) (Result, error) {
	l, err := ReadLock(o.LockFile)
	if err != nil {
		return Result{}, err
	}
	entries, err := l.Select(o.Platform)
	if err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, fmt.Errorf("making the output folder: %w", err)
	}
	spools, err := newSpools(o.Out)
	defer func() {
		for _, s := range spools {
			s.close()
		}
	}()
	if err != nil {
		return Result{}, err
	}
	in := &installation{
		options: o, lock: l, entries: entries, manifests: map[string]manifest{},
		result: Result{SchemaVersion: 1, Platform: o.Platform, Packages: len(entries), SkippedScripts: []SkippedScript{}, Warnings: []string{}},
	}
	if err := in.run(spools); err != nil {
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
	tree      layer.Tree
	manifests map[string]manifest // package.json by path of the entry
	result    Result
}

func (in *installation) run(spools []*spool) error {
	if err := in.place(spools); err != nil {
		return err
	}
	if err := in.linkBins(); err != nil {
		return err
	}
	elf, elfErr := elfcheck.Check(&in.tree, elfcheck.Options{Platform: in.options.Platform, Glibc: in.options.Glibc})
	in.result.ELF = elf
	scriptErr := in.checkScripts(elf)
	entryErr := in.entrypoint(elf)
	return errors.Join(elfErr, scriptErr, entryErr)
}

func (in *installation) warn(format string, args ...any) {
	in.result.Warnings = append(in.result.Warnings, fmt.Sprintf(format, args...))
}

// content reads a file of the tree, at most limit bytes of it.
func (in *installation) content(name string, limit int64) ([]byte, error) {
	e, ok := in.tree.Lookup(name)
	if !ok || !e.Mode.IsRegular() {
		return nil, fs.ErrNotExist
	}
	r, err := e.Data.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAtMost(r, limit, strings.TrimPrefix(name, appDir+"/"))
}
