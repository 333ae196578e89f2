package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dagger/dockyard/pipeline/stage/layer"
)

// ErrBlob is the category of blobs that are not what their descriptor says.
var ErrBlob = errors.New("blob differs from its descriptor")

// layout is a folder in the making (OCI image specification, "Image Layout").
type layout struct{ dir string }

func createLayout(dir string) (*layout, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("creating layout %q: the folder is not empty; choose a new one", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755); err != nil {
		return nil, fmt.Errorf("creating layout: %w", err)
	}
	return &layout{dir}, nil
}

func (l *layout) path(digest string) string {
	return filepath.Join(l.dir, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
}

// put stores bytes as a blob.
func (l *layout) put(mediaType string, raw []byte) (Descriptor, error) {
	sum := sha256.Sum256(raw)
	d := Descriptor{MediaType: mediaType, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(raw))}
	return d, writeFile(l.path(d.Digest), raw)
}

func (l *layout) putJSON(mediaType string, v any, d *Descriptor) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	*d, err = l.put(mediaType, raw)
	return err
}

// copyLayer stores the layer of a folder and checks it against its descriptor on the way. A layer that is there already is not copied
// again: platforms share what is the same.
func (l *layout) copyLayer(folder string) (layer.Descriptor, error) {
	d, err := layer.Read(folder)
	if err != nil {
		return d, err
	}
	if err := checkLayer(d); err != nil {
		return d, fmt.Errorf("reading layer %q: %w", folder, err)
	}
	if info, err := os.Stat(l.path(d.Digest)); err == nil {
		if info.Size() != d.Size {
			return d, fmt.Errorf("%w: layer %q: got %d bytes, want %d", ErrBlob, folder, info.Size(), d.Size)
		}
		return d, nil
	}
	in, err := os.Open(filepath.Join(folder, layer.BlobName))
	if err != nil {
		return d, err
	}
	defer in.Close()
	temp, err := os.CreateTemp(l.dir, "layer-*")
	if err != nil {
		return d, err
	}
	defer os.Remove(temp.Name())
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(temp, h), io.LimitReader(in, d.Size+1))
	if err := errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return d, err
	}
	if got := "sha256:" + hex.EncodeToString(h.Sum(nil)); got != d.Digest || n != d.Size {
		return d, fmt.Errorf("%w: layer %q: got %s of %d bytes, want %s of %d", ErrBlob, folder, got, n, d.Digest, d.Size)
	}
	return d, os.Rename(temp.Name(), l.path(d.Digest))
}

func checkLayer(d layer.Descriptor) error {
	if d.MediaType != layer.MediaType || !isDigest(d.Digest) || !isDigest(d.DiffID) || d.Size <= 0 {
		return fmt.Errorf("%w: got the descriptor %+v, want type %s, two sha256 digests and a size", ErrBlob, d, layer.MediaType)
	}
	return nil
}

func isDigest(s string) bool {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "sha256:"))
	return err == nil && len(raw) == sha256.Size && strings.HasPrefix(s, "sha256:") && s == strings.ToLower(s)
}

// finish writes the two files that make the folder a layout.
func (l *layout) finish(top Descriptor) error {
	if err := writeFile(filepath.Join(l.dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	raw, err := encode(index{SchemaVersion: 2, MediaType: typeIndex, Manifests: []Descriptor{top}})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(l.dir, "index.json"), raw)
}

// writeFile writes under another name and renames, so that a file with this name is whole.
func writeFile(name string, raw []byte) error {
	temp := name + ".part"
	if err := os.WriteFile(temp, raw, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, name)
}
