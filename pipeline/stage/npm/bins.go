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

// linkBins makes node_modules/.bin as npm does: a link for each executable of each package, beside the folder the package is in. Where two
// packages have one name, the first in the order of paths wins. The files themselves become executable.
func (in *installation) linkBins() error {
	entries := slices.Clone(in.entries)
	slices.SortStableFunc(entries, func(a, b npmlock.Entry) int { return depth(a.Path) - depth(b.Path) })
	for _, e := range entries {
		for _, b := range normalizeBins(e.Folder(), e.Bin) {
			target := path.Join(appDir, e.Path, b.file)
			if f, ok := in.tree.Lookup(target); !ok || !f.Mode.IsRegular() {
				// npm leaves such a link dangling or out; an entry point is checked on its own.
				in.warn("%s: the executable %q names the file %q, which is not there", e.ID(), b.name, b.file)
				continue
			}
			if err := in.makeExecutable(target); err != nil {
				return err
			}
			if err := in.link(e, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func depth(p string) int { return strings.Count(p, "node_modules/") }

func (in *installation) link(e npmlock.Entry, b bin) error {
	modules := path.Join(appDir, e.Path[:strings.LastIndex(e.Path, "node_modules/")+len("node_modules")])
	at := path.Join(modules, ".bin", b.name)
	if _, taken := in.tree.Lookup(at); taken {
		return nil
	}
	err := in.tree.Add(layer.Entry{Path: at, Mode: fs.ModeSymlink | 0o777, Link: path.Join("..", e.Folder(), b.file)})
	if err != nil {
		return fmt.Errorf("%w: %s: executable %q: %v", ErrPackage, e.ID(), b.name, err)
	}
	return nil
}

// windowsShebang is a first line that Unix kernels cannot use; npm mends it (bin-links, fix-bin.js).
var windowsShebang = regexp.MustCompile(`^(#![^\n]+)\r\n`)

// maxScript bounds an executable that is read for its first line to be mended.
const maxScript = 64 << 20

func (in *installation) makeExecutable(name string) error {
	e, _ := in.tree.Lookup(name)
	e.Mode |= 0o111
	in.bins[name] = true
	head, err := in.head(e, 2048)
	if err != nil {
		return err
	}
	if windowsShebang.Match(head) {
		raw, err := in.content(name, maxScript)
		if err != nil {
			return err
		}
		e.Data = layer.Bytes(windowsShebang.ReplaceAll(raw, []byte("$1\n")))
	}
	return in.tree.Replace(e)
}

// head reads the beginning of a file.
func (in *installation) head(e layer.Entry, n int) ([]byte, error) {
	if e.Data == nil {
		return nil, nil
	}
	r, err := e.Data.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := make([]byte, n)
	got, err := readFull(r, buf)
	return buf[:got], err
}

// bin is one executable of a package: its name and its file inside the package.
type bin struct{ name, file string }

// normalizeBins cleans the field "bin" as npm does (npm-normalize-package-bin): names lose their folders, files cannot leave the package.
func normalizeBins(folder string, bins npmlock.Bin) []bin {
	var out []bin
	for name, file := range bins {
		if name == "" {
			name = folder
		}
		name = path.Base("/" + strings.NewReplacer(`\`, "/", ":", "/").Replace(name))
		file = strings.TrimPrefix(path.Join("/", strings.ReplaceAll(file, `\`, "/")), "/")
		if name != "" && name != "/" && name != "." && file != "" {
			out = append(out, bin{name, file})
		}
	}
	slices.SortFunc(out, func(a, b bin) int { return strings.Compare(a.name, b.name) })
	return out
}
