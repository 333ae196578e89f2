// Package fields takes the items of a captured surface apart into every piece of text that a model may read: names, titles, descriptions,
// nested schema texts, enums, defaults, annotations, instructions, prompts and resources.
package fields

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"

	"dagger/dockyard/pipeline/surface"
)

// ErrItem is the category of items that cannot be read. A surface with one is never clean.
var ErrItem = errors.New("unreadable item")

// Bounds of one item.
const (
	MaxDepth  = 64
	MaxFields = 20000
)

// Kinds of items.
const (
	Tool             = "tool"
	Prompt           = "prompt"
	Resource         = "resource"
	ResourceTemplate = "resourceTemplate"
	Server           = "server"
)

// Role is what a text is for.
type Role int

// Roles. Other is every string without a role of its own.
const (
	Other Role = iota
	Name
	Title
	Description
	ParamName
	ParamDescription
	Value // enum, const, default, examples
	Instructions
	Content // text of a resource or a prompt
)

// Field is one piece of text.
type Field struct {
	Path  string // "inputSchema.properties.a.description"
	Role  Role
	Param string // parameter it belongs to; empty outside input schemas
	Text  string
}

// Item is one tool, prompt, resource, template, or the server itself.
type Item struct {
	Kind        string
	Name        string
	Description string
	Params      []string // names of the top-level input properties, sorted
	Annotations map[string]any
	Raw         any // decoded JSON; numbers are json.Number
	Fields      []Field
}

// Walk returns the items of s in the order of the surface, the server first. Items that cannot be read are joined into one error; the others
// are returned all the same.
func Walk(s *surface.Surface) ([]Item, error) {
	items := []Item{server(s)}
	var errs []error
	for _, list := range []struct {
		kind string
		raw  []json.RawMessage
	}{{Tool, s.Tools}, {Prompt, s.Prompts}, {Resource, s.Resources}, {ResourceTemplate, s.ResourceTemplates}} {
		for i, raw := range list.raw {
			item, err := Read(list.kind, raw)
			if err != nil {
				errs = append(errs, fmt.Errorf("reading %s %d of the surface: %w", list.kind, i+1, err))
				continue
			}
			items = append(items, item)
		}
	}
	return items, errors.Join(errs...)
}

func server(s *surface.Surface) Item {
	it := Item{Kind: Server, Name: s.Server.Name, Description: s.Instructions}
	for _, f := range []Field{{"serverInfo.name", Name, "", s.Server.Name}, {"serverInfo.title", Title, "", s.Server.Title},
		{"serverInfo.version", Other, "", s.Server.Version}, {"instructions", Instructions, "", s.Instructions}} {
		if f.Text != "" {
			it.Fields = append(it.Fields, f)
		}
	}
	return it
}

// Read takes one item apart. Errors are in the category ErrItem.
func Read(kind string, raw json.RawMessage) (Item, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return Item{}, fmt.Errorf("%w: decoding JSON: %w", ErrItem, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Item{}, fmt.Errorf("%w: got more after the JSON value, want one object", ErrItem)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return Item{}, fmt.Errorf("%w: got JSON of type %T, want an object", ErrItem, v)
	}
	it := Item{Kind: kind, Raw: v}
	it.Name, _ = obj["name"].(string)
	if it.Name == "" {
		it.Name, _ = obj["uri"].(string)
	}
	it.Description, _ = obj["description"].(string)
	it.Annotations, _ = obj["annotations"].(map[string]any)
	if in, ok := obj["inputSchema"].(map[string]any); ok {
		if p, ok := in["properties"].(map[string]any); ok {
			it.Params = keys(p)
		}
	}
	w := walker{item: &it}
	w.value(v, place{})
	if w.err != nil {
		return Item{}, w.err
	}
	sort.SliceStable(it.Fields, func(i, j int) bool { return order(it.Fields[i]) < order(it.Fields[j]) })
	return it, nil
}

// order puts name, title and description before the rest.
func order(f Field) int {
	switch f.Path {
	case "name":
		return 0
	case "title":
		return 1
	case "description":
		return 2
	}
	return 3
}

func keys(m map[string]any) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

// place is where the walker stands.
type place struct {
	path, key, param string
	inProperties     bool // the keys of this object are names of properties
	value            bool // below enum, const, default or examples
	depth            int
}

type walker struct {
	item *Item
	err  error
}

func (w *walker) value(v any, p place) {
	if w.err != nil {
		return
	}
	if p.depth > MaxDepth {
		w.err = fmt.Errorf("%w: %s is nested deeper than %d levels", ErrItem, p.path, MaxDepth)
		return
	}
	switch v := v.(type) {
	case string:
		w.add(Field{p.path, role(p), p.param, v})
	case []any:
		for i, e := range v {
			q := p
			q.path, q.depth = p.path+"["+strconv.Itoa(i)+"]", p.depth+1
			w.value(e, q)
		}
	case map[string]any:
		for _, k := range keys(v) {
			w.member(k, v[k], p)
		}
	}
}

// member walks into one member of an object.
func (w *walker) member(k string, v any, p place) {
	q := p
	q.key, q.depth, q.inProperties = k, p.depth+1, false
	q.path = k
	if p.path != "" {
		q.path = p.path + "." + k
	}
	switch {
	case p.inProperties:
		w.add(Field{q.path, ParamName, k, k})
		if q.param = k; p.param != "" {
			q.param = p.param + "." + k
		}
	case p.value || standard[k]:
	default: // a key that no schema defines is text of the server's author
		w.add(Field{q.path, Other, p.param, k})
	}
	if !p.inProperties {
		q.inProperties = schemaMap[k] && !p.value
		q.value = p.value || values[k]
	}
	w.value(v, q)
}

func (w *walker) add(f Field) {
	if f.Text == "" || w.err != nil {
		return
	}
	if len(w.item.Fields) >= MaxFields {
		w.err = fmt.Errorf("%w: has more than %d texts", ErrItem, MaxFields)
		return
	}
	w.item.Fields = append(w.item.Fields, f)
}

func role(p place) Role {
	switch {
	case p.value:
		return Value
	case p.path == "name" || p.path == "uri":
		return Name
	case p.key == "title":
		return Title
	case p.path == "description":
		return Description
	case p.key == "description":
		return ParamDescription
	case p.key == "text" || p.key == "blob":
		return Content
	}
	return Other
}

// Keys of JSON Schema (draft 2020-12) and MCP 2025-06-18 whose names carry no text of the author.
var standard = set("name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons", "_meta", "execution", "type", "properties",
	"required", "items", "enum", "const", "default", "examples", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref",
	"$defs", "definitions", "$schema", "$id", "$comment", "$anchor", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
	"multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "patternProperties",
	"propertyNames", "prefixItems", "contains", "nullable", "readOnly", "writeOnly", "deprecated", "readOnlyHint", "destructiveHint",
	"idempotentHint", "openWorldHint", "arguments", "uri", "uriTemplate", "mimeType", "size", "text", "blob", "messages", "role", "content", "audience",
	"priority", "lastModified", "discriminator", "mapping", "propertyName", "unevaluatedProperties", "dependentRequired", "dependentSchemas")

var schemaMap = set("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")

var values = set("enum", "const", "default", "examples", "example")

func set(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, k := range list {
		m[k] = true
	}
	return m
}
