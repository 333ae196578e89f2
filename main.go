// Dockyard packages Model Context Protocol servers, published as npm, PyPI or Go packages, into container images that can be trusted.
//
// `dagger call build --server=context7 summary` builds one; `dagger call servers` lists what there is.
package main

import (
	"context"
	"fmt"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/names"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/problem"
)

// Dockyard packages MCP servers as container images.
type Dockyard struct {
	// +private
	Catalogue *dagger.Directory
	// +private
	Platforms []string
	// +private
	ImagePrefix string
	// +private
	Toolbox *dagger.Container
	// +private
	DebianMirror string
	// +private
	Npmrc *dagger.Secret
	// +private
	PipConfig *dagger.Secret
	// +private
	UvConfig *dagger.Secret
	// +private
	Goproxy string
}

// What all functions share.
func New(
	// Folder with the catalogue: NAME/spec.yaml for each server, or PROTOCOL/NAME/spec.yaml
	// +defaultPath="/servers"
	servers *dagger.Directory,
	// Platforms to build for, of linux/amd64 and linux/arm64; both when none is given
	// +optional
	platforms []string,
	// Registry and path that image names begin with: PREFIX/PROTOCOL/NAME
	// +optional
	imagePrefix string,
	// Debian container with apt to run the build tools in; the engine's own Go image when not given
	// +optional
	toolbox *dagger.Container,
	// Address of the Debian mirror that base packages are fetched from; by default the one the toolbox's apt uses
	// +optional
	debianMirror string,
	// npm configuration file (.npmrc) that names the registry to use
	// +optional
	npmrc *dagger.Secret,
	// pip configuration file (pip.conf) that names the index that wheels are fetched from
	// +optional
	pipConfig *dagger.Secret,
	// uv configuration file (uv.toml) that names the index that locks are resolved with
	// +optional
	uvConfig *dagger.Secret,
	// Module proxies that Go modules and toolchains are fetched from, in the form of GOPROXY; the go command's own default when not given
	// +optional
	goproxy string,
) (*Dockyard, error) {
	chosen, err := oci.Choose(platforms)
	if err != nil {
		return nil, err
	}
	if imagePrefix == "" {
		imagePrefix = names.ImagePrefix
	}
	return &Dockyard{
		Catalogue: servers, Platforms: chosen, ImagePrefix: imagePrefix, Toolbox: toolbox, DebianMirror: debianMirror, Npmrc: npmrc, PipConfig: pipConfig, UvConfig: uvConfig,
		Goproxy: goproxy,
	}, nil
}

// listWidth is where lines of `servers` end, in columns; the CLI tells functions nothing of the user's terminal.
const listWidth = 140

// List the catalogue: name, protocol, package, version and description of each server.
func (m *Dockyard) Servers(ctx context.Context) (string, error) {
	c, problems, err := m.load(ctx, "**/spec.yaml")
	if err != nil {
		return "", err
	}
	if err := problems.Err(problem.ErrInvalid); err != nil {
		return "", boundary(err)
	}
	return c.List(listWidth), nil
}

// Check every spec and lock of the catalogue, without building anything.
//
// Example: dagger call validate summary
func (m *Dockyard) Validate(ctx context.Context) (*Report, error) {
	c, problems, err := m.load(ctx)
	if err != nil {
		return nil, err
	}
	return newReport(validate(c, problems)), nil
}

// Build the image of one server.
//
// The image holds a Debian base without shell or package manager, the runtime, and the packages that the server's lock names, each verified
// against its hash. When something does not fit, the build fails and tells all reasons.
//
// Example: dagger call build --server=context7 summary
func (m *Dockyard) Build(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists
	server string,
) (*Image, error) {
	s, err := m.find(ctx, server)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, boundary(err)
	}
	img, err := m.image(ctx, s)
	if err != nil {
		return nil, boundary(fmt.Errorf("building %q: %w", server, err))
	}
	return img, nil
}

// Resolve a server's dependencies and write its lock.
//
// Nothing published after the cut-off gets in, and the lock records the cut-off: the same spec and cut-off give the same bytes. Run it at the
// top of the repository; the changes are to files below servers/.
//
// Example: dagger call lock --server=context7
func (m *Dockyard) Lock(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists
	server string,
	// Take nothing published after this time (RFC 3339, or YYYY-MM-DD); 7 days ago when empty
	// +optional
	before string,
) (*dagger.Changeset, error) {
	s, err := m.find(ctx, server)
	if err != nil {
		return nil, err
	}
	cutoff, err := parseCutoff(before)
	if err != nil {
		return nil, boundary(err)
	}
	changes, err := m.lock(ctx, s, cutoff)
	if err != nil {
		return nil, boundary(fmt.Errorf("locking %q: %w", server, err))
	}
	return changes, nil
}

// Write the locks of the Debian packages that images are based on. For maintainers.
//
// The locks come from the archive's current indexes, whose signatures are verified. Run it at the top of the repository.
func (m *Dockyard) LockBase(ctx context.Context) (*dagger.Changeset, error) {
	changes, err := m.lockBase(ctx)
	if err != nil {
		return nil, boundary(fmt.Errorf("locking the base: %w", err))
	}
	return changes, nil
}
