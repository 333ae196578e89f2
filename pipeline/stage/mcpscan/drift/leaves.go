package drift

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/surface"
)

// key names an item. Several may have the same.
type key struct{ kind, name string }

// leaf is a value at a path: its JSON, which tells 1 from "1", and its text when it is a string.
type leaf struct{ json, text string }

// shown is the value for a reader: a string as it is, unless asJSON.
func (l leaf) shown(asJSON bool) string {
	if asJSON || l.text == "" {
		return l.json
	}
	return l.text
}

// typed tells whether two values differ in their type alone, so that their texts would look the same.
func typed(a, b leaf) bool { return a.json != b.json && a.shown(false) == b.shown(false) }

// leaves are the values of an item by their paths.
type leaves map[string]leaf

// index takes the items of a surface apart, the server first.
func index(s *surface.Surface) (map[key][]leaves, error) {
	items, err := fields.Walk(s)
	if err != nil {
		return nil, err
	}
	out := map[key][]leaves{}
	server := leaves{}
	for path, text := range map[string]string{"serverInfo.name": s.Server.Name, "serverInfo.title": s.Server.Title, "instructions": s.Instructions} {
		if text != "" {
			server[path] = leaf{encode(text), text}
		}
	}
	out[key{fields.Server, ""}] = []leaves{server}
	for _, it := range items {
		if it.Kind == fields.Server {
			continue
		}
		l := leaves{}
		flatten("", sets(it.Raw), l)
		k := key{it.Kind, it.Name}
		out[k] = append(out[k], l)
	}
	return out, nil
}

// unmatched drops the items that both lists have, in whatever order, and sorts the others.
func unmatched(old, now []leaves) (a, b []leaves) {
	left := map[string]int{}
	for _, l := range old {
		left[l.id()]++
	}
	for _, l := range now {
		if left[l.id()] > 0 {
			left[l.id()]--
			continue
		}
		b = append(b, l)
	}
	for _, l := range old {
		if left[l.id()] > 0 {
			left[l.id()]--
			a = append(a, l)
		}
	}
	order := func(x, y leaves) int { return strings.Compare(x.id(), y.id()) }
	slices.SortFunc(a, order)
	slices.SortFunc(b, order)
	return a, b
}

func (l leaves) id() string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(l)) {
		b.WriteString(strconv.Quote(p) + l[p].json + "\x00")
	}
	return b.String()
}

// sets sorts, at any depth, the lists whose order has no meaning: required, enum and type (JSON Schema 2020-12, validation 6.1 and 6.5.3).
func sets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			e = sets(e)
			if list, ok := e.([]any); ok && (k == "required" || k == "enum" || k == "type") {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
			}
			out[k] = e
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = sets(e)
		}
		return out
	}
	return v
}

// flatten writes the leaves of v. A list is a leaf.
func flatten(path string, v any, out leaves) {
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 && path != "" {
		text, _ := v.(string)
		out[path] = leaf{encode(v), text}
		return
	}
	for k, e := range object {
		p := step(k)
		if path != "" && p == k {
			p = "." + p
		}
		flatten(path+p, e, out)
	}
}

// step is a key in a path. One that could be read as several, or as none, stands in brackets: a property "a.b" is not the property "b" of "a".
func step(k string) string {
	if k == "" || strings.ContainsAny(k, `.[]"\`) {
		return "[" + strconv.Quote(k) + "]"
	}
	return k
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
