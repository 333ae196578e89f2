package surface

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxImport bounds what Import reads, in bytes.
const MaxImport = 64 << 20

// ErrImport is the category of files in which no surface can be found.
var ErrImport = errors.New("no MCP surface")

// imported are the members that a captured answer may have, in any of the accepted shapes.
type imported struct {
	SchemaVersion   int                        `json:"schemaVersion"`
	ProtocolVersion string                     `json:"protocolVersion"`
	Server          *Implementation            `json:"server"`
	ServerInfo      *Implementation            `json:"serverInfo"`
	Instructions    string                     `json:"instructions"`
	Capabilities    map[string]json.RawMessage `json:"capabilities"`

	Tools             []json.RawMessage `json:"tools"`
	Prompts           []json.RawMessage `json:"prompts"`
	Resources         []json.RawMessage `json:"resources"`
	ResourceTemplates []json.RawMessage `json:"resourceTemplates"`

	NextCursor string          `json:"nextCursor"`
	Source     string          `json:"source"`
	Result     json.RawMessage `json:"result"`
}

// Import reads a surface from JSON that was captured in whichever way: a Surface, an object with a list of tools and perhaps the members of an
// initialize result beside it, the JSON-RPC answer to tools/list, or the bare list of tools. Items are sorted and canonical, as a capture has
// them. A list that says it has more pages is refused: what is on them was not captured.
func Import(raw []byte) (*Surface, error) {
	if len(raw) > MaxImport {
		return nil, fmt.Errorf("%w: got more than %d bytes", ErrImport, MaxImport)
	}
	raw, err := Canonical(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	}
	var in imported
	if raw[0] == '[' {
		err = json.Unmarshal(raw, &in.Tools)
	} else {
		err = in.read(raw)
	}
	if err == nil && in.Result != nil && in.Tools == nil {
		raw = in.Result
		in = imported{}
		err = in.read(raw)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	case in.Tools == nil:
		return nil, fmt.Errorf(`%w: got no list "tools"; want a surface.json, the answer to tools/list, or an object with that list`, ErrImport)
	case in.NextCursor != "":
		return nil, fmt.Errorf("%w: the list of tools has a nextCursor, so it is one page of several; put all pages into one list", ErrImport)
	}
	return in.surface()
}

// read refuses names that only look like those of members: encoding/json takes "tool\u017f" for "tools" too, and of several the last would count,
// whatever a client reads.
func (in *imported) read(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	for name := range members {
		like := func(known string) bool { return strings.EqualFold(name, known) }
		if !slices.Contains(importedNames, name) && slices.ContainsFunc(importedNames, like) {
			return fmt.Errorf("got the key %+q, want one of %q", name, importedNames)
		}
	}
	return json.Unmarshal(raw, in)
}

// importedNames are the members of imported.
var importedNames = []string{
	"schemaVersion", "protocolVersion", "server", "serverInfo", "instructions", "capabilities", "tools", "prompts", "resources", "resourceTemplates", "nextCursor", "source", "result",
}

func (in imported) surface() (*Surface, error) {
	s := &Surface{
		SchemaVersion: SchemaVersion, ProtocolVersion: in.ProtocolVersion, Instructions: in.Instructions, Capabilities: in.Capabilities,
		Tools: in.Tools, Prompts: in.Prompts, Resources: in.Resources, ResourceTemplates: in.ResourceTemplates, Source: SourceFile,
	}
	for _, i := range []*Implementation{in.ServerInfo, in.Server} {
		if i != nil {
			s.Server = *i
		}
	}
	for _, l := range []struct {
		name, key string
		items     []json.RawMessage
	}{{"tools", "name", s.Tools}, {"prompts", "name", s.Prompts}, {"resources", "uri", s.Resources}, {"resourceTemplates", "uriTemplate", s.ResourceTemplates}} {
		keys := map[string]string{}
		for n, item := range l.items {
			var members map[string]json.RawMessage
			var key string
			if json.Unmarshal(item, &members) != nil || json.Unmarshal(members[l.key], &key) != nil || key == "" {
				return nil, fmt.Errorf("%w: %s[%d]: got %.80q, want an object with the text %q", ErrImport, l.name, n, item, l.key)
			}
			keys[string(item)] = key
		}
		slices.SortFunc(l.items, func(a, b json.RawMessage) int {
			return bytes.Compare([]byte(keys[string(a)]+"\x00"+string(a)), []byte(keys[string(b)]+"\x00"+string(b)))
		})
	}
	return s, nil
}
