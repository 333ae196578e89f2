package sdist

import (
	"archive/tar"
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// entry is a file of an archive. Folders are there for their files alone.
type entry struct {
	name       string // clean path below the archive's one folder
	executable bool
	link       string // target of a symbolic link, as it stands in the archive; it does not leave the folder
}

// walker goes through an archive (PyPA "Source distribution format": one folder, in a .tar.gz or, of old, a .zip) and checks every entry before
// anything is done with it.
type walker struct {
	limits  Limits
	top     string
	entries int
	bytes   int64
	visit   func(e entry, r io.Reader) error
}

// walk calls visit for every file of the archive. A path that leaves the archive's folder, a link that points out of it, a file that is neither
// and anything above the limits end it with an error.
func walk(name string, l Limits, visit func(e entry, r io.Reader) error) error {
	w := &walker{limits: l, visit: visit}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(name, ".zip") {
		err = w.zip(f)
	} else {
		err = w.tar(f)
	}
	if err == nil && w.top == "" {
		err = fmt.Errorf("%w: it is empty", ErrArchive)
	}
	return err
}

func (w *walker) tar(f io.Reader) error {
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrArchive, err)
	}
	// What headers and padding take is bounded too.
	tr := tar.NewReader(io.LimitReader(zr, w.limits.Unpacked+int64(w.limits.Entries)*4096))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %v", ErrArchive, err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		e, err := w.entry(h.Name, h.Size)
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeReg:
			e.executable = h.Mode&0o111 != 0
		case tar.TypeSymlink:
			if e.link, err = inside(e.name, h.Linkname); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: %q is of type %q, want files, folders and symbolic links", ErrArchive, h.Name, h.Typeflag)
		}
		if err := w.file(e, tr); err != nil {
			return err
		}
	}
}

func (w *walker) zip(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zr, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%w: %v", ErrArchive, err)
	}
	for _, m := range zr.File {
		if m.UncompressedSize64 > uint64(w.limits.Unpacked) {
			return fmt.Errorf("%w: %.120q has %d bytes, want at most %d (Unpacked)", ErrLimit, m.Name, m.UncompressedSize64, w.limits.Unpacked)
		}
		e, err := w.entry(m.Name, int64(m.UncompressedSize64))
		if err != nil {
			return err
		}
		switch mode := m.Mode(); {
		case mode.IsDir():
			continue
		case !mode.IsRegular():
			return fmt.Errorf("%w: %q is of type %v, want files and folders", ErrArchive, m.Name, mode.Type())
		default:
			e.executable = mode&0o111 != 0
		}
		r, err := m.Open()
		if err != nil {
			return fmt.Errorf("%w: %q: %v", ErrArchive, m.Name, err)
		}
		err = w.file(e, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// entry checks the path and the size of an entry.
func (w *walker) entry(raw string, size int64) (entry, error) {
	if w.entries++; w.entries > w.limits.Entries {
		return entry{}, fmt.Errorf("%w: it has more than %d entries (Entries)", ErrLimit, w.limits.Entries)
	}
	if w.bytes += size; size < 0 || w.bytes > w.limits.Unpacked {
		return entry{}, fmt.Errorf("%w: it unpacks to more than %d bytes (Unpacked)", ErrLimit, w.limits.Unpacked)
	}
	name := strings.TrimSuffix(strings.TrimPrefix(raw, "./"), "/")
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") || !utf8.ValidString(name) {
		return entry{}, fmt.Errorf("%w: the path %.120q is not a clean one inside the archive's folder", ErrArchive, raw)
	}
	if len(name) > w.limits.PathBytes || strings.Count(name, "/") > w.limits.Depth {
		return entry{}, fmt.Errorf("%w: the path %.80q... has %d bytes and %d folders, want at most %d (PathBytes) and %d (Depth)", ErrLimit, name, len(name), strings.Count(name, "/"), w.limits.PathBytes, w.limits.Depth)
	}
	top, below, _ := strings.Cut(name, "/")
	if w.top == "" {
		w.top = top
	}
	if top != w.top {
		return entry{}, fmt.Errorf("%w: it has %q and %q at its top, want one folder", ErrArchive, w.top, top)
	}
	return entry{name: below}, nil
}

func (w *walker) file(e entry, r io.Reader) error {
	if e.name == "" {
		return fmt.Errorf("%w: %q at its top is a file, want one folder", ErrArchive, w.top)
	}
	return w.visit(e, r)
}

// inside returns the target of a link at a path, which must be relative and stay in the folder.
func inside(at, target string) (string, error) {
	to := path.Join(path.Dir(at), target)
	if path.IsAbs(target) || to == ".." || strings.HasPrefix(to, "../") || strings.ContainsAny(target, "\\\x00") {
		return "", fmt.Errorf("%w: the link %.120q points out of the archive's folder, to %.120q", ErrArchive, at, target)
	}
	return target, nil
}

// unpack writes the archive's folder to dir, which is there and empty. The second guard against leaving it is the kernel's: nothing is opened
// through a link that leads out.
func unpack(name, dir string, l Limits) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return walk(name, l, func(e entry, r io.Reader) error {
		if err := write(root, e, r); err != nil {
			return fmt.Errorf("%w: unpacking %.120q: %v", ErrArchive, e.name, err)
		}
		return nil
	})
}

func write(root *os.Root, e entry, r io.Reader) error {
	if parent := path.Dir(e.name); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	if e.link != "" {
		return root.Symlink(e.link, e.name)
	}
	mode := fs.FileMode(0o644)
	if e.executable {
		mode = 0o755
	}
	// An entry that is there twice is refused: which of them counts would depend on who unpacks.
	f, err := root.OpenFile(e.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return root.Chtimes(e.name, epoch, epoch)
}

// read returns one file of the archive, of at most limit bytes, and nil when it is not there. Every other entry is checked as well.
func read(name, member string, limit int64, l Limits) ([]byte, error) {
	found, err := readSome(name, func(n string) bool { return n == member }, limit, l)
	return found[member], err
}

// readSome returns the files of the archive whose names are wanted, each of at most limit bytes. Every other entry is checked as well.
func readSome(name string, wanted func(string) bool, limit int64, l Limits) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := walk(name, l, func(e entry, r io.Reader) error {
		if !wanted(e.name) {
			return nil
		}
		if e.link != "" || out[e.name] != nil {
			return fmt.Errorf("%w: %q is a link or there twice", ErrArchive, e.name)
		}
		raw, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			return fmt.Errorf("%w: %q: %v", ErrArchive, e.name, err)
		}
		if int64(len(raw)) > limit {
			return fmt.Errorf("%w: %q has more than %d bytes", ErrLimit, e.name, limit)
		}
		out[e.name] = append([]byte{}, raw...)
		return nil
	})
	return out, err
}
