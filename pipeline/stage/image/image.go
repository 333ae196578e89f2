// Package image assembles finished layers into an image for one or more platforms, as an OCI image layout. Layers are taken as they are,
// byte for byte.
package image

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Who runs the server, and where (the account comes with the base layer).
const (
	user    = "65532:65532"
	homeDir = "/home/nonroot"
)

// defaultEnv is in every image.
var defaultEnv = map[string]string{
	"HOME":          homeDir,
	"PATH":          "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
}

// Result is what the stage reports about an image.
type Result struct {
	SchemaVersion int               `json:"schemaVersion"`
	Digest        string            `json:"digest"` // of the index: what identifies the image
	Size          int64             `json:"size"`   // bytes of the index
	Platforms     []PlatformResult  `json:"platforms"`
	Entrypoint    []string          `json:"entrypoint"`
	Labels        map[string]string `json:"labels"`
	Env           []string          `json:"env"`
	Warnings      []string          `json:"warnings"`
}

// PlatformResult describes the image of one platform.
type PlatformResult struct {
	Platform string       `json:"platform"`
	Digest   string       `json:"digest"`   // of its manifest
	Config   string       `json:"config"`   // digest of its configuration
	Size     int64        `json:"size"`     // bytes to download: configuration and layers
	Unpacked int64        `json:"unpacked"` // bytes of all files
	Layers   []Descriptor `json:"layers"`
}

// Build writes the layout to dir, which must be empty or missing, and returns what is in it. index.json is written last: a folder without it is
// not an image.
func Build(c *Config, dir string) (Result, error) {
	l, err := createLayout(dir)
	if err != nil {
		return Result{}, err
	}
	r := Result{SchemaVersion: 1, Platforms: []PlatformResult{}, Env: environment(c.Env), Warnings: []string{}}
	top := index{SchemaVersion: 2, MediaType: typeIndex}
	for _, p := range sortedPlatforms(c.Platforms) {
		d, err := buildPlatform(c, p, l, &r)
		if err != nil {
			return Result{}, fmt.Errorf("assembling %s: %w", p.Platform, err)
		}
		top.Manifests = append(top.Manifests, d)
	}
	top.Annotations = r.Labels
	raw, err := encode(top)
	if err != nil {
		return Result{}, err
	}
	d, err := l.put(typeIndex, raw)
	if err != nil {
		return Result{}, err
	}
	r.Digest, r.Size = d.Digest, d.Size
	d.Annotations = map[string]string{
		"io.containerd.image.name":          c.Name + ":" + c.Tag,
		"org.opencontainers.image.ref.name": c.Tag,
	}
	return r, l.finish(d)
}

// buildPlatform writes the blobs of one platform and returns the descriptor of its manifest.
func buildPlatform(c *Config, p PlatformLayers, l *layout, r *Result) (Descriptor, error) {
	in, err := readInstall(p.Layers[len(p.Layers)-1], p.Platform)
	if err != nil {
		return Descriptor{}, err
	}
	entrypoint := append(slices.Clone(in.Entrypoint), c.Args...)
	if r.Entrypoint != nil && !slices.Equal(r.Entrypoint, entrypoint) {
		return Descriptor{}, fmt.Errorf("%w: got the entry point %q, want %q as on the other platforms", ErrConfig, entrypoint, r.Entrypoint)
	}
	r.Entrypoint, r.Labels = entrypoint, labels(c, in)
	for _, w := range in.Warnings {
		r.Warnings = append(r.Warnings, p.Platform+": "+w)
	}
	osName, arch, _ := strings.Cut(p.Platform, "/")
	conf := configFile{
		Created: created, Architecture: arch, OS: osName,
		Config: runConfig{User: user, Env: r.Env, Entrypoint: entrypoint, WorkingDir: homeDir, Labels: r.Labels},
		RootFS: rootFS{Type: "layers"},
	}
	m := manifest{SchemaVersion: 2, MediaType: typeManifest, Annotations: r.Labels}
	result := PlatformResult{Platform: p.Platform}
	for i, folder := range p.Layers {
		d, err := l.copyLayer(folder)
		if err != nil {
			return Descriptor{}, err
		}
		m.Layers = append(m.Layers, Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size})
		conf.RootFS.DiffIDs = append(conf.RootFS.DiffIDs, d.DiffID)
		conf.History = append(conf.History, history{Created: created, CreatedBy: fmt.Sprintf("dockyard layer %d of %d", i+1, len(p.Layers))})
		result.Size += d.Size
		result.Unpacked += d.Unpacked
	}
	if err := l.putJSON(typeConfig, conf, &m.Config); err != nil {
		return Descriptor{}, err
	}
	var d Descriptor
	if err := l.putJSON(typeManifest, m, &d); err != nil {
		return Descriptor{}, err
	}
	result.Digest, result.Config, result.Size, result.Layers = d.Digest, m.Config.Digest, result.Size+m.Config.Size, m.Layers
	r.Platforms = append(r.Platforms, result)
	d.Platform = &platform{Architecture: arch, OS: osName}
	return d, nil
}

// environment merges the variables over the defaults, sorted by name.
func environment(extra map[string]string) []string {
	merged := map[string]string{}
	for _, m := range []map[string]string{defaultEnv, extra} {
		for k, v := range m {
			merged[k] = v
		}
	}
	var out []string
	for _, k := range sortedKeys(merged) {
		out = append(out, k+"="+merged[k])
	}
	return out
}

func sortedPlatforms(list []PlatformLayers) []PlatformLayers {
	return slices.SortedFunc(slices.Values(list), func(a, b PlatformLayers) int { return strings.Compare(a.Platform, b.Platform) })
}

// Run builds the image that the file configName describes and writes its Result to resultName.
func Run(configName, dir, resultName string) (Result, error) {
	c, err := ReadConfig(configName)
	if err != nil {
		return Result{}, err
	}
	r, err := Build(c, dir)
	if err != nil {
		return Result{}, err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return Result{}, err
	}
	return r, os.WriteFile(resultName, append(raw, '\n'), 0o644)
}
