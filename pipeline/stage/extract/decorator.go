package extract

import "strings"

// pending is a Python decorator that defines a tool, on its way to the function and its docstring.
type pending struct {
	state  int // one of the constants
	about  map[string]any
	name   any
	params map[string]any
}

// States of a pending decorator.
const (
	none      = iota
	decorator // after "@…tool" or its arguments
	function  // after "def"
	head      // between the name and the colon
	body      // after the colon
)

// defined tells whether the bracket that opens now holds the parameters of the function that a decorator waits for.
func (p *parser) defined() bool {
	if p.state == function {
		p.state = head
		if p.name == nil {
			p.name = p.before[0].text
		}
		return true
	}
	return false
}

// decorated follows "@server.tool(…)", "def name(parameters) -> type:" and the docstring. It is called after each token was taken.
func (p *parser) decorated(t token) {
	outermost := p.top().open != '('
	switch {
	case t.kind == '@' && outermost:
		if p.state != decorator {
			p.pending = pending{about: map[string]any{}, params: map[string]any{}}
		}
	case p.about == nil:
	case t.kind == 'w' && t.text == "tool" && p.before[0].kind == '.' && p.state == none:
		p.state = decorator
	case t.kind == 'w' && t.text == "def" && p.state == decorator && outermost:
		p.state = function
	case t.kind == 'w' && (t.text == "def" || t.text == "class") && p.state != decorator:
		p.finish("")
	case t.kind == ':' && p.state == head && outermost && p.before[0].kind != '[':
		p.state = body
	case p.state == body && t.kind == 's':
		p.finish(t.text)
	case p.state == body && t.kind != 'n':
		p.finish("")
	}
}

// finish notes the tool of a decorator, if one is complete, and forgets the decorator.
func (p *parser) finish(docstring string) {
	if p.state == body {
		if p.about["description"] == nil && docstring != "" {
			p.about["description"] = unindent(docstring)
		}
		p.define(p.name, p.about, map[string]any{"inputSchema": p.params})
	}
	p.pending = pending{}
}

// arguments takes what a decorator or the head of its function has in brackets.
func (p *parser) arguments(f *frame) {
	switch {
	case p.state == decorator && f.callee == "tool":
		f.at = true
		p.about = f.members
		p.name = f.members["name"]
		if p.name == nil && len(f.items) > 0 {
			p.name = f.items[0]
		}
	case f.params:
		for _, v := range f.items {
			if r, ok := v.(ref); ok {
				p.parameter(r[0])
			}
		}
		for name := range f.members {
			p.parameter(name)
		}
	case f.callee == "Field" && p.params != nil && f.members["description"] != nil:
		for _, outer := range p.stack {
			if r, ok := outer.value.(ref); ok && outer.params {
				p.params[r[0]] = map[string]any{"description": f.members["description"]}
			} else if outer.params && outer.key != "" {
				p.params[outer.key] = map[string]any{"description": f.members["description"]}
			}
		}
	}
}

// parameter notes one that a model can give; the context is given by the framework.
func (p *parser) parameter(name string) {
	if p.params != nil && name != "self" && name != "ctx" && name != "context" && p.params[name] == nil {
		p.params[name] = map[string]any{}
	}
}

// unindent is a docstring without the indentation that its lines share with the code (PEP 257, "Handling Docstring Indentation").
func unindent(s string) string {
	lines := strings.Split(s, "\n")
	margin := -1
	for _, line := range lines[1:] {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != "" && (margin < 0 || len(line)-len(trimmed) < margin) {
			margin = len(line) - len(trimmed)
		}
	}
	for i, line := range lines {
		if i > 0 && len(line) >= margin && margin > 0 {
			line = line[margin:]
		}
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
