// Package drift finds rug pulls: differences between a surface and the one that a person approved. Order of items, keys, properties and
// required names, and white space in JSON, do not count.
package drift

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/surface"
)

// Name of this analyzer.
const Name = "drift"

// maxValue bounds a value in a change, in bytes.
const maxValue = 2000

// Analyze compares two surfaces of one server and reports each changed, new or vanished item as one finding.
func Analyze(server string, before, after *surface.Surface) ([]finding.Finding, error) {
	old, err := index(before)
	if err != nil {
		return nil, fmt.Errorf("reading the previous surface: %w", err)
	}
	now, err := index(after)
	if err != nil {
		return nil, fmt.Errorf("reading the surface: %w", err)
	}
	keys := map[key]bool{}
	for k := range old {
		keys[k] = true
	}
	for k := range now {
		keys[k] = true
	}
	var out []finding.Finding
	for k := range keys {
		if f := compare(server, k, old[k], now[k]); f != nil {
			out = append(out, *f)
		}
	}
	return finding.Sort(out), nil
}

// key names an item; n tells equal names apart.
type key struct {
	kind, name string
	n          int
}

// index maps items to their leaves: path → canonical JSON.
func index(s *surface.Surface) (map[key]map[string]string, error) {
	out := map[key]map[string]string{}
	server := map[string]string{"serverInfo.name": s.Server.Name, "serverInfo.title": s.Server.Title, "instructions": s.Instructions}
	for k, v := range server {
		if v == "" {
			delete(server, k)
		}
	}
	out[key{fields.Server, "", 0}] = server
	items, err := fields.Walk(s)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if it.Kind == fields.Server {
			continue
		}
		leaves := map[string]string{}
		flatten("", it.Raw, leaves)
		k := key{it.Kind, it.Name, 0}
		for out[k] != nil {
			k.n++
		}
		out[k] = leaves
	}
	return out, nil
}

// flatten writes the leaves of v. Lists whose order has no meaning in JSON Schema are sorted.
func flatten(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 && path != "" {
			out[path] = "{}"
		}
		for k, e := range v {
			p := k
			if path != "" {
				p = path + "." + k
			}
			flatten(p, e, out)
		}
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			raw, err := json.Marshal(e)
			if err != nil {
				raw = []byte(fmt.Sprint(e))
			}
			list[i] = string(raw)
		}
		if unordered(path) {
			sort.Strings(list)
		}
		out[path] = "[" + strings.Join(list, ",") + "]"
	case string:
		out[path] = v
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			raw = []byte(fmt.Sprint(v))
		}
		out[path] = string(raw)
	}
}

// unordered tells lists that are sets: required, enum and type (JSON Schema 2020-12, validation 6.1 and 6.5.3).
func unordered(path string) bool {
	last := path[strings.LastIndexByte(path, '.')+1:]
	return last == "required" || last == "enum" || last == "type"
}

// compare reports the differences of one item, nil when there are none.
func compare(server string, k key, old, now map[string]string) *finding.Finding {
	paths := map[string]bool{}
	for p := range old {
		paths[p] = true
	}
	for p := range now {
		paths[p] = true
	}
	var sorted []string
	for p := range paths {
		if a, in := old[p]; !in || a != now[p] {
			sorted = append(sorted, p)
		} else if _, in := now[p]; !in {
			sorted = append(sorted, p)
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	sort.Strings(sorted)
	f := finding.Finding{Rule: "drift.changed", Code: "W003", Severity: finding.High, Category: finding.RugPull, AITech: "AITech-12.1", AISubtech: "AISubtech-12.1.2", Analyzer: Name,
		Server: server, Kind: k.kind, Item: k.name, Message: "differs from the approved surface in " + strings.Join(sorted[:min(len(sorted), 6)], ", ")}
	switch {
	case old == nil:
		f.Rule, f.Message = "drift.added", "is not in the approved surface"
	case now == nil:
		f.Rule, f.Message = "drift.removed", "is in the approved surface but not listed any more"
	}
	var text []string
	for _, p := range sorted {
		f.Changes = append(f.Changes, finding.Change{Kind: k.kind, Tool: k.name, Field: p, Before: bound(old[p]), After: bound(now[p])})
		text = append(text, p, old[p], now[p])
	}
	f.Field = sorted[0]
	f.Evidence = prose.Line(now[sorted[0]])
	f.Fingerprint = finding.Fingerprint(f.Rule, k.kind+"\n"+k.name+"\n"+strings.Join(text, "\n"))
	return &f
}

func bound(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(s[:maxValue], "") + "…"
}
