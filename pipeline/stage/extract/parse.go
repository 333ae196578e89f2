package extract

import (
	"errors"
	"slices"
	"strings"
)

// maxFrames bounds nesting.
const maxFrames = 1000

var (
	errNesting = errors.New("brackets nested more than 1000 deep")
	errLarge   = errors.New("the definitions take more bytes than their bound")
)

// ref is a value written as words, "TOOLS.SEARCH.value": what it stands for may be defined elsewhere in the file.
type ref []string

// frame is an open bracket with what is inside so far.
type frame struct {
	open    byte
	callee  string // of "(": the last word before it
	at      bool   // of "(": it belongs to a decorator
	key     string // member whose value is being read
	members map[string]any
	items   []any // of "(" and "[": values without a key
	value   any   // the value being read
	params  bool  // of "(": it is that of "def NAME("
}

// parser reads tokens with a stack of brackets: each token is looked at once.
type parser struct {
	python bool
	stack  []*frame
	names  map[string]string // words that were given a text: const NAME = "…"
	before [3]token          // the last tokens, the newest first
	found  []func(resolve func(any) any) (tool, bool)
	pending
}

// tools finds the definitions in one file, at most those that take so many bytes.
func (s source) tools(most int) ([]tool, error) {
	p := &parser{python: s.python, names: map[string]string{}, stack: []*frame{newFrame('{', "")}}
	l := &lexer{in: s.text, python: s.python}
	for {
		t, ok := l.next()
		if !ok {
			break
		}
		if err := p.take(t); err != nil {
			found, _ := p.results(most)
			return found, err
		}
	}
	return p.results(most)
}

func newFrame(open byte, callee string) *frame {
	return &frame{open: open, callee: callee, members: map[string]any{}}
}

func (p *parser) top() *frame { return p.stack[len(p.stack)-1] }

func (p *parser) take(t token) error {
	top := p.top()
	switch t.kind {
	case '(', '[', '{':
		if len(p.stack) == maxFrames {
			return errNesting
		}
		f := newFrame(t.kind, "")
		if t.kind == '(' && p.before[0].kind == 'w' {
			f.callee = p.before[0].text
			f.params = p.defined()
		}
		p.stack = append(p.stack, f)
	case ')', ']', '}':
		p.close()
	case ',', ';':
		top.settle()
	case ':':
		if top.open == '{' && p.keyBefore('{') {
			top.key, top.value = p.before[0].text, nil
		}
	case '=':
		if p.before[0].kind == 'w' && (p.python && top.open == '(' && p.keyBefore('(') || top.open == '{') {
			if top.open == '{' {
				top.settle()
			}
			top.key, top.value = p.before[0].text, nil
		}
	case 'n':
		if top.open == '{' && len(p.stack) == 1 {
			top.settle()
		}
	case 's':
		p.text(t.text)
	case 'w':
		top.word(t.text, p.before[0].kind == '.')
	}
	if p.python {
		p.decorated(t)
	}
	if t.kind != 'n' || p.before[0].kind != 'n' {
		p.before = [3]token{t, p.before[0], p.before[1]}
	}
	return nil
}

// keyBefore tells whether the token before is a whole key: it comes right after the opening bracket, a comma or a line's end.
func (p *parser) keyBefore(open byte) bool {
	k := p.before[0].kind
	if k != 'w' && k != 's' {
		return false
	}
	switch p.before[1].kind {
	case open, ',', 'n', ';', 0:
		return true
	}
	return false
}

// text takes a string: a value, or more of one where strings stand side by side or are added.
func (p *parser) text(s string) {
	top := p.top()
	before := p.before[0].kind
	if old, ok := top.value.(string); ok && (before == '+' || p.python && (before == 's' || before == 'n')) {
		top.value = old + s
	} else if top.value == nil {
		top.value = s
	}
	if top.open == '(' && top.callee == "describe" && len(top.items) == 0 {
		p.describe(s)
	}
}

// describe puts a zod description where the value it belongs to is.
func (p *parser) describe(s string) {
	for i := len(p.stack) - 2; i >= 0; i-- {
		if f := p.stack[i]; f.open == '{' {
			if m, ok := f.value.(map[string]any); ok {
				m["description"] = s
			} else {
				f.value = map[string]any{"description": s}
			}
			return
		}
	}
}

// word takes a word of a value.
func (f *frame) word(w string, member bool) {
	switch old := f.value.(type) {
	case nil:
		f.value = ref{w}
	case ref:
		if member && len(old) < 8 {
			f.value = append(old, w)
		}
	}
}

// settle ends a value.
func (f *frame) settle() {
	if f.value != nil {
		if f.key != "" {
			if _, ok := f.members[f.key]; !ok {
				f.members[f.key] = f.value
			}
		} else if f.open != '{' && len(f.items) < maxTools {
			f.items = append(f.items, f.value)
		}
	}
	f.key, f.value = "", nil
}

// close ends a bracket; what was in it becomes a value of the one around it.
func (p *parser) close() {
	if len(p.stack) == 1 {
		return
	}
	f := p.top()
	f.settle()
	p.stack = p.stack[:len(p.stack)-1]
	outer := p.top()
	p.consider(f)
	switch {
	case f.open == '{':
		outer.object(f.members)
	case f.open == '[' && outer.value == nil:
		outer.value = f.items
	case f.open == '(' && len(f.items) > 0:
		if m, ok := f.items[0].(map[string]any); ok { // z.object({…})
			outer.object(m)
		} else if s, ok := f.items[0].(string); ok && outer.value == nil && f.callee == "" { // ("a" "b")
			outer.value = s
		}
	}
}

// object takes an object as the value, unless there is one: the first counts.
func (f *frame) object(m map[string]any) {
	switch f.value.(type) {
	case nil, ref:
		f.value = m
	}
}

func (p *parser) results(most int) (out []tool, err error) {
	for len(p.stack) > 1 {
		p.close()
	}
	p.top().settle()
	p.assign(p.top().members)
	for _, f := range p.found {
		if t, ok := f(p.resolve); ok && toolName.MatchString(t.name) {
			if most -= len(t.encode()); most < 0 {
				return out, errLarge
			}
			out = append(out, t)
		}
	}
	return out, nil
}

// resolve replaces words by the texts they were given, and drops those that were given none.
func (p *parser) resolve(v any) any {
	switch v := v.(type) {
	case ref:
		for _, w := range slices.Backward(v) {
			if s, ok := p.names[w]; ok {
				return s
			}
		}
		switch strings.Join(v, ".") {
		case "true", "True":
			return true
		case "false", "False":
			return false
		}
		return nil
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e = p.resolve(e); e != nil {
				out[k] = e
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			if e = p.resolve(e); e != nil {
				out = append(out, e)
			}
		}
		return out
	}
	return v
}
