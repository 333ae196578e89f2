package spec

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Encode writes a spec as the file a person would: fields in the order of the types, nothing that is empty, texts quoted where YAML would read
// something else. Parse reads the same spec back.
func Encode(s *Spec) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(node(reflect.ValueOf(*s))); err != nil {
		return nil, fmt.Errorf("writing the spec of %q: %w", s.Metadata.Name, err)
	}
	return out.Bytes(), enc.Close()
}

func node(v reflect.Value) *yaml.Node {
	switch v.Kind() {
	case reflect.Pointer:
		return node(v.Elem())
	case reflect.Struct:
		return structNode(v)
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			list.Content = append(list.Content, node(v.Index(i)))
		}
		if v.Type().Elem().Kind() == reflect.String {
			list.Style = yaml.FlowStyle
		}
		return list
	case reflect.Map:
		m := &yaml.Node{Kind: yaml.MappingNode}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			m.Content = append(m.Content, text(k.String()), node(v.MapIndex(k)))
		}
		return m
	case reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v.Bool())}
	default:
		return text(v.String())
	}
}

// structNode leaves empty fields out, except those that must be there: readers of a spec see them said.
func structNode(v reflect.Value) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("yaml")
		if name == "" || v.Field(i).IsZero() && f.Type.Kind() != reflect.Bool && f.Tag.Get("need") != "always" {
			continue
		}
		m.Content = append(m.Content, text(name), node(v.Field(i)))
	}
	return m
}

func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// SetVersion returns the file with another spec.version and everything else as it was, comments too.
func SetVersion(raw []byte, version string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil || len(doc.Content) == 0 {
		return nil, fmt.Errorf("changing spec.version: the file is not YAML: %v", err)
	}
	n := child(child(doc.Content[0], "spec"), "version")
	if n == nil || n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return nil, fmt.Errorf("changing spec.version: the file has no such field on a line of its own")
	}
	lines := strings.SplitAfter(string(raw), "\n")
	line := lines[n.Line-1]
	before, after := line[:n.Column-1], line[n.Column-1:]
	old := strings.TrimRight(after, "\r\n")
	switch n.Style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle) {
	case 0:
		old = n.Value
	default:
		end := strings.IndexByte(old[1:], old[0])
		if end < 0 {
			return nil, fmt.Errorf("changing spec.version: its quotes do not end on the line")
		}
		old = old[:end+2]
	}
	if !strings.HasPrefix(after, old) {
		return nil, fmt.Errorf("changing spec.version: got the line %q, want the version %q in it", strings.TrimSpace(line), n.Value)
	}
	quoted, err := yaml.Marshal(text(version))
	if err != nil {
		return nil, err
	}
	lines[n.Line-1] = before + strings.TrimSpace(string(quoted)) + strings.TrimPrefix(after, old)
	return []byte(strings.Join(lines, "")), nil
}

// child is the value of a key of a mapping, or nil.
func child(m *yaml.Node, key string) *yaml.Node {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}
