package cisco

import (
	"bytes"
	"encoding/json"
	"fmt"

	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/surface"
)

// Item is one thing that the scanner was given, with how it must come back.
type Item struct {
	Kind string          // as in package fields
	Name string          // as the server sent it
	Raw  json.RawMessage // canonical

	form                   string // tool, prompt or resource: the list it was put in
	name, description, uri string // what comes back
}

// label names an item in reasons.
func (i Item) label() string { return fmt.Sprintf("%s %.80q", i.Kind, i.Name) }

// Files are what the scanner reads. A nil one has no items.
type Files struct {
	Tools, Prompts, Resources []byte
	Items                     []Item // in the order in which they must come back
}

// Forms of items, as the scanner's item_type calls them.
const (
	formTool     = "tool"
	formPrompt   = "prompt"
	formResource = "resource"
)

// textMIME is the one type of resources that every version of the scanner looks at, and as it is.
const textMIME = "text/plain"

// Input writes everything of a surface where the scanner looks. Of a tool it reads the description and, if there is an input schema, the JSON of the
// rest; of a prompt name, description and arguments; of a resource URI, name, description and text. So tools get an empty schema if they have
// none, and what it would pass over goes into the arguments or the text. The server's own name and instructions become a tool, the first; resource
// templates become resources. Texts that are no Unicode (lone surrogates) become U+FFFD, which it could not read otherwise.
func Input(s *surface.Surface) (Files, error) {
	var f Files
	lists := map[string][]any{}
	add := func(kind string, raw []byte) error {
		item, sent, err := convert(kind, raw)
		if err != nil {
			return err
		}
		f.Items = append(f.Items, item)
		lists[item.form] = append(lists[item.form], sent)
		return nil
	}
	own, err := json.Marshal(map[string]any{"name": s.Server.Name, "title": s.Server.Title, "version": s.Server.Version, "description": s.Instructions})
	if err == nil {
		err = add(fields.Server, own)
	}
	for _, l := range []struct {
		kind  string
		items []json.RawMessage
	}{{fields.Tool, s.Tools}, {fields.Prompt, s.Prompts}, {fields.Resource, s.Resources}, {fields.ResourceTemplate, s.ResourceTemplates}} {
		for n, raw := range l.items {
			if err == nil {
				if err = add(l.kind, raw); err != nil {
					err = fmt.Errorf("%w: %s %d: %w", ErrInput, l.kind, n+1, err)
				}
			}
		}
	}
	if err != nil {
		return Files{}, err
	}
	return f, f.encode(lists)
}

func (f *Files) encode(lists map[string][]any) error {
	total := 0
	for _, l := range []struct {
		form string
		to   *[]byte
	}{{formTool, &f.Tools}, {formPrompt, &f.Prompts}, {formResource, &f.Resources}} {
		if lists[l.form] == nil {
			continue
		}
		raw, err := encode(map[string]any{l.form + "s": lists[l.form]})
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInput, err)
		}
		*l.to = raw
		total += len(raw)
	}
	if total > MaxInput {
		return fmt.Errorf("%w: got %d bytes, want at most %d (MaxInput)", ErrInput, total, MaxInput)
	}
	return nil
}

// convert makes what is sent of an item.
func convert(kind string, raw []byte) (Item, map[string]any, error) {
	canonical, err := surface.Canonical(raw)
	if err != nil {
		return Item{}, nil, err
	}
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	if err := d.Decode(&m); err != nil || m == nil {
		return Item{}, nil, fmt.Errorf("got %.80q, want an object", canonical)
	}
	it := Item{Kind: kind, Raw: canonical}
	it.Name, _ = m["name"].(string)
	it.name = it.Name
	if _, isText := m["description"].(string); !isText && m["description"] != nil {
		m["descriptionValue"] = m["description"]
	}
	it.description, _ = m["description"].(string)
	m["description"] = it.description
	switch kind {
	case fields.Resource, fields.ResourceTemplate:
		err = it.resource(m)
	case fields.Prompt:
		it.prompt(m)
	default:
		it.form = formTool
		if m["inputSchema"] == nil {
			m["inputSchema"] = map[string]any{}
		}
	}
	if err == nil && it.Name == "" && kind != fields.Server {
		err = fmt.Errorf("got no name that is a text")
	}
	return it, m, err
}

// prompt puts what the scanner does not read of a prompt at the end of its arguments.
func (i *Item) prompt(m map[string]any) {
	i.form = formPrompt
	list, isList := m["arguments"].([]any)
	rest := others(m, "name", "description")
	if isList {
		delete(rest, "arguments")
	}
	if len(rest) > 0 {
		list = append(list, rest)
	}
	for k := range rest {
		delete(m, k)
	}
	m["arguments"] = list
	if list == nil {
		delete(m, "arguments")
	}
}

// resource puts what the scanner does not read of a resource into its text.
func (i *Item) resource(m map[string]any) error {
	i.form = formResource
	key := "uri"
	if i.Kind == fields.ResourceTemplate {
		key = "uriTemplate"
	}
	i.uri, _ = m[key].(string)
	if i.uri == "" {
		return fmt.Errorf("got no %s that is a text", key)
	}
	if i.Name == "" {
		i.Name, i.name = i.uri, i.uri
	}
	rest := others(m, "uri", "uriTemplate", "name", "description", "text")
	text, isText := m["text"].(string)
	if !isText && m["text"] != nil {
		rest["text"] = m["text"]
	}
	if len(rest) > 0 {
		raw, err := encode(rest)
		if err != nil {
			return err
		}
		if text != "" {
			text += "\n"
		}
		text += string(raw)
	}
	clear(m)
	m["uri"], m["name"], m["description"], m["mimeType"] = i.uri, i.name, i.description, textMIME
	if text != "" {
		m["text"] = text
	}
	return nil
}

func others(m map[string]any, known ...string) map[string]any {
	rest := map[string]any{}
	for k, v := range m {
		rest[k] = v
	}
	for _, k := range known {
		delete(rest, k)
	}
	return rest
}

// encode writes JSON without escapes for HTML and without a line feed at the end.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
