package extract

import "slices"

// Words that define tools: methods of the SDKs and of FastMCP that take a name and what belongs to it, and types whose fields do.
var (
	definingCalls = []string{"registerTool", "tool", "addTool", "add_tool"}
	definingTypes = []string{"Tool"}
	schemaKeys    = []string{"inputSchema", "input_schema", "parameters", "paramsSchema", "schema"}
)

// consider looks at a bracket that was closed: does it define a tool?
func (p *parser) consider(f *frame) {
	if p.python && f.open == '(' {
		p.arguments(f)
	}
	switch {
	case f.open == '{' && f.members["name"] != nil && f.members["description"] != nil && hasSchema(f.members):
		p.define(f.members["name"], f.members, f.members)
	case f.open == '(' && slices.Contains(definingTypes, f.callee) && f.members["name"] != nil:
		p.define(f.members["name"], f.members, f.members)
	case f.open == '(' && slices.Contains(definingCalls, f.callee) && !f.at && len(f.items) > 1:
		p.call(f.items)
	}
	if f.open == '{' { // a block or a class: NAME = "…"
		p.assign(f.members)
	}
}

// assign notes texts that words were given. The first counts.
func (p *parser) assign(members map[string]any) {
	for name, v := range members {
		if s, ok := v.(string); ok {
			if _, ok := p.names[name]; !ok {
				p.names[name] = s
			}
		}
	}
}

func hasSchema(m map[string]any) bool {
	return slices.ContainsFunc(schemaKeys, func(k string) bool { return m[k] != nil })
}

// call reads server.tool(NAME, DESCRIPTION?, SHAPE?, …) and server.registerTool(NAME, {title, description, inputSchema}, …).
func (p *parser) call(items []any) {
	about := map[string]any{}
	shape := map[string]any{}
	for _, v := range items[1:min(len(items), 3)] {
		switch v := v.(type) {
		case string, ref:
			if about["description"] == nil {
				about["description"] = v
			}
		case map[string]any:
			if v["description"] != nil || v["title"] != nil || hasSchema(v) {
				about = v
			} else if len(shape) == 0 && !hasSchema(about) { // what comes after is the handler
				shape = map[string]any{"inputSchema": v}
			}
		}
	}
	if len(shape) == 0 {
		shape = about
	}
	p.define(items[0], about, shape)
}

// define notes a tool; words are looked up when the whole file is read.
func (p *parser) define(name any, about, shape map[string]any) {
	if len(p.found) >= maxTools {
		return
	}
	p.found = append(p.found, func(resolve func(any) any) (t tool, ok bool) {
		t.name, ok = resolve(name).(string)
		t.title, _ = resolve(about["title"]).(string)
		t.description, _ = resolve(about["description"]).(string)
		for _, k := range schemaKeys {
			if m, ok := resolve(shape[k]).(map[string]any); ok {
				t.schema = m
				break
			}
		}
		return t, ok
	})
}
