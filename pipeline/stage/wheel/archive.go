package wheel

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// archive is an open wheel whose hash the lock has and whose entries are safe.
type archive struct {
	io.Closer
	file    filename
	id      string               // NAME==VERSION of the lock
	members map[string]*zip.File // regular files by path
	info    string               // "mcp-1.0.dist-info"
	data    string               // "mcp-1.0.data"
	meta    metadata
}

// open checks the hash before anything in the file is looked at. The file must not change while it is open.
func open(name string, p pylock.Package, l Limits) (*archive, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a := &archive{Closer: f, id: p.ID(), members: map[string]*zip.File{}}
	if err := a.read(f, p, l); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return a, nil
}

func (a *archive) read(f *os.File, p pylock.Package, l Limits) error {
	var err error
	if a.file, err = parseFilename(filepath.Base(f.Name())); err != nil {
		return err
	}
	if a.file.name != p.Name || !pylock.SameVersion(a.file.version, p.Version) {
		return fmt.Errorf("%w: it is %s==%s, want %s", ErrPackage, a.file.name, a.file.version, p.ID())
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > l.WheelBytes {
		return fmt.Errorf("%w: it has %d bytes, want at most %d (WheelBytes)", ErrLimit, info.Size(), l.WheelBytes)
	}
	r, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%w: %v", ErrWheel, err)
	}
	if len(r.File) > l.Entries {
		return fmt.Errorf("%w: it has %d entries, want at most %d (Entries)", ErrLimit, len(r.File), l.Entries)
	}
	var size int64
	for _, m := range r.File {
		if err := a.add(m, l); err != nil {
			return err
		}
		if size += int64(m.UncompressedSize64); size > l.PackageBytes {
			return fmt.Errorf("%w: it unpacks to more than %d bytes (PackageBytes)", ErrLimit, l.PackageBytes)
		}
	}
	return a.identify(p)
}

// add takes one entry of the archive's directory. Folders need no entries of their own.
func (a *archive) add(m *zip.File, l Limits) error {
	name := strings.TrimSuffix(m.Name, "/")
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00:") {
		return fmt.Errorf("%w: the path %q is not a clean one inside the package", ErrWheel, m.Name)
	}
	if len(name) > l.PathBytes || strings.Count(name, "/") > l.Depth {
		return fmt.Errorf("%w: the path %.80q... has %d bytes and %d folders, want at most %d (PathBytes) and %d (Depth)", ErrLimit, name, len(name), strings.Count(name, "/"), l.PathBytes, l.Depth)
	}
	if m.Mode().IsDir() {
		return nil
	}
	switch {
	case !m.Mode().IsRegular():
		return fmt.Errorf("%w: %q is of type %v, want files and folders", ErrWheel, name, m.Mode().Type())
	case m.Flags&1 != 0:
		return fmt.Errorf("%w: %q is encrypted", ErrWheel, name)
	case m.UncompressedSize64 > uint64(l.PackageBytes):
		return fmt.Errorf("%w: %q has %d bytes, want at most %d (PackageBytes)", ErrLimit, name, m.UncompressedSize64, l.PackageBytes)
	case m.UncompressedSize64 > 1<<20 && m.UncompressedSize64/max(m.CompressedSize64, 1) > uint64(l.Ratio):
		return fmt.Errorf("%w: %q unpacks to %d times its size, want at most %d (Ratio)", ErrLimit, name, m.UncompressedSize64/max(m.CompressedSize64, 1), l.Ratio)
	}
	if _, again := a.members[name]; again {
		return fmt.Errorf("%w: got %q twice, want it once", ErrWheel, name)
	}
	a.members[name] = m
	return nil
}

// identify finds the one .dist-info folder and compares what it says with the lock.
func (a *archive) identify(p pylock.Package) error {
	for name := range a.members {
		top, _, _ := strings.Cut(name, "/")
		if !strings.HasSuffix(top, ".dist-info") || top == a.info {
			continue
		}
		if a.info != "" {
			return fmt.Errorf("%w: got the folders %q and %q, want one .dist-info", ErrWheel, a.info, top)
		}
		a.info = top
	}
	stem := strings.TrimSuffix(a.info, ".dist-info")
	name, version, _ := strings.Cut(stem, "-")
	if pylock.CanonicalName(name) != p.Name || !pylock.SameVersion(version, p.Version) {
		return fmt.Errorf("%w: got the folder %q, want the .dist-info of %s", ErrPackage, a.info, p.ID())
	}
	a.data = stem + ".data"
	return a.readMetadata(p)
}

// source streams a member. The zip reader fails when the member is longer or shorter than its header says or its checksum differs.
type source struct{ f *zip.File }

func (s source) Open() (io.ReadCloser, error) { return s.f.Open() }
func (s source) Size() int64                  { return int64(s.f.UncompressedSize64) }

// maxText bounds the files of .dist-info that are read whole.
const maxText = 16 << 20

// text reads a small member; one that is not there is nil.
func (a *archive) text(name string) ([]byte, error) {
	f, ok := a.members[path.Join(a.info, name)]
	if !ok {
		return nil, nil
	}
	if f.UncompressedSize64 > maxText {
		return nil, fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrLimit, f.Name, f.UncompressedSize64, maxText)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %v", ErrWheel, f.Name, err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %v", ErrWheel, f.Name, err)
	}
	return raw, nil
}

// hashFile is the SHA-256 of a file of at most limit bytes, hex.
func hashFile(name string, limit int64) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("%w: %q has more than %d bytes (WheelBytes)", ErrLimit, filepath.Base(name), limit)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
