package npm

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/layer"
)

// linkBins makes node_modules/.bin as npm does (arborist, rebuild.js; bin-links): a link for each executable of each package, beside the
// folder the package is in. Where packages have one name, the first in npm's order has it, even if its file is missing. A file that is linked
// becomes executable, and so does every executable of a package with a tarball of its own.
func (in *installation) linkBins() error {
	entries := slices.Clone(in.entries)
	slices.SortStableFunc(entries, byDepth)
	taken := map[string]bool{}
	for _, e := range entries {
		for _, b := range normalizeBins(e.Package(), e.Bin) {
			target := path.Join(appDir, e.Path, b.file)
			if !e.InBundle {
				if err := in.makeExecutable(target); err != nil {
					return err
				}
			}
			at := path.Join(appDir, strings.TrimSuffix(e.Path, e.Folder()), ".bin", b.name)
			if taken[at] {
				continue
			}
			taken[at] = true
			if _, ok := in.tree.Lookup(target); !ok {
				in.warn("%s: the executable %q names the file %q, which is not there", e.ID(), b.name, b.file)
				continue
			}
			if err := in.link(at, path.Join("..", e.Folder(), b.file), target); err != nil {
				return fmt.Errorf("%w: %s: executable %q: %w", ErrPackage, e.ID(), b.name, err)
			}
		}
	}
	return nil
}

func (in *installation) link(at, relative, target string) error {
	if err := in.tree.Replace(layer.Entry{Path: at, Mode: fs.ModeSymlink | 0o777, Link: relative}); err != nil {
		return err
	}
	if err := in.makeExecutable(target); err != nil {
		return err
	}
	return in.mendShebang(target)
}

func (in *installation) makeExecutable(name string) error {
	e, ok := in.tree.Lookup(name)
	if !ok || !e.Mode.IsRegular() || e.Mode&0o111 == 0o111 {
		return nil
	}
	e.Mode |= 0o111
	return in.tree.Replace(e)
}

// windowsShebang is a first line that Unix kernels cannot use; npm mends it (bin-links, fix-bin.js).
var windowsShebang = regexp.MustCompile(`^(#![^\n]+)\r\n`)

const (
	shebangBytes = 2048     // how far npm looks for the end of the first line
	maxScript    = 64 << 20 // bytes of an executable that is read to be mended
)

func (in *installation) mendShebang(name string) error {
	e, _ := in.tree.Lookup(name)
	head, err := head(e, shebangBytes)
	if err != nil || !windowsShebang.Match(head) {
		return err
	}
	raw, err := in.content(name, maxScript)
	if err != nil {
		return err
	}
	e.Data = layer.Bytes(windowsShebang.ReplaceAll(raw, []byte("$1\n")))
	return in.tree.Replace(e)
}

// bin is one executable of a package: its name and its file inside the package.
type bin struct{ name, file string }

// normalizeBins cleans the field "bin" as npm does (npm-normalize-package-bin): names lose their folders, files cannot leave the package. An
// executable without a name has that of the package. Of several that come out with one name the last of the sorted ones counts.
func normalizeBins(pkg string, bins npmlock.Bin) []bin {
	files := map[string]string{}
	for _, key := range sortedKeys(bins) {
		name, file := key, bins[key]
		if name == "" {
			name = pkg
		}
		name = path.Base(strings.NewReplacer(`\`, "/", ":", "/").Replace(name))
		file = strings.TrimPrefix(path.Join("/", strings.ReplaceAll(file, `\`, "/")), "/")
		if name == "/" || name == "." || name == ".." || file == "" {
			continue
		}
		files[name] = file
	}
	var out []bin
	for _, name := range sortedKeys(files) {
		out = append(out, bin{name, files[name]})
	}
	return out
}

func sortedKeys[M ~map[string]string](m M) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
