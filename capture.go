package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/sandbox"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/surface"
)

// Files that the capture stage leaves (pipeline/stage/capture).
const (
	captureResult  = "capture.json"
	captureSurface = "surface.json"
)

// mockEnv is the environment that the spec gives the server for the capture only, in the form of the capture stage (ReadMock).
func mockEnv(s *spec.Spec) string {
	env := map[string]string{}
	for _, e := range s.Security.MockEnv {
		env[e.Name] = e.Value
	}
	raw, err := json.Marshal(map[string]any{"schemaVersion": 1, "env": env}) // sorts names
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(raw)
}

// capture runs the image without network and returns what the capture stage reports, and the folder with its files. Nothing in it but the report
// comes from outside the server. The engine keeps the result for the same layers, configuration, mock environment and stage program; one that a
// busy machine may be the reason for is not kept but taken again.
func (i *Image) capture(ctx context.Context) (surface.Capture, *dagger.Directory, error) {
	c, files, err := i.captureOnce(ctx, "")
	if err == nil && c.Transient() {
		return i.captureOnce(ctx, strconv.FormatInt(time.Now().UnixNano(), 36))
	}
	return c, files, err
}

func (i *Image) captureOnce(ctx context.Context, nonce string) (surface.Capture, *dagger.Directory, error) {
	files, err := i.sandboxed(ctx, nonce)
	if err != nil {
		return surface.Capture{}, nil, err
	}
	raw, err := files.File(captureResult).Contents(ctx)
	if err != nil {
		return surface.Capture{}, nil, fmt.Errorf("capturing what the server offers: %w", err)
	}
	c, err := surface.ParseCapture([]byte(raw))
	return c, files, err
}

// sandboxed is the folder that the capture stage leaves in the root of the image, after the bytes of its own layers were unpacked there.
func (i *Image) sandboxed(ctx context.Context, nonce string) (*dagger.Directory, error) {
	own, err := dag.DefaultPlatform(ctx)
	if err != nil {
		return nil, err
	}
	r, err := parseImageResult(i.Result)
	if err != nil {
		return nil, err
	}
	blob := func(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }
	layout := i.Layout()
	for _, p := range r.Platforms {
		if p.Platform != string(own) {
			continue
		}
		var layers []string
		for _, l := range p.Layers {
			layers = append(layers, blob(l.Digest))
		}
		dockerfile := sandbox.Root(layers) + sandbox.Run("in", sandbox.Step{Nonce: nonce, Argv: []string{
			sandbox.In + "/stage", "capture", "--image-config=" + sandbox.In + "/config.json", "--mock-env=" + sandbox.In + "/mock.json", "--own=" + sandbox.Home, "--out=" + sandbox.Out,
		}})
		return layout.
			WithNewDirectory("in", dagger.DirectoryWithNewDirectoryOpts{Permissions: 0o700}).
			WithFile("in/stage", i.Stage).
			WithFile("in/config.json", layout.File(blob(p.Config))).
			WithNewFile("in/mock.json", i.MockEnv).
			WithNewFile("Dockerfile", dockerfile).
			DockerBuild().Directory(sandbox.Out), nil
	}
	return nil, fmt.Errorf("capturing what the server offers: the image was not built for %s, which this engine runs on; add it to --platforms", own)
}
