package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/names"
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

// recipe is what differs between protocols: the base, and the layers above it, lowest first. The last layer's folder tells the entry point.
type recipe struct {
	base   []byte // base lock
	runs   bool   // programs of the base help to make the layers: it is made for the engine's own platform too
	layers func(platform string, b *baseLayers) []namedLayer
	notes  []string
}

type namedLayer struct {
	name string
	dir  *dagger.Directory // layer.tar.gz and what the stages say of it
}

// image composes the stages: base, runtime and install for each platform, then the image. Each is cached by the engine on its own inputs, so a
// changed label runs the last one alone.
func (m *Dockyard) image(ctx context.Context, s *server) (*Image, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	r, err := t.recipe(ctx, s, m.Platforms)
	if err != nil {
		return nil, err
	}
	b, err := m.base(ctx, t, s, r)
	if err != nil {
		return nil, err
	}
	layers := dag.Directory()
	config := m.imageConfig(s, b)
	for _, platform := range m.Platforms {
		below := []namedLayer{{"base", b.layers[platform]}}
		if b.system != nil {
			below = append(below, namedLayer{"system", b.system[platform]})
		}
		at := platformLayers{Platform: platform}
		for _, l := range append(below, r.layers(platform, b)...) {
			name := l.name + "-" + architecture(platform)
			layers = layers.WithDirectory(name, l.dir)
			at.Layers = append(at.Layers, "/in/"+name)
		}
		config.Platforms = append(config.Platforms, at)
	}
	return t.assemble(ctx, config, layers, append(b.notes, r.notes...))
}

func (t *tools) recipe(ctx context.Context, s *server, platforms []string) (recipe, error) {
	switch p := s.spec.Metadata.Protocol; p {
	case spec.NPX:
		return t.npx(ctx, s, platforms)
	case spec.UVX:
		return t.uvx(ctx, s, platforms)
	default:
		return recipe{}, fmt.Errorf("protocol %q cannot be built yet, want %q or %q", p, spec.NPX, spec.UVX)
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
	out := t.run(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/in", layers).WithNewFile("/config.json", string(raw))
	}, "image", "--config=/config.json", "--out=/out/layout", "--result=/out/image.json")
	result, err := out.File("/out/image.json").Contents(ctx)
	if err != nil {
		return nil, err
	}
	reference := config.Name + ":" + config.Tag
	files := dag.Directory().WithDirectory("layout", out.Directory("/out/layout"))
	for _, p := range config.Platforms {
		archive := t.run(func(c *dagger.Container) *dagger.Container {
			return c.WithMountedDirectory("/layout", out.Directory("/out/layout"))
		}, "tarball", "--layout=/layout", "--platform="+p.Platform, "--reference="+reference, "--out=/image.tar")
		files = files.WithFile("tarballs/"+strings.ReplaceAll(p.Platform, "/", "-")+".tar", archive.File("/image.tar"))
	}
	return newImage(reference, result, files, notes)
}

// baseLayers are the Debian layers of an image.
type baseLayers struct {
	layers map[string]*dagger.Directory // by platform
	system map[string]*dagger.Directory // by platform; nil when the spec names no system packages
	digest string                       // of the base lock
	glibc  string
	notes  []string
}

// baseResult is what the base stage reports (pipeline/stage/base, Result).
type baseResult struct {
	Status  string `json:"status"`
	Glibc   string `json:"glibc"`
	Missing []struct {
		Name, Version string
	} `json:"missing"`
}

// base makes the Debian layers from the committed lock. When packages of the lock are gone from the archive, the versions that it signs today
// take their place, and the summary says so.
func (m *Dockyard) base(ctx context.Context, t *tools, s *server, r recipe) (*baseLayers, error) {
	raw, wanted := r.base, m.Platforms
	if own := "linux/" + t.native; r.runs && !slices.Contains(wanted, own) {
		wanted = append(slices.Clone(wanted), own)
	}
	main, security, err := t.debianMirrors(ctx, m.DebianMirror)
	if err != nil {
		return nil, err
	}
	mirrors := []string{main, security}
	b := &baseLayers{digest: "sha256:" + hexSum(raw)}
	lock := dag.Directory().WithNewFile("base.lock.json", string(raw)).File("base.lock.json")
	drifted, err := b.debian(ctx, t, &b.layers, lock, mirrors, wanted, false)
	if err == nil && len(drifted) > 0 {
		lock, b.digest, err = m.currentBase(ctx, t, raw)
		if err != nil {
			return nil, err
		}
		b.notes = append(b.notes, "DRIFTED: the archive no longer has "+strings.Join(drifted, ", ")+"; the base was built from the versions it signs today; run `dagger call lock-base`")
		drifted, err = b.debian(ctx, t, &b.layers, lock, mirrors, wanted, false)
	}
	if err == nil && len(drifted) == 0 && s.has(systemLockName) {
		drifted, err = b.debian(ctx, t, &b.system, s.file(systemLockName), mirrors, m.Platforms, true)
	}
	if err == nil && len(drifted) > 0 {
		err = fmt.Errorf("fetching Debian packages: the archive no longer has %s; run `dagger call lock --server=%s`", strings.Join(drifted, ", "), s.id)
	}
	return b, err
}

// debian makes one Debian layer for each platform and returns the packages that the mirrors no longer have.
func (b *baseLayers) debian(ctx context.Context, t *tools, into *map[string]*dagger.Directory, lock *dagger.File, mirrors, platforms []string, add bool) ([]string, error) {
	args := []string{"base", "--lock=/base.lock.json", "--out=/out"}
	for _, mirror := range mirrors {
		if mirror != "" {
			args = append(args, "--mirror="+mirror)
		}
	}
	if add {
		args = append(args, "--packages-only")
	}
	results := make([]baseResult, len(platforms))
	layers := map[string]*dagger.Directory{}
	g, gctx := errgroup.WithContext(ctx)
	for i, platform := range platforms {
		out := t.run(func(c *dagger.Container) *dagger.Container {
			return c.WithMountedFile("/base.lock.json", lock)
		}, append(args, "--arch="+architecture(platform))...).Directory("/out")
		layers[platform] = out
		g.Go(func() error {
			raw, err := out.File("base.json").Contents(gctx)
			if err != nil {
				return err
			}
			return json.Unmarshal([]byte(raw), &results[i])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var missing []string
	for i, r := range results {
		if r.Status != "OK" && r.Status != "DRIFTED" {
			return nil, fmt.Errorf("reading the base stage's result for %s: got status %q, want OK or DRIFTED", platforms[i], r.Status)
		}
		for _, p := range r.Missing {
			missing = append(missing, p.Name+" "+p.Version+" ("+architecture(platforms[i])+")")
		}
		if !add {
			b.glibc = r.Glibc
		}
	}
	*into = layers
	return missing, nil
}

func hexSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
