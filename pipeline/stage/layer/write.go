package layer

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
)

// MediaType is the type of the blobs that Write makes (OCI image specification, "Image Layer Filesystem Changeset").
const MediaType = "application/vnd.oci.image.layer.v1.tar+gzip"

// Names of the files that Write leaves in its folder.
const (
	BlobName       = "layer.tar.gz"
	DescriptorName = "layer.json"
)

// level is the compression level: for the Node.js program, the largest file of most images, it takes 2.1 s and gives 46.0 MB, against
// 1.3 s and 47.6 MB at the default and 6.6 s and 45.9 MB at the best.
const level = 8

// epoch is the modification time of every entry. It is the same for all layers, so that equal trees give equal bytes.
var epoch = time.Unix(0, 0).UTC()

// Descriptor describes one written layer. Digests are "sha256:HEX"; sizes are bytes.
type Descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
	DiffID    string `json:"diffID"`   // digest of the uncompressed tar
	Unpacked  int64  `json:"unpacked"` // sum of the sizes of the regular files
	Entries   int    `json:"entries"`
}

// Write writes the tree as layer.tar.gz and its Descriptor as layer.json into an existing folder, the descriptor last: a folder with
// a layer.json is complete. The compressor is the one pinned in go.mod, not the standard library's, because the latter may compress
// differently with another Go release.
func Write(dir string, t *Tree) (Descriptor, error) {
	d, err := writeBlob(filepath.Join(dir, BlobName), t)
	if err != nil {
		return Descriptor{}, fmt.Errorf("writing layer %q: %w", filepath.Join(dir, BlobName), err)
	}
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return Descriptor{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, DescriptorName), append(raw, '\n'), 0o644); err != nil {
		return Descriptor{}, fmt.Errorf("writing layer descriptor: %w", err)
	}
	return d, nil
}

// Read returns the descriptor of a layer that Write left in dir.
func Read(dir string) (Descriptor, error) {
	var d Descriptor
	raw, err := os.ReadFile(filepath.Join(dir, DescriptorName))
	if err != nil {
		return d, fmt.Errorf("reading layer descriptor: %w", err)
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("reading layer descriptor %q: %w", filepath.Join(dir, DescriptorName), err)
	}
	return d, nil
}

func writeBlob(name string, t *Tree) (d Descriptor, err error) {
	f, err := os.Create(name)
	if err != nil {
		return d, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	blob := &meter{w: f, h: sha256.New()}
	zw, err := gzip.NewWriterLevel(blob, level)
	if err != nil {
		return d, err
	}
	plain := &meter{w: zw, h: sha256.New()}
	tw := tar.NewWriter(plain)
	for _, e := range t.Entries() {
		if err := writeEntry(tw, e); err != nil {
			return d, fmt.Errorf("entry %q: %w", e.Path, err)
		}
		d.Entries++
		if e.Mode.IsRegular() && e.Data != nil {
			d.Unpacked += e.Data.Size()
		}
	}
	if err := tw.Close(); err != nil {
		return d, err
	}
	if err := zw.Close(); err != nil {
		return d, err
	}
	d.MediaType, d.Digest, d.Size, d.DiffID = MediaType, blob.digest(), blob.n, plain.digest()
	return d, nil
}

func writeEntry(tw *tar.Writer, e Entry) error {
	h := &tar.Header{
		Name: e.Path, Mode: int64(e.Mode.Perm()), Uid: e.UID, Gid: e.GID, ModTime: epoch,
		Typeflag: tar.TypeReg, Format: tar.FormatPAX,
	}
	if e.Mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	switch {
	case e.Mode.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, e.Path+"/"
	case e.Mode.Type() == fs.ModeSymlink:
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.Link, 0o777
	case e.Data != nil:
		h.Size = e.Data.Size()
	}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	if h.Typeflag != tar.TypeReg || e.Data == nil {
		return nil
	}
	return copyData(tw, e.Data)
}

func copyData(w io.Writer, s Source) error {
	r, err := s.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, r)
	if err == nil && n != s.Size() {
		err = fmt.Errorf("got %d bytes, want %d: the file changed while it was read", n, s.Size())
	}
	return err
}

// meter counts and hashes what passes through it.
type meter struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.h.Write(p[:n])
	m.n += int64(n)
	return n, err
}

func (m *meter) digest() string { return "sha256:" + hex.EncodeToString(m.h.Sum(nil)) }
