package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"dagger/dockyard/pipeline/spec/nearest"
)

// mapping reads a section and reports its unknown, repeated and missing keys.
func (c *collector) mapping(n *yaml.Node, path string, v reflect.Value) {
	fields := fieldsOf(v.Type())
	seen, meant := map[string]int{}, map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, child := n.Content[i], n.Content[i+1]
		if !c.key(key, path, seen) {
			continue
		}
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		if at < 0 {
			meant[c.unknown(key, path, fields)] = true
			continue
		}
		p := join(path, key.Value)
		c.lines[p] = key.Line
		c.value(child, p, fields[at], v.Field(fields[at].index))
	}
	for _, f := range fields {
		if _, ok := seen[f.name]; !ok && !meant[f.name] && f.need != "" {
			c.missing(path, f)
		}
	}
}

// key reports keys that are no plain text or that were there before; the value of such a key is not read.
func (c *collector) key(key *yaml.Node, path string, seen map[string]int) bool {
	if key.Kind == yaml.AliasNode || key.ShortTag() == "!!merge" {
		return false // reported by refuseIndirection
	}
	if key.Kind != yaml.ScalarNode {
		c.at(key.Line, path, fmt.Sprintf("got %s as a key, want a name", describe(key)), "")
		return false
	}
	if first, again := seen[key.Value]; again {
		c.at(key.Line, join(path, key.Value), fmt.Sprintf("is given twice, first on line %d", first), "keep one of them")
		return false
	}
	seen[key.Value] = key.Line
	return true
}

func (c *collector) missing(path string, f field) {
	fix := "add the section " + f.name
	if path != "" {
		fix = "add " + f.name
	}
	if hint := rules[f.rule].fix; hint != "" {
		fix += ": " + hint
	}
	if f.example != "" {
		fix = fmt.Sprintf("add a line such as %s: %q", f.name, f.example)
	}
	p := join(path, f.name)
	if f.need == "always" {
		c.fail(p, "is missing", fix)
		return
	}
	c.strict(p, "is missing", fix)
}

// unknown reports a key that the section does not have and returns the field that was probably meant, or "".
func (c *collector) unknown(key *yaml.Node, path string, fields []field) string {
	p := join(path, key.Value)
	if why, ok := legacy[p]; ok {
		c.lines[p] = key.Line
		c.strict(p, "is a key of older catalogues that nothing reads", "remove it: "+why)
		return ""
	}
	if near := nearest.Names(key.Value, names(fields), 1); len(near) > 0 {
		c.at(key.Line, p, "unknown field", fmt.Sprintf("did you mean %q?", near[0]))
		return near[0]
	}
	fix := "this section knows " + strings.Join(names(fields), ", ")
	if section := sectionOf(key.Value, path); section != "" {
		fix = "it belongs under " + section
	}
	c.at(key.Line, p, "unknown field", fix)
	return ""
}

// sectionOf returns the top section that has a key, unless it is the one at path.
func sectionOf(key, path string) string {
	for _, section := range fieldsOf(reflect.TypeFor[Spec]()) {
		t := reflect.TypeFor[Spec]().Field(section.index).Type
		if section.name != path && slices.Contains(names(fieldsOf(t)), key) {
			return section.name
		}
	}
	return ""
}
