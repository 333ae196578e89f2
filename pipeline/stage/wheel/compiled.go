package wheel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/stage/layer"
)

// Bounds of what is taken from a compiler.
const (
	maxCompiled = 256 << 20 // bytes of one compiled file
	maxNamed    = 5         // files that a warning names
)

// magics are the first bytes of compiled files (CPython, Include/internal/pycore_magic_number.h) by minor version.
var magics = map[string][]byte{"3.13": {0xf3, 0x0d, 0x0d, 0x0a}}

// uncheckedHash are the flags of a compiled file that is bound to its source by a hash that is not looked at when it is loaded (PEP 552). It has
// no time in it, and the image's files do not change.
const uncheckedHash = 0b01

// sources are the paths of the Python files among the packages, sorted.
func (in *installation) sources() []string {
	var out []string
	for _, e := range in.tree.Entries() {
		if e.Mode.IsRegular() && strings.HasSuffix(e.Path, ".py") && strings.HasPrefix(e.Path, in.sitePackages()+"/") {
			out = append(out, e.Path)
		}
	}
	return out
}

// addCompiled puts the compiled form of each source beside it. Nothing else is taken from the compiler's folder.
func (in *installation) addCompiled() error {
	if in.options.Compiled == "" {
		return nil
	}
	sources := in.sources()
	missing, err := addCompiled(&in.tree, in.options.Compiled, in.options.Python, sources)
	in.result.Compiled = len(sources) - len(missing)
	if err == nil && len(missing) > 0 {
		in.result.Warnings = append(in.result.Warnings, fmt.Sprintf("%d of %d Python files cannot be compiled and will fail where they are imported: %s",
			len(missing), len(sources), some(missing)))
	}
	return err
}

// some names a few members of a list.
func some(list []string) string {
	if len(list) > maxNamed {
		return strings.Join(list[:maxNamed], ", ") + ", ..."
	}
	return strings.Join(list, ", ")
}

// addCompiled adds the compiled form of sources to a tree and returns those that have none. dir stands for /.
func addCompiled(t *layer.Tree, dir, python string, sources []string) (missing []string, err error) {
	magic, ok := magics[python]
	if !ok {
		return nil, fmt.Errorf("%w: got Python %q, want one whose compiled files are known", ErrCompiled, python)
	}
	tag := ".cpython-" + strings.ReplaceAll(python, ".", "") + ".pyc"
	var errs []error
	for _, name := range sources {
		at := path.Join(path.Dir(name), "__pycache__", strings.TrimSuffix(path.Base(name), ".py")+tag)
		file := filepath.Join(dir, filepath.FromSlash(at))
		size, err := checkCompiled(file, magic)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
			continue
		}
		if err == nil {
			err = t.Add(layer.Entry{Path: at, Mode: 0o644, Data: layer.File{Path: file, Len: size}})
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(sources) > 0 && len(missing) == len(sources) {
		errs = append(errs, fmt.Errorf("%w: none of %d Python files was compiled", ErrCompiled, len(sources)))
	}
	return missing, errors.Join(errs...)
}

// checkCompiled looks at the head of a compiled file: magic number, flags, hash (PEP 552).
func checkCompiled(name string, magic []byte) (int64, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxCompiled {
		return 0, fmt.Errorf("%w: %q is a %v of %d bytes, want a file of at most %d", ErrCompiled, name, info.Mode().Type(), info.Size(), maxCompiled)
	}
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, 16)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0, fmt.Errorf("%w: %q: %v", ErrCompiled, name, err)
	}
	if flags := binary.LittleEndian.Uint32(head[4:]); !bytes.Equal(head[:4], magic) || flags != uncheckedHash {
		return 0, fmt.Errorf("%w: %q begins with %x, want %x and the flags of an unchecked hash", ErrCompiled, name, head[:8], magic)
	}
	return info.Size(), nil
}

// LibraryOptions say which standard library to add compiled files to.
type LibraryOptions struct {
	Root     string // folder that stands for / and holds the base
	Compiled string // folder that stands for / and holds the compiled library
	Python   string // minor version of CPython: "3.13"
	Out      string // folder for layer.tar.gz and layer.json; made when it is missing
}

// Library makes a layer of the compiled form of the standard library, which Debian's packages leave to their installation.
func Library(o LibraryOptions) error {
	top := "usr/lib/python" + o.Python
	var sources []string
	err := filepath.WalkDir(filepath.Join(o.Root, filepath.FromSlash(top)), func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(name, ".py") {
			var rel string
			rel, err = filepath.Rel(o.Root, name)
			sources = append(sources, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("listing the standard library: %w", err)
	}
	slices.Sort(sources)
	var t layer.Tree
	missing, err := addCompiled(&t, o.Compiled, o.Python, sources)
	if err == nil && (len(missing) > 0 || len(sources) == 0) {
		err = fmt.Errorf("%w: %d of %d files of the standard library are not compiled: %s", ErrCompiled, len(missing), len(sources), some(missing))
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return err
	}
	_, err = layer.Write(o.Out, &t)
	return err
}
