// Dockyard packages Model Context Protocol servers, published as npm, PyPI or Go packages, into container images that can be trusted.
//
// `dagger call build --server=context7 summary` builds one; `dagger call servers` lists what there is.
package main

import (
	"context"
	"fmt"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/cooldown"
	"dagger/dockyard/pipeline/names"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/upstream"
	"dagger/dockyard/pipeline/validate"
)

// The types of the API stand in this one file: the generator of the bindings orders them by their position, and which of several files comes first
// is up to chance.

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

// Image is one server as a container image, for all platforms it was built for.
type Image struct {
	// Digest of the image index: the same for the same spec, locks and version of this project, on every machine
	Digest string
	// +private
	Reference string
	// +private
	Result string
	// +private
	Files *dagger.Directory
	// +private
	Notes []string
	// +private
	Stage *dagger.File
	// +private
	MockEnv string
}

// Report is the outcome of a check. Asking for it never fails because of what was found; `assert` does.
type Report struct {
	// PASSED, WARNINGS or FAILED
	Status string
	// The report for a terminal
	Summary string
	// The report for a pull request, as Markdown
	Markdown string
	// The report as JSON, with a schemaVersion
	Json string
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
	return newReport(validate.Report(c, problems, label)), nil
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

// Resolve the dependencies of one server, or of all, and write their locks.
//
// Nothing published after the cut-off gets in, and the lock records the cut-off: the same spec and cut-off give the same bytes. When a server
// cannot be locked, the others are still tried, all failures are told together, and nothing is written. Run it at the top of the repository;
// the changes are to files below servers/.
//
// Example: dagger call lock --server=context7
func (m *Dockyard) Lock(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists; all of them when empty
	// +optional
	server string,
	// Take nothing published after this time (RFC 3339, or YYYY-MM-DD); by default the minimum age decides
	// +optional
	before string,
	// Take nothing younger than this, in days (7d) or hours (168h); 7 days when empty, not read when before is given
	// +optional
	minAge string,
) (*dagger.Changeset, error) {
	cutoff, err := cooldown.Cutoff(before, minAge, time.Now())
	if err != nil {
		return nil, boundary(err)
	}
	servers, err := m.toLock(ctx, server)
	if err != nil {
		return nil, boundary(err)
	}
	changes, err := m.lock(ctx, servers, cutoff)
	if err != nil {
		return nil, boundary(err)
	}
	return changes, nil
}

// Add a server to the catalogue: its spec with its locks, ready to be reviewed.
//
// Takes the newest version that is old enough, unless one is named, with what its package says of itself. Run it at the top of the repository.
//
// Example: dagger call add --package=npm:@upstash/context7-mcp
func (m *Dockyard) Add(
	ctx context.Context,
	// The arguments are fields, because "package" is a word of Go and cannot name a parameter.
	with struct {
		// The package: npm:NAME, pypi:NAME or go:PATH, with @VERSION for a certain version
		Package string
		// Name of the server in the catalogue; made from the package's name when empty
		// +optional
		Name string
		// Take nothing published after this time (RFC 3339, or YYYY-MM-DD); by default the minimum age decides
		// +optional
		Before string
		// Take nothing younger than this, in days (7d) or hours (168h); 7 days when empty, not read when before is given
		// +optional
		MinAge string
	},
) (*dagger.Changeset, error) {
	ref, err := upstream.ParseRef(with.Package)
	if err != nil {
		return nil, boundary(err)
	}
	cutoff, err := cooldown.Cutoff(with.Before, with.MinAge, time.Now())
	if err != nil {
		return nil, boundary(err)
	}
	changes, err := m.add(ctx, ref, with.Name, cutoff)
	if err != nil {
		return nil, boundary(err)
	}
	return changes, nil
}

// Propose newer versions: the newest of each server that is old enough, with its locks.
//
// The function updates tells what each change means; read it before you take one. Run this at the top of the repository.
//
// Example: dagger call update
func (m *Dockyard) Update(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists; all of them when empty
	// +optional
	server string,
	// Take nothing published after this time (RFC 3339, or YYYY-MM-DD); by default the minimum age decides
	// +optional
	before string,
	// Take nothing younger than this, in days (7d) or hours (168h); 7 days when empty, not read when before is given
	// +optional
	minAge string,
	// Leave out servers that cannot be updated, instead of writing nothing
	// +optional
	keepGoing bool,
) (*dagger.Changeset, error) {
	all, err := m.proposals(ctx, server, before, minAge)
	if err != nil {
		return nil, boundary(err)
	}
	changes, err := m.updateChanges(all, keepGoing)
	if err != nil {
		return nil, boundary(err)
	}
	return changes, nil
}

// Tell what the function update would change: versions, dependencies, attestations, install scripts, publishers and repositories.
//
// Example: dagger call updates markdown
func (m *Dockyard) Updates(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists; all of them when empty
	// +optional
	server string,
	// Look at nothing published after this time (RFC 3339, or YYYY-MM-DD); by default the minimum age decides
	// +optional
	before string,
	// Look at nothing younger than this, in days (7d) or hours (168h); 7 days when empty, not read when before is given
	// +optional
	minAge string,
) (*Report, error) {
	all, err := m.proposals(ctx, server, before, minAge)
	if err != nil {
		return nil, boundary(err)
	}
	return newReport(updateReport(all)), nil
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
