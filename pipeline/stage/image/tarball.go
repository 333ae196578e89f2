package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// ErrPlatform is the category of requests for a platform that a layout does not have.
var ErrPlatform = errors.New("no such platform")

// Tarball writes the image of one platform of a layout as an archive that "docker load" takes. reference is the name it gets there:
// "ghcr.io/x/npx/context7:1.0.0". Every blob is checked against its digest first. The same layout gives the same bytes.
func Tarball(dir, wanted, reference, out string) (err error) {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return fmt.Errorf("%w: reading the reference %q: want NAME:TAG: %v", ErrConfig, reference, err)
	}
	img, err := find(dir, wanted)
	if err != nil {
		return err
	}
	if err := checkBlobs(dir, img); err != nil {
		return err
	}
	temp := out + ".part"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing tarball: %w", err)
	}
	defer os.Remove(temp)
	if err := errors.Join(tarball.Write(tag, img, f), f.Close()); err != nil {
		return fmt.Errorf("writing tarball %q: %w", out, err)
	}
	return os.Rename(temp, out)
}

// find returns the image of a platform in the index that the layout holds.
func find(dir, wanted string) (v1.Image, error) {
	top, err := ocilayout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("reading layout %q: %w", dir, err)
	}
	outer, err := top.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading layout %q: %w", dir, err)
	}
	if len(outer.Manifests) != 1 || !outer.Manifests[0].MediaType.IsIndex() {
		return nil, fmt.Errorf("reading layout %q: got %d entries in index.json, want one image index", dir, len(outer.Manifests))
	}
	inner, err := top.ImageIndex(outer.Manifests[0].Digest)
	if err != nil {
		return nil, fmt.Errorf("reading layout %q: %w", dir, err)
	}
	m, err := inner.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading layout %q: %w", dir, err)
	}
	var have []string
	for _, d := range m.Manifests {
		if d.Platform == nil {
			continue
		}
		if d.Platform.String() == wanted {
			return inner.Image(d.Digest)
		}
		have = append(have, d.Platform.String())
	}
	return nil, fmt.Errorf("%w: looking for %q in layout %q: got %s", ErrPlatform, wanted, dir, strings.Join(have, ", "))
}

// checkBlobs hashes manifest, configuration and layers.
func checkBlobs(dir string, img v1.Image) error {
	m, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("reading manifest: %w", err)
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	hashes := []v1.Hash{digest, m.Config.Digest}
	for _, d := range m.Layers {
		hashes = append(hashes, d.Digest)
	}
	l := layout{dir}
	for _, want := range hashes {
		if err := checkBlob(l.path(want.String()), want.Hex); err != nil {
			return err
		}
	}
	return nil
}

func checkBlob(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("reading blob: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("reading blob: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%w: got sha256:%s, want sha256:%s", ErrBlob, got, want)
	}
	return nil
}
