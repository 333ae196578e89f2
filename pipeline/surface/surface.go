// Package surface holds what an MCP server shows to a model: server facts, instructions, tools, prompts, resources and resource templates, as
// captured from the shipped image. The capture stage writes it, the scanners and the surface lock read it.
package surface

import "encoding/json"

// SchemaVersion is that of Surface.
const SchemaVersion = 1

// Surface is everything that one server lists. Items are kept as the server sent them, so that an analyzer sees every field, also unknown ones.
type Surface struct {
	SchemaVersion   int    `json:"schemaVersion"`
	ProtocolVersion string `json:"protocolVersion"` // the one negotiated, such as 2025-06-18

	Server       Implementation             `json:"server"`
	Instructions string                     `json:"instructions,omitempty"`
	Capabilities map[string]json.RawMessage `json:"capabilities,omitempty"`

	Tools             []json.RawMessage `json:"tools"`
	Prompts           []json.RawMessage `json:"prompts,omitempty"`
	Resources         []json.RawMessage `json:"resources,omitempty"`
	ResourceTemplates []json.RawMessage `json:"resourceTemplates,omitempty"`

	// Source tells how it was learnt: SourceRunning from the started server, SourceStatic from the package's source text, SourceFile from a file
	// that somebody captured otherwise.
	Source string `json:"source"`
}

// Values of Surface.Source.
const (
	SourceRunning = "running"
	SourceStatic  = "static"
	SourceFile    = "file"
)

// Implementation is serverInfo of the MCP initialize result.
type Implementation struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Version string `json:"version,omitempty"`
}
