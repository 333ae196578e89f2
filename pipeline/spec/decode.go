package spec

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// read fills the spec from the top mapping.
func (c *collector) read(root *yaml.Node, s *Spec) {
	c.mapping(root, "", reflect.ValueOf(s).Elem())
}

// value reads one node into v, whose kinds are those of the types in spec.go.
func (c *collector) value(n *yaml.Node, path string, f field, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		return // reported by refuseIndirection
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		if f.need == "always" || f.element {
			c.fail(path, "has no value", "")
			return
		}
		c.strict(path, "has no value", "give it one or leave the key out")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		c.pointer(n, path, f, v)
	case reflect.Struct:
		if c.kind(n, yaml.MappingNode, path, "a mapping", "") {
			c.mapping(n, path, v)
		}
	case reflect.Slice:
		c.sequence(n, path, f, v)
	case reflect.Map:
		c.stringMap(n, path, f, v)
	case reflect.Bool:
		if c.kind(n, yaml.ScalarNode, path, "true or false", "") && c.tag(n, "!!bool", path, "true or false") {
			v.SetBool(strings.EqualFold(n.Value, "true"))
		}
	default:
		if c.kind(n, yaml.ScalarNode, path, "text", "") {
			c.text(n, path, f, v)
		}
	}
}

// kind reports a node that is not of the wanted kind.
func (c *collector) kind(n *yaml.Node, want yaml.Kind, path, wanted, fix string) bool {
	if n.Kind == want {
		return true
	}
	c.fail(path, fmt.Sprintf("got %s, want %s", describe(n), wanted), fix)
	return false
}

func (c *collector) tag(n *yaml.Node, want, path, wanted string) bool {
	if n.ShortTag() == want {
		return true
	}
	c.fail(path, fmt.Sprintf("got %s, want %s", describe(n), wanted), "")
	return false
}

// pointer reads an optional section. insecure_ignore may also be the reason itself.
func (c *collector) pointer(n *yaml.Node, path string, f field, v reflect.Value) {
	if v.Type() == reflect.TypeFor[*InsecureIgnore]() && n.Kind == yaml.ScalarNode {
		c.insecureIgnore(n, path, v)
		return
	}
	target := reflect.New(v.Type().Elem())
	c.value(n, path, f, target.Elem())
	v.Set(target)
}

func (c *collector) insecureIgnore(n *yaml.Node, path string, v reflect.Value) {
	const fix = `write the reason instead: insecure_ignore: {reason: "why the server cannot be scanned"}`
	waiver := &InsecureIgnore{}
	switch {
	case n.ShortTag() == "!!bool" && strings.EqualFold(n.Value, "false"):
		c.strict(path, "false is what holds anyway", "leave the key out")
		return
	case n.ShortTag() == "!!bool":
		c.strict(path, "got true without a reason", fix)
	case n.ShortTag() == "!!str":
		reason := fieldsOf(reflect.TypeFor[InsecureIgnore]())[0]
		c.text(n, path, reason, reflect.ValueOf(waiver).Elem().Field(reason.index))
	default:
		c.fail(path, fmt.Sprintf("got %s, want the reason", describe(n)), fix)
	}
	v.Set(reflect.ValueOf(waiver))
}

func (c *collector) sequence(n *yaml.Node, path string, f field, v reflect.Value) {
	if !c.kind(n, yaml.SequenceNode, path, "a list", `start each item with "- "`) || !c.count(len(n.Content), path, f) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, child := range n.Content {
		p := fmt.Sprintf("%s[%d]", path, i)
		c.lines[p] = child.Line
		c.value(child, p, f.item(), v.Index(i))
	}
}

func (c *collector) stringMap(n *yaml.Node, path string, f field, v reflect.Value) {
	if !c.kind(n, yaml.MappingNode, path, "a mapping", `write lines such as NAME: "value"`) || !c.count(len(n.Content)/2, path, f) {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, child := n.Content[i], n.Content[i+1]
		if !c.key(key, path, seen) {
			continue
		}
		p := join(path, key.Value)
		c.lines[p] = key.Line
		c.obeys(key.Value, p, f.rule)
		value := reflect.New(v.Type().Elem()).Elem()
		c.value(child, p, field{name: key.Value, max: f.items, element: true}, value)
		v.SetMapIndex(reflect.ValueOf(key.Value), value)
	}
}

func (c *collector) count(n int, path string, f field) bool {
	if n <= f.max {
		return true
	}
	c.fail(path, fmt.Sprintf("has %d items, want at most %d", n, f.max), "")
	return false
}
