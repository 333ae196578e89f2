package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"dagger/dockyard/ci/e2e/rootfs"
)

// index opens the one image index of a layout.
func index(t testing.TB, dir string) v1.ImageIndex {
	t.Helper()
	idx, err := rootfs.Index(dir)
	if err != nil {
		t.Fatal(err)
	}
	return idx
}

// platform returns the image of a platform.
func platform(t testing.TB, idx v1.ImageIndex, architecture string) v1.Image {
	t.Helper()
	img, err := rootfs.Platform(idx, architecture)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// unpack writes an image's file system, with its owners and modes, to a new folder.
func unpack(t testing.TB, img v1.Image) string {
	t.Helper()
	root := t.TempDir()
	if err := rootfs.Unpack(img, root); err != nil {
		t.Fatal(err)
	}
	return root
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
