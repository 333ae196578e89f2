package npm

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Limits bound what tarballs may unpack to. The zero value of a field is its default.
type Limits struct {
	PackageBytes int64 // files of one package; 0 is 1 GiB
	TotalBytes   int64 // files of all packages of a platform; 0 is 4 GiB
	Entries      int   // files and folders of one package; 0 is 100,000
	PathBytes    int   // length of a path inside a package; 0 is 1,024
	Depth        int   // folders above a file inside a package; 0 is 64
}

func (l Limits) withDefaults() Limits {
	set := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	entries, pathBytes, depth := int64(l.Entries), int64(l.PathBytes), int64(l.Depth)
	set(&l.PackageBytes, 1<<30)
	set(&l.TotalBytes, 4<<30)
	set(&entries, 100_000)
	set(&pathBytes, 1024)
	set(&depth, 64)
	l.Entries, l.PathBytes, l.Depth = int(entries), int(pathBytes), int(depth)
	return l
}

// unpacked is one file of a package, its content on disk.
type unpacked struct {
	path       string // below the package's folder
	dir        bool
	executable bool
	file       string // where the content is
	size       int64
}

// unpacker reads tarballs into a folder of numbered files. Where a path is decided by the package, its content never is.
type unpacker struct {
	dir    string
	limits Limits
	files  int
	total  int64
}

// contents is what a tarball holds by npm's rules (pacote, fetcher.js, tarxOptions): the first path segment goes, links are left out, a
// .gitignore becomes .npmignore unless there is one. Later entries replace earlier ones of the same path.
type contents struct {
	files map[string]unpacked
	links []string // paths that were links, left out
}

// unpack reads one tarball. Paths that leave the package and links that point out of it are refused, unlike npm, which skips them: no honest
// package has any.
func (u *unpacker) unpack(id, tarball string) (contents, error) {
	f, err := os.Open(tarball)
	if err != nil {
		return contents{}, fmt.Errorf("opening the tarball of %s: %w", id, err)
	}
	defer f.Close()
	c, err := u.read(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return contents{}, fmt.Errorf("unpacking %s: %w", id, err)
	}
	return c, nil
}

func (u *unpacker) read(r io.Reader) (contents, error) {
	c := contents{files: map[string]unpacked{}}
	zr, err := gzip.NewReader(r)
	if err != nil {
		return c, fmt.Errorf("%w: %v", ErrTarball, err)
	}
	// Headers and padding count against the limit too: a bomb can be made of them alone.
	limited := &io.LimitedReader{R: zr, N: u.limits.PackageBytes + int64(u.limits.Entries)*2048}
	tr := tar.NewReader(limited)
	ignores := map[string]bool{}
	var size int64
	for n := 0; ; n++ {
		h, err := tr.Next()
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return c, nil
		case limited.N <= 0:
			return c, fmt.Errorf("%w: it unpacks to more than %d bytes (PackageBytes)", ErrLimit, u.limits.PackageBytes)
		case err != nil:
			return c, fmt.Errorf("%w: %v", ErrTarball, err)
		case n >= u.limits.Entries:
			return c, fmt.Errorf("%w: it has more than %d entries (Entries)", ErrLimit, u.limits.Entries)
		}
		name, err := u.name(h)
		if err != nil {
			return c, err
		}
		if name == "" {
			continue
		}
		switch h.Typeflag {
		case tar.TypeSymlink, tar.TypeLink:
			if err := insideLink(name, h); err != nil {
				return c, err
			}
			c.links = append(c.links, name)
			continue
		case tar.TypeDir:
			c.files[name] = unpacked{path: name, dir: true}
			continue
		case tar.TypeReg:
		default:
			return c, fmt.Errorf("%w: %q is of type %q, want files and folders", ErrTarball, h.Name, h.Typeflag)
		}
		if size += h.Size; size > u.limits.PackageBytes {
			return c, fmt.Errorf("%w: it unpacks to more than %d bytes (PackageBytes)", ErrLimit, u.limits.PackageBytes)
		}
		switch path.Base(name) {
		case ".npmignore":
			ignores[name] = true
		case ".gitignore":
			renamed := path.Join(path.Dir(name), ".npmignore")
			if ignores[renamed] {
				continue
			}
			name = renamed
		}
		if c.files[name], err = u.store(name, h, tr); err != nil {
			return c, err
		}
	}
}

// name is an entry's path below the package's folder, or "" for the folder itself and for what lies beside it.
func (u *unpacker) name(h *tar.Header) (string, error) {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return "", nil
	}
	raw := h.Name
	if strings.HasPrefix(raw, "/") || strings.ContainsAny(raw, "\\\x00") {
		return "", fmt.Errorf("%w: the path %q is absolute or has characters no path needs", ErrTarball, raw)
	}
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r == '/' })
	var clean []string
	for _, p := range parts {
		if p == ".." {
			return "", fmt.Errorf("%w: the path %q leaves the package", ErrTarball, raw)
		}
		if p != "." {
			clean = append(clean, p)
		}
	}
	if len(clean) < 2 {
		return "", nil
	}
	name := strings.Join(clean[1:], "/")
	if len(name) > u.limits.PathBytes {
		return "", fmt.Errorf("%w: the path %.80q... has %d bytes, want at most %d (PathBytes)", ErrLimit, name, len(name), u.limits.PathBytes)
	}
	if len(clean)-1 > u.limits.Depth {
		return "", fmt.Errorf("%w: the path %.80q... is %d folders deep, want at most %d (Depth)", ErrLimit, name, len(clean)-1, u.limits.Depth)
	}
	return name, nil
}

// insideLink refuses a link whose target is outside the package.
func insideLink(name string, h *tar.Header) error {
	target := h.Linkname
	if h.Typeflag == tar.TypeLink { // relative to the tarball's top
		_, below, _ := strings.Cut(target, "/")
		target = below
	} else if !path.IsAbs(target) {
		target = path.Join(path.Dir(name), target)
	}
	if path.IsAbs(h.Linkname) || target == ".." || strings.HasPrefix(path.Clean(target), "../") {
		return fmt.Errorf("%w: the link %q points out of the package, to %q", ErrTarball, name, h.Linkname)
	}
	return nil
}

func (u *unpacker) store(name string, h *tar.Header, r io.Reader) (unpacked, error) {
	if u.total += h.Size; u.total > u.limits.TotalBytes {
		return unpacked{}, fmt.Errorf("%w: all packages unpack to more than %d bytes (TotalBytes)", ErrLimit, u.limits.TotalBytes)
	}
	u.files++
	file := filepath.Join(u.dir, fmt.Sprintf("%d", u.files))
	f, err := os.Create(file)
	if err != nil {
		return unpacked{}, err
	}
	n, err := io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return unpacked{}, fmt.Errorf("%w: reading %q: %v", ErrTarball, name, err)
	}
	return unpacked{path: name, executable: h.Mode&0o111 != 0, file: file, size: n}, nil
}
