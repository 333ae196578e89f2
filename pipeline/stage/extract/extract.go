// Package extract finds the definitions of MCP tools in the source text of an installed package, for servers that cannot be started. It reads
// text and runs nothing. What a program computes stays hidden from it: its result is less than a capture, and is marked as such by its users.
package extract

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
)

// Result is what was found. Tools have the form of MCP's tools/list as far as the text tells it: name, title, description, and of the input
// schema what is written as literals. They are sorted and in canonical form.
type Result struct {
	Tools    []json.RawMessage
	Files    int      // read
	Warnings []string // files and parts that were left out, and why
}

// maxTools and maxToolBytes bound the result. A definition holds those inside it, each of which is one of its own, so the result may be larger
// than the text by far.
const (
	maxTools     = 10000
	maxToolBytes = 16 << 20
)

// toolName is what clients accept as a tool's name (MCP 2025-11-25, "Tools", "Tool Names", and what servers used before).
var toolName = regexp.MustCompile(`^[A-Za-z0-9_./:-]{1,128}$`)

// Extract reads the package that an entry point starts: JavaScript below node_modules, or Python below site-packages. root is the file system of
// the image. A package of another kind gives an empty result with a warning; errors are those of reading. Time is linear in the text.
func Extract(root fs.FS, argv []string) (Result, error) {
	files, warnings, err := sources(root, argv)
	r := Result{Files: len(files), Warnings: warnings}
	if err != nil {
		return r, fmt.Errorf("looking for tool definitions of %q: %w", argv, err)
	}
	found, left := map[string]bool{}, maxToolBytes
	for _, f := range files {
		tools, err := f.tools(left)
		if err != nil {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%q was not read to its end: %v", f.name, err))
		}
		for _, t := range tools {
			if len(found) < maxTools {
				raw := t.encode()
				found[string(raw)] = true
				left -= len(raw)
			}
		}
	}
	for _, raw := range slices.Sorted(maps.Keys(found)) {
		r.Tools = append(r.Tools, json.RawMessage(raw))
	}
	return r, nil
}

// tool is one definition as the text has it.
type tool struct {
	name, title, description string
	schema                   map[string]any
}

func (t tool) encode() []byte {
	out := map[string]any{"name": t.name, "inputSchema": inputSchema(t.schema)}
	if t.title != "" {
		out["title"] = t.title
	}
	if t.description != "" {
		out["description"] = t.description
	}
	raw, err := json.Marshal(out) // sorts keys
	if err != nil {
		panic(err) // texts, lists and maps of them always marshal
	}
	return raw
}

// inputSchema makes a JSON Schema of what stands for one: a literal schema is taken as it is, a map from names to types (as zod's) becomes the
// properties of an object.
func inputSchema(m map[string]any) map[string]any {
	if _, ok := m["properties"].(map[string]any); ok {
		return m
	}
	out := map[string]any{"type": "object"}
	properties := map[string]any{}
	for name, v := range m {
		if p, ok := v.(map[string]any); ok {
			properties[name] = p
		}
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	return out
}
