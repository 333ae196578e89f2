package yara

import (
	"fmt"
	"strconv"
)

// Parse reads a rule file. name is for messages and for Rules.File. Errors are in the categories ErrSyntax and ErrUnsupported and name the line.
func Parse(name string, src []byte) (*Rules, error) {
	if len(src) > MaxSize {
		return nil, fmt.Errorf("reading rules %q: %w: got %d bytes, want at most %d", name, ErrSyntax, len(src), MaxSize)
	}
	p := parser{lexer: lexer{src: string(src), line: 1}, rules: &Rules{File: name}, names: map[string]bool{}}
	if err := p.file(); err != nil {
		return nil, fmt.Errorf("reading rules %q: %w", name, err)
	}
	if len(p.rules.List) == 0 {
		return nil, fmt.Errorf("reading rules %q: %w: got no rule, want at least one", name, ErrSyntax)
	}
	return p.rules, nil
}

type parser struct {
	lexer   lexer
	tok     token
	rules   *Rules
	names   map[string]bool
	strings int // of all rules
	rule    *Rule
}

// step reads the next token; a slash is a mark.
func (p *parser) step() (err error) {
	p.tok, err = p.lexer.next(false)
	return err
}

func (p *parser) want(kind tokenKind, value string) error {
	if p.tok.kind != kind || value != "" && p.tok.value != value {
		if value == "" {
			value = map[tokenKind]string{word: "a name", text: "a text string", symbol: "a mark"}[kind]
		}
		return syntax(p.tok.line, "got %s, want %s", p.tok, value)
	}
	return p.step()
}

func (p *parser) at(kind tokenKind, value string) bool {
	return p.tok.kind == kind && p.tok.value == value
}

func (p *parser) file() error {
	if err := p.step(); err != nil {
		return err
	}
	for p.tok.kind != end {
		switch p.tok.value {
		case "import", "include", "private", "global":
			return unsupported(p.tok.line, "%q; write rules that need no modules, other files or rules of other rules", p.tok.value)
		}
		if err := p.want(word, "rule"); err != nil {
			return err
		}
		if err := p.oneRule(); err != nil {
			return err
		}
		if len(p.rules.List) > MaxRules {
			return syntax(p.tok.line, "got more than %d rules", MaxRules)
		}
	}
	return nil
}

func (p *parser) oneRule() error {
	r := Rule{Name: p.tok.value, Meta: map[string]string{}}
	line := p.tok.line
	if err := p.want(word, ""); err != nil {
		return err
	}
	if p.names[r.Name] {
		return syntax(line, "got the rule %q a second time", r.Name)
	}
	p.names[r.Name] = true
	p.rule = &r
	for _, f := range []func() error{p.tags, func() error { return p.want(symbol, "{") }, p.meta, p.stringSection, p.condition, func() error { return p.want(symbol, "}") }} {
		if err := f(); err != nil {
			return err
		}
	}
	p.rules.List = append(p.rules.List, r)
	return nil
}

func (p *parser) tags() error {
	if !p.at(symbol, ":") {
		return nil
	}
	if err := p.step(); err != nil {
		return err
	}
	for p.tok.kind == word {
		p.rule.Tags = append(p.rule.Tags, p.tok.value)
		if err := p.step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) section(name string) (bool, error) {
	if !p.at(word, name) {
		return false, nil
	}
	if err := p.step(); err != nil {
		return false, err
	}
	return true, p.want(symbol, ":")
}

func (p *parser) meta() error {
	in, err := p.section("meta")
	for in && err == nil && p.tok.kind == word && p.tok.value != "strings" && p.tok.value != "condition" {
		key := p.tok.value
		if err = p.step(); err != nil {
			return err
		}
		if err = p.want(symbol, "="); err != nil {
			return err
		}
		value := p.tok.value
		if p.at(symbol, "-") {
			if err = p.step(); err != nil {
				return err
			}
			value += p.tok.value
		}
		if p.tok.kind != text && p.tok.kind != number && value != "true" && value != "false" {
			return syntax(p.tok.line, "got %s, want a text, a number, true or false as value of %s", p.tok, key)
		}
		p.rule.Meta[key] = value
		err = p.step()
	}
	return err
}

func (p *parser) stringSection() error {
	in, err := p.section("strings")
	if !in || err != nil {
		return err
	}
	for p.tok.kind == dollar {
		if err := p.oneString(); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) oneString() error {
	name, line := p.tok.value, p.tok.line
	if p.index(name) >= 0 && name != "$" {
		return syntax(line, "got the string %s a second time", name)
	}
	if err := p.step(); err != nil {
		return err
	}
	if !p.at(symbol, "=") {
		return syntax(p.tok.line, "got %s, want = after %s", p.tok, name)
	}
	var err error
	if p.tok, err = p.lexer.next(true); err != nil {
		return err
	}
	value := p.tok
	if p.at(symbol, "{") {
		return unsupported(line, "%s is a hex string; write it as a text string or a regular expression", name)
	}
	if value.kind != text && value.kind != regex {
		return syntax(value.line, "got %s, want a text string or a regular expression as %s", value, name)
	}
	if err := p.step(); err != nil {
		return err
	}
	mods := modifiers{}
	for p.tok.kind == word && p.tok.value != "condition" {
		if err := mods.add(p.tok, name); err != nil {
			return err
		}
		if err := p.step(); err != nil {
			return err
		}
	}
	re, err := compile(name, value, mods)
	if err != nil {
		return err
	}
	p.rule.strings = append(p.rule.strings, pattern{name, re})
	if p.strings++; p.strings > MaxStrings {
		return syntax(line, "got more than %d strings in one file", MaxStrings)
	}
	return nil
}

// index finds a string of the rule by name, or -1.
func (p *parser) index(name string) int {
	for i, s := range p.rule.strings {
		if s.name == name {
			return i
		}
	}
	return -1
}

func (p *parser) condition() error {
	if in, err := p.section("condition"); err != nil {
		return err
	} else if !in {
		return syntax(p.tok.line, "got %s, want condition:", p.tok)
	}
	n, err := p.or(0)
	p.rule.when = n
	return err
}

func (p *parser) or(depth int) (node, error) {
	a, err := p.and(depth)
	for err == nil && p.at(word, "or") {
		var b node
		if err = p.step(); err == nil {
			b, err = p.and(depth)
			a = either{a, b}
		}
	}
	return a, err
}

func (p *parser) and(depth int) (node, error) {
	a, err := p.unary(depth)
	for err == nil && p.at(word, "and") {
		var b node
		if err = p.step(); err == nil {
			b, err = p.unary(depth)
			a = both{a, b}
		}
	}
	return a, err
}

func (p *parser) unary(depth int) (node, error) {
	if depth > maxDepth {
		return nil, syntax(p.tok.line, "the condition is nested deeper than %d levels", maxDepth)
	}
	t := p.tok
	if err := p.step(); err != nil {
		return nil, err
	}
	switch {
	case t.kind == word && t.value == "not":
		n, err := p.unary(depth + 1)
		return negation{n}, err
	case t.kind == symbol && t.value == "(":
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return n, p.want(symbol, ")")
	case t.kind == word && (t.value == "true" || t.value == "false"):
		return constant(t.value == "true"), nil
	case t.kind == dollar:
		i := p.index(t.value)
		if i < 0 {
			return nil, syntax(t.line, "the condition names %s, which is not among the strings", t.value)
		}
		return str(i), p.refuseOffset()
	case t.kind == number || t.kind == word && (t.value == "any" || t.value == "all" || t.value == "none"):
		return p.of(t)
	}
	return nil, unsupported(t.line, "%s in a condition; this reader knows and, or, not, ( ), $name, true, false, and any, all, none or N of them or of ($a, $b*)", t)
}

func (p *parser) refuseOffset() error {
	if p.at(word, "at") || p.at(word, "in") {
		return unsupported(p.tok.line, "%q after a string: places of matches", p.tok.value)
	}
	return nil
}

// of reads "any of them", "2 of ($a*, $b)".
func (p *parser) of(quantity token) (node, error) {
	if !p.at(word, "of") {
		return nil, unsupported(quantity.line, "%s in a condition where no \"of\" follows", quantity)
	}
	if err := p.step(); err != nil {
		return nil, err
	}
	c, err := p.set()
	if err != nil {
		return nil, err
	}
	switch quantity.value {
	case "any":
		c.least = 1
	case "all":
		c.least = len(c.strings)
	case "none":
		c.least = -1
	default:
		if c.least, err = strconv.Atoi(quantity.value); err != nil || c.least < 1 || c.least > len(c.strings) {
			return nil, syntax(quantity.line, "got %q of %d strings, want a number from 1 to %d", quantity.value, len(c.strings), len(c.strings))
		}
	}
	return c, p.refuseOffset()
}

func (p *parser) set() (count, error) {
	c := count{}
	line := p.tok.line
	if p.at(word, "them") {
		for i := range p.rule.strings {
			c.strings = append(c.strings, i)
		}
		return c, p.someStrings(c, line)
	}
	if err := p.want(symbol, "("); err != nil {
		return c, err
	}
	for {
		if p.tok.kind != dollar {
			return c, syntax(p.tok.line, "got %s, want a string such as $a or $a*", p.tok)
		}
		found := p.matching(p.tok.value)
		if len(found) == 0 {
			return c, syntax(p.tok.line, "the condition names %s, which is not among the strings", p.tok.value)
		}
		c.strings = append(c.strings, found...)
		if err := p.step(); err != nil {
			return c, err
		}
		if p.at(symbol, ")") {
			return c, p.someStrings(c, line)
		}
		if err := p.want(symbol, ","); err != nil {
			return c, err
		}
	}
}

// someStrings steps over the end of a set that must not be empty.
func (p *parser) someStrings(c count, line int) error {
	if len(c.strings) == 0 {
		return syntax(line, "the condition speaks of strings, but the rule has none")
	}
	return p.step()
}

func (p *parser) matching(name string) []int {
	var out []int
	for i, s := range p.rule.strings {
		if s.name == name || name[len(name)-1] == '*' && len(s.name) >= len(name)-1 && s.name[:len(name)-1] == name[:len(name)-1] {
			out = append(out, i)
		}
	}
	return out
}
