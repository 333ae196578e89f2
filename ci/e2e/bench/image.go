package main

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"dagger/dockyard/ci/e2e/rootfs"
)

// architectures are those that images are built for.
var architectures = []string{"amd64", "arm64"}

const (
	nodePath    = "usr/local/bin/node"
	packagePath = "app/node_modules/"
)

// image measures what was built: how large it is, and how soon it answers.
func (b *bench) image(ctx context.Context) []row {
	say("size and start of the image")
	dir := filepath.Join(b.dir, "layout")
	defer os.RemoveAll(dir)
	if _, err := call(ctx, b.project, "build", "--server="+b.server, "layout", "export", "--path="+dir); err != nil {
		return missing(err, "image size", "start of the image")
	}
	idx, err := rootfs.Index(dir)
	if err != nil {
		return missing(err, "image size", "start of the image")
	}
	var rows []row
	for _, arch := range architectures {
		img, err := rootfs.Platform(idx, arch)
		if err != nil {
			rows = append(rows, missing(err, "image size, "+arch)...)
			continue
		}
		sized, err := sizes(img, arch)
		if err != nil {
			sized = missing(err, "image size, "+arch)
		}
		rows = append(rows, sized...)
	}
	return append(rows, b.start(ctx, idx)...)
}

// sizes adds up the files of an image.
func sizes(img v1.Image, arch string) ([]row, error) {
	var node, packages, rest int64
	r := mutate.Extract(img)
	defer r.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch name := strings.TrimPrefix(h.Name, "/"); {
		case name == nodePath:
			node += h.Size
		case strings.HasPrefix(name, packagePath):
			packages += h.Size
		default:
			rest += h.Size
		}
	}
	compressed, err := compressedSize(img)
	if err != nil {
		return nil, err
	}
	mb := func(n int64) float64 { return float64(n) / 1e6 }
	return []row{
		{Name: "image without Node.js and packages, " + arch, Measured: single("unpacked", "MB", mb(rest)), Target: "≤ 16 MB"},
		{Name: "Node.js binary, " + arch, Measured: single("unpacked", "MB", mb(node))},
		{Name: "packages, " + arch, Measured: single("unpacked", "MB", mb(packages))},
		{Name: "image to download, " + arch, Measured: single("compressed", "MB", mb(compressed))},
	}, nil
}

// compressedSize is what a first pull of an image transfers: manifest, configuration and layers.
func compressedSize(img v1.Image) (int64, error) {
	m, err := img.Manifest()
	if err != nil {
		return 0, err
	}
	size, err := img.Size() // of the manifest
	if err != nil {
		return 0, err
	}
	size += m.Config.Size
	for _, l := range m.Layers {
		size += l.Size
	}
	return size, nil
}
