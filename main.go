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
	"dagger/dockyard/pipeline/finding"
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
	// +private
	Gonosumdb string
	// +private
	Netrc *dagger.Secret
	// +private
	CaCertificates *dagger.File
	// +private
	Offline bool
	// +private
	TrustedRoot *dagger.File
	// +private
	NpmKeys *dagger.File
	// +private
	Block string
	// +private
	Rules []*dagger.File
	// +private
	LlmKey *dagger.Secret
	// +private
	LlmModel string
	// +private
	LlmEndpoint string
	// +private
	CiscoKey *dagger.Secret
	// +private
	CiscoEndpoint string
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
	Files  *dagger.Directory
	layout *dagger.Directory // of Files, in the process that made it
	// +private
	Notes []string
	// +private
	Facts []string
	// +private
	Captured *dagger.File
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
	// The report as SARIF 2.1.0, for code scanning; empty for checks that have no findings in that sense
	Sarif string
	// +private
	Transient *dagger.Secret // set when the engine must not keep the report past the call; see transient
}

// How long the engine keeps what a function answered stands at each function ("cache"): for the call alone, "session", is right for all that
// asks a registry or the clock, but where nothing is said it is a week. dagger.json does not turn that default off
// ("disableDefaultFunctionCaching"), because Dagger v0.19.10 then keeps nothing past the call, whatever the function says (core/typedef.go,
// derivedCachePolicy), and an unchanged call takes the time of a new one.

// What all functions share.
//
// +cache="168h"
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
	// Patterns of the paths of Go modules that the checksum database does not know, in the form of GONOSUMDB; none when not given
	// +optional
	gonosumdb string,
	// Credentials for hosts, in the form of .netrc, that pip, uv, go and apt send to their mirrors; for npm they stand in its own configuration
	// +optional
	netrc *dagger.Secret,
	// Certificates, in PEM, of authorities that mirrors and private registries are trusted by, beside those the engine trusts
	// +optional
	caCertificates *dagger.File,
	// Ask no registry who signed or built packages; provenance is then not verified, and what is built cannot be published
	// +optional
	offline bool,
	// Sigstore trusted root (JSON) that attestations are verified with; that of the public-good instance when not given
	// +optional
	trustedRoot *dagger.File,
	// Keys that the npm registry signs with (JSON, as its keys address answers); those of the public registry when not given
	// +optional
	npmKeys *dagger.File,
	// Severity from which on findings of the MCP scan block: CRITICAL, HIGH, MEDIUM or LOW
	// +default="HIGH"
	block string,
	// YARA files with rules of your own for the MCP scan
	// +optional
	rules []*dagger.File,
	// Key of a language model's provider: Cisco's scanner then asks that model too, and what servers show is sent there
	// +optional
	llmKey *dagger.Secret,
	// The model, in the terms of LiteLLM, such as anthropic/claude-sonnet-4; the scanner's own choice when empty
	// +optional
	llmModel string,
	// Address of the model's API; that of its provider when empty
	// +optional
	llmEndpoint string,
	// Key of Cisco AI Defense: Cisco's scanner then asks that service too, and what servers show is sent there
	// +optional
	ciscoKey *dagger.Secret,
	// Address of Cisco AI Defense; the scanner's own choice when empty
	// +optional
	ciscoEndpoint string,
) (*Dockyard, error) {
	chosen, err := oci.Choose(platforms)
	if err != nil {
		return nil, err
	}
	threshold, err := finding.ParseSeverity(block)
	if err != nil {
		return nil, boundary(fmt.Errorf("reading --block: %w", err))
	}
	if imagePrefix == "" {
		imagePrefix = names.ImagePrefix
	}
	for flag, addresses := range map[string]string{"--goproxy": goproxy, "--debian-mirror": debianMirror} {
		if err := withoutCredentials(flag, addresses); err != nil {
			return nil, err
		}
	}
	return &Dockyard{
		Catalogue: servers, Platforms: chosen, ImagePrefix: imagePrefix, Toolbox: toolbox, DebianMirror: debianMirror, Npmrc: npmrc, PipConfig: pipConfig, UvConfig: uvConfig,
		Goproxy: goproxy, Gonosumdb: gonosumdb, Netrc: netrc, CaCertificates: caCertificates,
		Offline: offline, TrustedRoot: trustedRoot, NpmKeys: npmKeys, Block: string(threshold), Rules: rules,
		LlmKey: llmKey, LlmModel: llmModel, LlmEndpoint: llmEndpoint, CiscoKey: ciscoKey, CiscoEndpoint: ciscoEndpoint,
	}, nil
}

// listWidth is where lines of `servers` end, in columns; the CLI tells functions nothing of the user's terminal.
const listWidth = 140

// List the catalogue: name, protocol, package, version and description of each server.
//
// +cache="session"
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
//
// +cache="session"
func (m *Dockyard) Validate(ctx context.Context) (*Report, error) {
	c, problems, err := m.load(ctx)
	if err != nil {
		return nil, err
	}
	return newReport(validate.Report(c, problems, label)), nil
}

// Build the image of one server.
//
// First it verifies where the server's packages come from. The image holds a Debian base without shell or package manager, the runtime, and the
// packages that the server's lock names, each verified against its hash. Then the image is started without network, and what it offers to a
// model is scanned. When something does not fit, the build fails and tells all reasons and the ways out.
//
// Example: dagger call build --server=context7 summary
//
// +cache="session"
func (m *Dockyard) Build(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists
	server string,
) (*Image, error) {
	t, s, err := m.ready(ctx, server)
	if err != nil {
		return nil, boundary(err)
	}
	if err := s.check(); err != nil {
		return nil, boundary(err)
	}
	img, err := m.passed(ctx, t, s)
	if err != nil {
		return nil, boundary(fmt.Errorf("building %q: %w", server, err))
	}
	return img, nil
}

// Verify where the packages of one server come from: hashes, signatures of the registry, Sigstore attestations, and whether they name the
// repository and workflow that the spec expects. Nothing is built.
//
// Example: dagger call provenance --server=context7 summary
//
// +cache="session"
func (m *Dockyard) Provenance(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists
	server string,
) (*Report, error) {
	s, err := m.find(ctx, server)
	if err != nil {
		return nil, err
	}
	r, err := m.originReport(ctx, s)
	if err != nil {
		return nil, boundary(fmt.Errorf("verifying the provenance of %q: %w", server, err))
	}
	return newReport(r), nil
}

// Scan what the built image of one server offers to a model: for prompt injection, tool poisoning, toxic flows, cross-origin escalation and
// rug pulls. Findings never make this fail; the report's function assert does.
//
// The engine gives a report again for ten minutes, as long as nothing of what it was made from changed. One that tells of a server that was not
// scanned is made anew each time.
//
// Example: dagger call scan --server=context7 markdown
//
// +cache="10m"
func (m *Dockyard) Scan(
	ctx context.Context,
	// Name of the server, one of those that the function servers lists; all of them when empty
	// +optional
	server string,
	// Names of servers that are used together with it: flows and orders across all of them count
	// +optional
	with []string,
) (*Report, error) {
	r, err := m.scanReport(ctx, server, with)
	if err != nil {
		return nil, boundary(fmt.Errorf("scanning: %w", err))
	}
	return r, nil
}

// Scan what any server offers to a model, from captured JSON: a surface.json, the answer to tools/list, or an object with the lists.
//
// Example: dagger call scan-surface --file=tools.json summary
//
// +cache="session"
func (m *Dockyard) ScanSurface(
	ctx context.Context,
	// The captured JSON
	file *dagger.File,
	// Name of the server in the report; what the server calls itself when empty
	// +optional
	name string,
	// The same of an earlier version that was approved, to compare with
	// +optional
	previous *dagger.File,
) (*Report, error) {
	r, err := m.surfaceReport(ctx, file, name, previous)
	if err != nil {
		return nil, boundary(fmt.Errorf("scanning a surface: %w", err))
	}
	return r, nil
}

// Resolve the dependencies of one server, or of all, and write their locks.
//
// Nothing published after the cut-off gets in, and the lock records the cut-off: the same spec and cut-off give the same bytes. When a server
// cannot be locked, the others are still tried, all failures are told together, and nothing is written. Run it at the top of the repository;
// the changes are to files below servers/.
//
// With surface, what the image of the server offers is written instead, as surface.lock.json. From then on every difference from it blocks a build until
// it is written again; read the difference before you do.
//
// Example: dagger call lock --server=context7
//
// +cache="session"
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
	// Build the image and pin what it offers, instead of resolving dependencies
	// +optional
	surface bool,
) (*dagger.Changeset, error) {
	cutoff, err := cooldown.Cutoff(before, minAge, time.Now())
	if err != nil {
		return nil, boundary(err)
	}
	servers, tree, err := m.toLock(ctx, server)
	if err != nil {
		return nil, boundary(err)
	}
	var changes *dagger.Changeset
	if surface {
		changes, err = m.lockSurfaces(ctx, servers, tree)
	} else {
		changes, err = m.lock(ctx, servers, cutoff)
	}
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
//
// +cache="session"
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
		// Why a PyPI package that has no wheel may be built from its source distribution, which runs code of the package: a sentence that the spec
		// keeps for its reviewers. Without it such a package is refused
		// +optional
		SourceDistribution string
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
	changes, err := m.add(ctx, ref, with.Name, with.SourceDistribution, cutoff)
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
//
// +cache="session"
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
//
// +cache="session"
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
//
// +cache="session"
func (m *Dockyard) LockBase(ctx context.Context) (*dagger.Changeset, error) {
	changes, err := m.lockBase(ctx)
	if err != nil {
		return nil, boundary(fmt.Errorf("locking the base: %w", err))
	}
	return changes, nil
}

// Write the lock of Cisco's mcp-scanner: its newest release that is old enough, with all it needs. For maintainers.
//
// Run it at the top of the repository.
//
// +cache="session"
func (m *Dockyard) LockScanner(
	ctx context.Context,
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
	changes, err := m.lockScanner(ctx, cutoff)
	if err != nil {
		return nil, boundary(fmt.Errorf("locking the scanner: %w", err))
	}
	return changes, nil
}
