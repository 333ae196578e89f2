// Package rootfs opens OCI image layouts and unpacks images, with their owners and modes, into folders.
package rootfs

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// Index opens the one image index of a layout.
func Index(dir string) (v1.ImageIndex, error) {
	top, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the layout in %q: %w", dir, err)
	}
	m, err := top.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading index.json in %q: %w", dir, err)
	}
	if len(m.Manifests) != 1 {
		return nil, fmt.Errorf("reading index.json in %q: got %d manifests, want 1", dir, len(m.Manifests))
	}
	return top.ImageIndex(m.Manifests[0].Digest)
}

// Platform returns the image for Linux on an architecture.
func Platform(idx v1.ImageIndex, architecture string) (v1.Image, error) {
	m, err := idx.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range m.Manifests {
		if d.Platform != nil && d.Platform.OS == "linux" && d.Platform.Architecture == architecture {
			return idx.Image(d.Digest)
		}
	}
	return nil, fmt.Errorf("choosing a platform: the index has no linux/%s", architecture)
}

// Unpack writes an image's file system to a folder. The folders above it, up to the one for temporary files, are opened for all users, so
// that the image's own user can pass through them.
func Unpack(img v1.Image, root string) error {
	for dir := root; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	r := mutate.Extract(img)
	defer r.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = write(root, h, tr)
		}
		if err != nil {
			return fmt.Errorf("unpacking into %q: %w", root, err)
		}
	}
}

func write(root string, h *tar.Header, r io.Reader) error {
	name := filepath.Join(root, filepath.FromSlash(h.Name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.MkdirAll(name, 0o755); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, name)
	default:
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, r); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	if err := os.Lchown(name, h.Uid, h.Gid); err != nil {
		return err
	}
	return os.Chmod(name, h.FileInfo().Mode().Perm()|h.FileInfo().Mode()&os.ModeSticky)
}
