package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/names"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/spec"
)

// imageConfig is what the image stage is told (pipeline/stage/image, Config).
type imageConfig struct {
	SchemaVersion int               `json:"schemaVersion"`
	Name          string            `json:"name"`
	Tag           string            `json:"tag"`
	Platforms     []platformLayers  `json:"platforms"`
	Args          []string          `json:"args,omitempty"`
	Env           map[string]string `json:"env,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
}

type platformLayers struct {
	Platform string   `json:"platform"`
	Layers   []string `json:"layers"`
}

// recipe is what differs between protocols in the layers above the base, lowest first. The last layer's folder tells the entry point.
type recipe struct {
	layers func(platform string, b *baseLayers) []namedLayer
	notes  []string
	origin origin // verifies the packages that the layers are made of
}

type namedLayer struct {
	name string
	dir  *dagger.Directory // layer.tar.gz and what the stages say of it
}

// image composes the stages: runtime and install for each platform on the base, then the image. Each is cached by the engine on its own inputs, so
// a changed label runs the last one alone.
func (m *Dockyard) image(ctx context.Context, t *tools, s *server, r recipe, b *baseLayers) (*Image, error) {
	layers := dag.Directory()
	config := m.imageConfig(s, b)
	for _, platform := range m.Platforms {
		below := []namedLayer{{"base", b.layers[platform]}}
		if b.system != nil {
			below = append(below, namedLayer{"system", b.system[platform]})
		}
		at := platformLayers{Platform: platform}
		for _, l := range append(below, r.layers(platform, b)...) {
			name := l.name + "-" + oci.Architecture(platform)
			layers = layers.WithDirectory(name, l.dir)
			at.Layers = append(at.Layers, "/in/"+name)
		}
		config.Platforms = append(config.Platforms, at)
	}
	return t.assemble(ctx, config, layers, append(b.notes, r.notes...))
}

// recipe fetches what the server's lock names and tells how it becomes layers, and where it comes from.
func (m *Dockyard) recipe(ctx context.Context, t *tools, s *server) (recipe, error) {
	switch p := s.spec.Metadata.Protocol; p {
	case spec.NPX:
		return m.npx(ctx, t, s)
	case spec.UVX:
		return m.uvx(ctx, t, s)
	case spec.Go:
		return m.golang(ctx, t, s)
	default:
		return recipe{}, fmt.Errorf("protocol %q: want %q, %q or %q", p, spec.NPX, spec.UVX, spec.Go)
	}
}

// imageConfig says of the image what the spec says of the server. Nothing in it depends on when or where the image is built, or on the
// catalogue's commit.
func (m *Dockyard) imageConfig(s *server, b *baseLayers) imageConfig {
	labels := map[string]string{
		"org.opencontainers.image.title":   s.spec.Metadata.Name,
		"org.opencontainers.image.version": s.spec.Package.Version,
		names.PackageLabel:                 s.spec.Ref(),
		names.BaseLabel:                    b.digest,
	}
	if d := strings.TrimSpace(s.spec.Metadata.Description); d != "" {
		labels["org.opencontainers.image.description"] = d
	}
	if r := s.spec.Provenance.RepositoryURI; r != "" {
		labels["org.opencontainers.image.source"] = r
	}
	return imageConfig{
		SchemaVersion: 1, Name: s.spec.ImageName(m.ImagePrefix), Tag: s.spec.Package.Version,
		Args: s.spec.Package.Args, Env: s.spec.Package.Env, Labels: labels,
	}
}

// assemble runs the image stage and an archive for each platform, and reads the result, which makes the engine do everything before it.
func (t *tools) assemble(ctx context.Context, config imageConfig, layers *dagger.Directory, notes []string) (*Image, error) {
	raw, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, err
	}
	out := t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/in", layers).WithNewFile("/config.json", string(raw))
	}, "image", "--config=/config.json", "--out=/out/layout", "--result=/out/image.json")
	result, err := out.File("/out/image.json").Contents(ctx)
	if err != nil {
		return nil, err
	}
	layout, err := out.Directory("/out/layout").Sync(ctx)
	if err != nil {
		return nil, err
	}
	reference := config.Name + ":" + config.Tag
	files := dag.Directory().WithDirectory("layout", layout)
	for _, p := range config.Platforms {
		archive := t.offline(func(c *dagger.Container) *dagger.Container {
			return c.WithMountedDirectory("/layout", layout)
		}, "tarball", "--layout=/layout", "--platform="+p.Platform, "--reference="+reference, "--out=/image.tar")
		files = files.WithFile("tarballs/"+strings.ReplaceAll(p.Platform, "/", "-")+".tar", archive.File("/image.tar"))
	}
	return newImage(reference, result, layout, files, notes)
}

func hexSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
