package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"dagger/dockyard/pipeline/spec/nearest"
)

// text reads a scalar as text and checks it against its field. Dates read as text; in lax mode all scalars do, as the file spells them.
func (c *collector) text(n *yaml.Node, path string, f field, v reflect.Value) {
	s := n.Value
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
	case "!!int", "!!float", "!!bool":
		c.strict(path, fmt.Sprintf("got %s, want text", describe(n)), "quote it: "+f.name+`: "`+visible(s)+`"`)
	default:
		c.fail(path, fmt.Sprintf("got %s, want text", describe(n)), "")
		return
	}
	if f.prose != "" {
		s = strings.TrimSpace(s)
	}
	v.SetString(s)
	c.characters(s, path, f)
}

// characters checks a text against emptiness, hidden characters, length, enumeration and grammar, and reports the first of them.
func (c *collector) characters(s, path string, f field) {
	length := utf8.RuneCountInString(s)
	if bad, ok := unseen(s, f.prose == "lines"); ok {
		fix := "remove it"
		if bad == '\n' {
			fix = `write it on one line; ">-" folds a long one`
		}
		c.fail(path, fmt.Sprintf("has the character %U, which is not visible", bad), fix)
		return
	}
	switch {
	case s == "" && f.need == "always":
		c.fail(path, "is empty", "")
	case s == "" && f.need == "strict":
		c.strict(path, "is empty", "")
	case s == "" && (f.rule != "" || f.enum != nil):
		c.strict(path, "is empty", "give it a value or leave the key out")
	case f.max > 0 && length > f.max:
		c.fail(path, fmt.Sprintf("has %d characters, want at most %d", length, f.max), "")
	case f.enum != nil && !slices.Contains(f.enum, s):
		c.enumeration(s, path, f)
	case f.min > 0 && length < f.min:
		c.strict(path, fmt.Sprintf("got %s, %d characters, want at least %d", quote(s), length, f.min), rules[f.rule].fix)
	case f.rule != "":
		c.obeys(s, path, f.rule)
	}
}

func (c *collector) enumeration(s, path string, f field) {
	fix := ""
	if close := nearest.Names(s, f.enum, 1); len(close) > 0 {
		fix = fmt.Sprintf("did you mean %q?", close[0])
	}
	c.fail(path, fmt.Sprintf("got %s, want one of %s", quote(s), strings.Join(f.enum, ", ")), fix)
}

// describe names a node as its writer sees it.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch tag := n.ShortTag(); tag {
	case "!!str":
		return "the text " + quote(n.Value)
	case "!!int", "!!float":
		return "the number " + visible(n.Value)
	case "!!bool":
		return visible(n.Value)
	default:
		return "a value of type " + quote(tag)
	}
}
