package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

// captured is what the capture stage reports, and the surface as a file, nil where it is not known.
type captured struct {
	surface.Capture
	file *dagger.File
}

// capture runs the server's image without network. The engine keeps the result for the same layers, configuration, mock environment and stage
// program; one that a busy machine may be the reason for is not kept but taken again.
func (m *Dockyard) capture(ctx context.Context, t *tools, s *server, i *Image) (captured, error) {
	i, err := m.native(ctx, t, s, i)
	if err != nil {
		return captured{}, err
	}
	c, err := t.captureOnce(ctx, i, mockEnv(s.spec), "")
	if err == nil && c.Transient() {
		return t.captureOnce(ctx, i, mockEnv(s.spec), strconv.FormatInt(time.Now().UnixNano(), 36))
	}
	return c, err
}

// native is the image for the platform that the engine runs on: i, or one of its own where the user asked for other platforms only. What a server
// offers does not depend on the platform, and only a native one can be started.
func (m *Dockyard) native(ctx context.Context, t *tools, s *server, i *Image) (*Image, error) {
	own := "linux/" + t.native
	if slices.Contains(m.Platforms, own) {
		return i, nil
	}
	here := *m
	here.Platforms = []string{own}
	r, err := here.recipe(ctx, t, s)
	if err != nil {
		return nil, err
	}
	b, err := here.base(ctx, t, s, baseLock(s.spec.Metadata.Protocol))
	if err != nil {
		return nil, err
	}
	return here.image(ctx, t, s, r, b)
}

func (t *tools) captureOnce(ctx context.Context, i *Image, mock, nonce string) (captured, error) {
	files, err := t.sandboxed(i, mock, nonce)
	if err != nil {
		return captured{}, err
	}
	if files, err = files.Sync(ctx); err != nil {
		return captured{}, fmt.Errorf("capturing what the server offers: %w", err)
	}
	raw, err := files.File(captureResult).Contents(ctx)
	if err != nil {
		return captured{}, fmt.Errorf("capturing what the server offers: %w", err)
	}
	c, err := surface.ParseCapture([]byte(raw))
	if err != nil || c.Surface == nil {
		return captured{Capture: c}, err
	}
	return captured{c, files.File(captureSurface)}, nil
}

// sandboxed is the folder that the capture stage leaves in the root of the image, after the bytes of its own layers were unpacked there.
func (t *tools) sandboxed(i *Image, mock, nonce string) (*dagger.Directory, error) {
	r, err := parseImageResult(i.Result)
	if err != nil {
		return nil, err
	}
	own := "linux/" + t.native
	blob := func(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }
	layout := i.layout
	for _, p := range r.Platforms {
		if p.Platform != own {
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
			WithFile("in/stage", t.stage()).
			WithFile("in/config.json", layout.File(blob(p.Config))).
			WithNewFile("in/mock.json", mock).
			WithNewFile("Dockerfile", dockerfile).
			DockerBuild().Directory(sandbox.Out), nil
	}
	return nil, fmt.Errorf("capturing what the server offers: the image was not built for %s, which this engine runs on", own)
}
