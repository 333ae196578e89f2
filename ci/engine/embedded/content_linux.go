package embedded

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// writeContent writes the root as an image of one uncompressed layer into DIR/blobs/sha256 (OCI image layout, blobs only) and the digest of
// its manifest into DIR/digest. Compressing would only cost time: the engine unpacks it at once.
func (e *Engine) writeContent(root, dir string) error {
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	layer, err := writeBlob(blobs, func(w io.Writer) error { return tarTree(w, root) })
	if err != nil {
		return fmt.Errorf("writing the layer of the Go SDK image: %w", err)
	}
	layer.MediaType = "application/vnd.oci.image.layer.v1.tar"
	config, err := writeJSON(blobs, map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Env": []string{
			"PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"GOPATH=/go", "GOTOOLCHAIN=local", "GOLANG_VERSION=" + GoVersion,
		}, "WorkingDir": "/go"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.Digest}},
	})
	if err != nil {
		return err
	}
	config.MediaType = "application/vnd.oci.image.config.v1+json"
	manifest, err := writeJSON(blobs, map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []descriptor{layer},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "digest"), []byte(manifest.Digest), 0o644)
}

func writeJSON(blobs string, v any) (descriptor, error) {
	return writeBlob(blobs, func(w io.Writer) error { return json.NewEncoder(w).Encode(v) })
}

func writeBlob(blobs string, write func(io.Writer) error) (descriptor, error) {
	tmp, err := os.CreateTemp(blobs, "blob-")
	if err != nil {
		return descriptor{}, err
	}
	defer tmp.Close()
	h := sha256.New()
	if err := write(io.MultiWriter(tmp, h)); err != nil {
		return descriptor{}, err
	}
	size, err := tmp.Seek(0, io.SeekCurrent)
	if err != nil {
		return descriptor{}, err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return descriptor{}, err
	}
	return descriptor{Digest: "sha256:" + sum, Size: size}, os.Rename(tmp.Name(), filepath.Join(blobs, sum))
}

// tarTree writes a root in the order of its paths. Owners are kept: dpkg set them. So are times: the go command trims compiled packages that
// it takes for unused because they are old.
func tarTree(w io.Writer, root string) error {
	tw := tar.NewWriter(w)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		info, err := d.Info()
		if err != nil || !(info.Mode().IsRegular() || info.IsDir() || info.Mode().Type() == fs.ModeSymlink) {
			return err
		}
		link := ""
		if info.Mode().Type() == fs.ModeSymlink {
			if link, err = os.Readlink(name); err != nil {
				return err
			}
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		h.Name, h.ModTime, h.AccessTime, h.ChangeTime, h.Format = rel, info.ModTime().Truncate(time.Second), time.Time{}, time.Time{}, tar.FormatPAX
		if err := tw.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		return copyInto(tw, name)
	})
	if err != nil {
		return err
	}
	return tw.Close()
}
