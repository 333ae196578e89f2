package npm

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// unpacked is one file of a package.
type unpacked struct {
	data       section
	executable bool
}

// contents is what a tarball holds by npm's rules (pacote, fetcher.js, tarxOptions; node-tar, unpack.js): the first path segment goes, folders
// are there for their files alone, links are left out, a .gitignore becomes .npmignore unless there is one, and a later entry's content
// replaces that of an earlier one at the same path, whose mode stays.
type contents struct {
	files   map[string]unpacked // by path below the package's folder
	links   int                 // links left out
	entries int
}

// tarReader reads one tarball into a spool.
type tarReader struct {
	limits  Limits
	spool   *spool
	out     contents
	bytes   int64           // of all files so far
	ignores map[string]bool // paths of .npmignore files as they stand in the archive
}

// readTarball unpacks a .tgz, or a plain tar as npm also takes it. Paths that leave the package and links that point out of it are refused,
// unlike npm, which skips them, and so are special files: no honest package has any.
func readTarball(packed *counter, s *spool, limits Limits) (contents, error) {
	t := &tarReader{limits: limits, spool: s, out: contents{files: map[string]unpacked{}}, ignores: map[string]bool{}}
	plain, err := gunzip(packed)
	if err != nil {
		return t.out, err
	}
	tr := tar.NewReader(&inflated{r: plain, packed: packed, limits: limits})
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return t.out, nil
		}
		if err != nil {
			return t.out, categorize(err)
		}
		if t.out.entries++; t.out.entries > limits.Entries {
			return t.out, tooMany("it has more entries", limits.Entries, "Entries")
		}
		if err := t.entry(h, tr); err != nil {
			return t.out, err
		}
	}
}

func gunzip(packed *counter) (io.Reader, error) {
	r := bufio.NewReaderSize(packed, 256<<10)
	if magic, _ := r.Peek(2); string(magic) != "\x1f\x8b" {
		return r, nil
	}
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrTarball, err)
	}
	return zr, nil
}

// categorize puts what went wrong while reading into its category.
func categorize(err error) error {
	var disk diskError
	switch {
	case errors.As(err, &disk), errors.Is(err, ErrLimit):
		return err
	}
	return fmt.Errorf("%w: %v", ErrTarball, err)
}

func (t *tarReader) entry(h *tar.Header, r io.Reader) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := t.name(h.Name)
	if err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeSymlink, tar.TypeLink:
		t.out.links++
		return insideLink(name, h)
	case tar.TypeDir:
		return nil
	case tar.TypeReg, tar.TypeCont:
		if name == "" || strings.HasSuffix(h.Name, "/") {
			return nil
		}
		return t.file(name, h, r)
	}
	return fmt.Errorf("%w: %q is of type %q, want files and folders", ErrTarball, h.Name, h.Typeflag)
}

func (t *tarReader) file(name string, h *tar.Header, r io.Reader) error {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return fmt.Errorf("%w: %q is a sparse file, want plain files", ErrTarball, name)
		}
	}
	if h.Size > t.limits.FileBytes {
		return tooMany(fmt.Sprintf("the file %q has %d bytes", name, h.Size), t.limits.FileBytes, "FileBytes")
	}
	if t.bytes += h.Size; t.bytes > t.limits.PackageBytes {
		return tooMany("it unpacks to more bytes", t.limits.PackageBytes, "PackageBytes")
	}
	switch path.Base(name) {
	case ".npmignore":
		t.ignores[name] = true
	case ".gitignore":
		name = path.Join(path.Dir(name), ".npmignore")
		if t.ignores[name] {
			return nil
		}
	}
	data, err := t.spool.add(r)
	if err != nil {
		return categorize(fmt.Errorf("reading %q: %w", name, err))
	}
	executable := h.Mode&0o111 != 0
	if old, ok := t.out.files[name]; ok {
		executable = old.executable
	}
	t.out.files[name] = unpacked{data, executable}
	return nil
}

// drive begins an absolute path on Windows, where npm strips it.
var drive = regexp.MustCompile(`^[A-Za-z]:`)

// name is an entry's path below the package's folder: what follows the first slash, as npm has it. It is "" for the folder itself and for what
// lies beside it.
func (t *tarReader) name(raw string) (string, error) {
	_, below, _ := strings.Cut(raw, "/")
	if strings.HasPrefix(raw, "/") || drive.MatchString(raw) || drive.MatchString(below) {
		return "", fmt.Errorf("%w: the path %.120q is absolute", ErrTarball, raw)
	}
	if strings.ContainsAny(raw, "\\\x00") || !utf8.ValidString(raw) {
		return "", fmt.Errorf("%w: the path %.120q has characters that paths of packages do not have", ErrTarball, raw)
	}
	for _, s := range strings.Split(raw, "/") {
		if s == ".." {
			return "", fmt.Errorf("%w: the path %.120q leads out of the package", ErrTarball, raw)
		}
	}
	name := strings.TrimPrefix(path.Clean("/"+below), "/")
	if len(name) > t.limits.PathBytes {
		return "", tooMany(fmt.Sprintf("the path %.80q... has %d bytes", name, len(name)), t.limits.PathBytes, "PathBytes")
	}
	if n := strings.Count(name, "/"); n > t.limits.Depth {
		return "", tooMany(fmt.Sprintf("the path %.80q... is %d folders deep", name, n), t.limits.Depth, "Depth")
	}
	return name, nil
}

// insideLink refuses a link whose target is outside the package.
func insideLink(name string, h *tar.Header) error {
	target := h.Linkname
	if h.Typeflag == tar.TypeLink { // relative to the tarball's top
		_, target, _ = strings.Cut(target, "/")
	} else {
		target = path.Join(path.Dir(name), target)
	}
	target = path.Clean(target)
	if path.IsAbs(h.Linkname) || target == ".." || strings.HasPrefix(target, "../") {
		return fmt.Errorf("%w: the link %.120q points out of the package, to %.120q", ErrTarball, name, h.Linkname)
	}
	return nil
}
