package e2e

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// index opens the one image index of a layout.
func index(t testing.TB, dir string) v1.ImageIndex {
	t.Helper()
	top, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatalf("reading the layout: %v", err)
	}
	m, err := top.IndexManifest()
	if err != nil || len(m.Manifests) != 1 {
		t.Fatalf("index.json: got %d manifests (%v), want 1", len(m.Manifests), err)
	}
	child, err := top.ImageIndex(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// platform returns the image of a platform.
func platform(t testing.TB, idx v1.ImageIndex, architecture string) v1.Image {
	t.Helper()
	m, err := idx.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.Manifests {
		if d.Platform != nil && d.Platform.OS == "linux" && d.Platform.Architecture == architecture {
			img, err := idx.Image(d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			return img
		}
	}
	t.Fatalf("the index has no linux/%s", architecture)
	return nil
}

// unpack writes an image's file system, with its owners and modes, to a new folder.
func unpack(t testing.TB, img v1.Image) string {
	t.Helper()
	root := t.TempDir()
	// The sandbox's user must be able to pass through the folders above the root.
	for dir := root; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	r := mutate.Extract(img)
	defer r.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err == nil {
			err = write(root, h, tr)
		}
		if err != nil {
			t.Fatalf("unpacking: %v", err)
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

// owner is the numeric user an unpacked file belongs to.
func owner(info os.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }

// layers are the digests of an image's layers in one text.
func layers(t testing.TB, img v1.Image) string {
	t.Helper()
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range m.Layers {
		out = append(out, l.Digest.String())
	}
	return strings.Join(out, " ")
}

// cutoff is the date that a committed lock records.
func cutoff(t testing.TB, lock string) string {
	t.Helper()
	raw, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Dockyard struct{ Before string } }
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Dockyard.Before == "" {
		t.Fatalf("%s records no cut-off (%v)", lock, err)
	}
	return doc.Dockyard.Before
}
