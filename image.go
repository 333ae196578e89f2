package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/report"
)

// imageResult is what the image stage reports (pipeline/stage/image).
type imageResult struct {
	SchemaVersion int    `json:"schemaVersion"`
	Digest        string `json:"digest"`
	Platforms     []struct {
		Platform string `json:"platform"`
		Digest   string `json:"digest"`
		Config   string `json:"config"`
		Size     int64  `json:"size"`
		Unpacked int64  `json:"unpacked"`
		Layers   []struct {
			Digest string `json:"digest"`
		} `json:"layers"`
	} `json:"platforms"`
	Entrypoint []string          `json:"entrypoint"`
	Labels     map[string]string `json:"labels"`
	Warnings   []string          `json:"warnings"`
}

func newImage(reference, result string, layout, files *dagger.Directory, notes []string) (*Image, error) {
	r, err := parseImageResult(result)
	if err != nil {
		return nil, err
	}
	return &Image{Digest: r.Digest, Reference: reference, Result: result, Files: files, Notes: notes, layout: layout}, nil
}

func parseImageResult(result string) (imageResult, error) {
	var r imageResult
	if err := json.Unmarshal([]byte(result), &r); err != nil {
		return r, fmt.Errorf("reading the image stage's result: %w", err)
	}
	if r.SchemaVersion != 1 || r.Digest == "" || len(r.Platforms) == 0 {
		return r, fmt.Errorf("reading the image stage's result: got schemaVersion %d, digest %q and %d platforms, want 1, a digest and at least one", r.SchemaVersion, r.Digest, len(r.Platforms))
	}
	return r, nil
}

// What the image is, how large, and how to run it.
//
// +cache="session"
func (i *Image) Summary() (string, error) {
	r, err := parseImageResult(i.Result)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "image       %s\ndigest      %s\n", i.Reference, r.Digest)
	for _, p := range r.Platforms {
		fmt.Fprintf(&b, "%-11s %s  %s to download, %s unpacked\n", p.Platform, p.Digest, megabytes(p.Size), megabytes(p.Unpacked))
	}
	fmt.Fprintf(&b, "entry point %s\n", report.Printable(strings.Join(r.Entrypoint, " ")))
	for _, f := range i.Facts {
		fmt.Fprintf(&b, "%s\n", report.Printable(f))
	}
	for _, n := range append(slices.Clone(i.Notes), r.Warnings...) {
		fmt.Fprintf(&b, "warning     %s\n", report.Printable(n))
	}
	b.WriteString(i.howToRun(r))
	return b.String(), nil
}

// howToRun ends the summary: loading the image, a run by hand, and the entry for an MCP client.
func (i *Image) howToRun(r imageResult) string {
	name, _, _ := strings.Cut(i.Reference[strings.LastIndex(i.Reference, "/")+1:], ":")
	client, err := json.MarshalIndent(map[string]any{"mcpServers": map[string]any{
		name: map[string]any{"command": "docker", "args": []string{"run", "-i", "--rm", i.Reference}},
	}}, "  ", "  ")
	if err != nil {
		panic(err) // strings always marshal
	}
	return fmt.Sprintf(`
To run it with Docker:
  dagger call build --server=%[1]s tarball -o %[1]s.tar && docker load -i %[1]s.tar
  docker run -i --rm %[2]s

In an MCP client's configuration:
  %[3]s
`, name, i.Reference, client)
}

// The image as an OCI image layout, with all platforms.
//
// Example: dagger call build --server=context7 layout -o context7
//
// +cache="session"
func (i *Image) Layout() *dagger.Directory { return i.Files.Directory("layout") }

// The image of one platform as an archive for docker load.
//
// Example: dagger call build --server=context7 tarball -o context7.tar
//
// +cache="session"
func (i *Image) Tarball(
	ctx context.Context,
	// Platform to take; the engine's own when empty
	// +optional
	platform string,
) (*dagger.File, error) {
	platform, err := i.platform(ctx, platform)
	if err != nil {
		return nil, boundary(err)
	}
	return i.Files.File("tarballs/" + strings.ReplaceAll(platform, "/", "-") + ".tar"), nil
}

// The image of one platform as a container, to run or to look into.
//
// Its digest differs from the image's, because the engine writes a configuration of its own.
//
// +cache="session"
func (i *Image) Container(
	ctx context.Context,
	// Platform to take; the engine's own when empty
	// +optional
	platform string,
) (*dagger.Container, error) {
	platform, err := i.platform(ctx, platform)
	if err != nil {
		return nil, boundary(err)
	}
	archive, err := i.Tarball(ctx, platform)
	if err != nil {
		return nil, err
	}
	return dag.Container(dagger.ContainerOpts{Platform: dagger.Platform(platform)}).Import(archive), nil
}

// What the server shows to a model, as JSON: server, instructions, tools, prompts, resources and resource templates.
//
// It was recorded from the image before the scan: started without network and privileges, with every page of every list read, several times. The
// same image gives the same bytes.
//
// Example: dagger call build --server=context7 surface contents
//
// +cache="session"
func (i *Image) Surface() (*dagger.File, error) {
	if i.Captured == nil {
		return nil, errors.New("reading what the server shows: it could not be started, and its spec lets it pass without a scan (security.insecure_ignore)")
	}
	return i.Captured, nil
}

// platform returns the one to take, which must be among those that were built.
func (i *Image) platform(ctx context.Context, wanted string) (string, error) {
	r, err := parseImageResult(i.Result)
	if err != nil {
		return "", err
	}
	var built []string
	for _, p := range r.Platforms {
		built = append(built, p.Platform)
	}
	if wanted == "" {
		own, err := dag.DefaultPlatform(ctx)
		if err != nil {
			return "", err
		}
		wanted = string(own)
		if !slices.Contains(built, wanted) {
			wanted = built[0]
		}
	}
	if !slices.Contains(built, wanted) {
		return "", fmt.Errorf("choosing a platform: got %q, want one of those built: %s", wanted, strings.Join(built, ", "))
	}
	return wanted, nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
