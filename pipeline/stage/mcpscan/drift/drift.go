// Package drift finds rug pulls: differences between a surface and the one that a person approved. Order of items, keys, properties and
// required names, and white space in JSON, do not count.
package drift

import (
	"fmt"
	"sort"
	"strings"

	"dagger/dockyard/pipeline/finding"
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
		a, b := unmatched(old[k], now[k])
		for i := range max(len(a), len(b)) {
			var before, after leaves
			if i < len(a) {
				before = a[i]
			}
			if i < len(b) {
				after = b[i]
			}
			out = append(out, compare(server, k, before, after))
		}
	}
	return finding.Sort(out), nil
}

// compare reports the differences of one item; nil leaves are those of an item that is not there.
func compare(server string, k key, old, now leaves) finding.Finding {
	var sorted []string
	for p, v := range old {
		if w, in := now[p]; !in || v != w {
			sorted = append(sorted, p)
		}
	}
	for p := range now {
		if _, in := old[p]; !in {
			sorted = append(sorted, p)
		}
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
		asJSON := typed(old[p], now[p])
		c := finding.Change{Kind: k.kind, Tool: k.name, Field: p}
		c.Before, c.After = finding.Around(old[p].shown(asJSON), now[p].shown(asJSON), maxValue)
		f.Changes = append(f.Changes, c)
		text = append(text, p, old[p].json, now[p].json)
	}
	f.Field = sorted[0]
	f.Evidence = prose.Line(now[sorted[0]].shown(false))
	f.Fingerprint = finding.Fingerprint(f.Rule, k.kind+"\n"+k.name+"\n"+strings.Join(text, "\n"))
	return f
}
