// Package names holds the names that appear in what this project emits. Each can be overridden where it is used; nothing here is an address
// that anything is downloaded from.
package names

const (
	// Home is where the project lives; ImagePrefix is the registry and path that image names begin with: PREFIX/PROTOCOL/NAME.
	Home        = "https://github.com/stacklok/dockyard"
	ImagePrefix = "ghcr.io/stacklok/dockyard"

	// ServerLabel is the label and annotation that carries the name under which a package registers as an MCP server.
	ServerLabel = "io.modelcontextprotocol.server.name"

	// PackageLabel names the upstream package as ECOSYSTEM:NAME@VERSION; BaseLabel is the digest of the base lock an image is built on.
	PackageLabel = "io.github.stacklok.dockyard.package"
	BaseLabel    = "io.github.stacklok.dockyard.base"
)
