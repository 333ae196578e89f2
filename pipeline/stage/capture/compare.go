package capture

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/surface"
)

// compare tells how a later reading differs from the first. Order does not count: a server whose lists come out of a hash table is no other server.
func compare(when string, first, later listing) (found []surface.Difference) {
	for _, k := range kinds {
		a, b := k.byKey(first.items[k.name]), k.byKey(later.items[k.name])
		keys := slices.Sorted(maps.Keys(a))
		for key := range b {
			if _, ok := a[key]; !ok {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			if detail := difference(a[key], b[key]); detail != "" {
				found = append(found, surface.Difference{When: when, List: k.name, Item: printable([]byte(key), keptText), Detail: detail})
			}
		}
	}
	return found
}

// compareServers does the same for what the handshake tells. The protocol version is not compared: the second start may negotiate another. Then
// capabilities are not either, for each version has its own; no model reads them.
func compareServers(when string, first, later hello) (found []surface.Difference) {
	a, b := first.members(), later.members()
	if first.version != later.version {
		delete(a, "capabilities")
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !bytes.Equal(a[name], b[name]) {
			found = append(found, surface.Difference{When: when, List: "server", Item: name, Detail: became(name, a[name], b[name])})
		}
	}
	return found
}

func (h hello) members() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, v := range map[string]any{"serverInfo": h.server, "instructions": h.instructions, "capabilities": h.capabilities} {
		out[name], _ = json.Marshal(v) // texts and JSON always marshal
	}
	return out
}

// byKey groups items by name or URI. Several may have the same.
func (k kind) byKey(items []json.RawMessage) map[string][]json.RawMessage {
	out := map[string][]json.RawMessage{}
	for _, item := range items {
		key := text(object(item)[k.key])
		out[key] = append(out[key], item)
	}
	for _, same := range out {
		slices.SortFunc(same, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	}
	return out
}

func difference(a, b []json.RawMessage) string {
	switch {
	case len(a) == 0:
		return "new"
	case len(b) == 0:
		return "gone"
	case len(a) != len(b):
		return fmt.Sprintf("listed %d times, then %d times", len(a), len(b))
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			// Names of members that are no Unicode may be the same once decoded, and then show no change.
			return cmp.Or(changedMembers(object(a[i]), object(b[i])), "changed")
		}
	}
	return ""
}

func changedMembers(a, b map[string]json.RawMessage) string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(a[name], b[name]) {
			changed = append(changed, became(name, a[name], b[name]))
		}
	}
	return strings.Join(changed, "; ")
}

func became(name string, a, b json.RawMessage) string {
	show := func(v json.RawMessage) string {
		if v == nil {
			return "nothing"
		}
		return printable(v, keptText)
	}
	return fmt.Sprintf("%s was %s and became %s", printable([]byte(name), keptText), show(a), show(b))
}

// sorted is the items in the order they have in a surface: by name or URI, equal ones by their bytes. The server's own order may differ from
// start to start and means nothing to a model, and a surface must be the same bytes on every machine.
func (k kind) sorted(items []json.RawMessage) []json.RawMessage {
	keys := make(map[string]string, len(items))
	for _, item := range items {
		keys[string(item)] = text(object(item)[k.key])
	}
	out := slices.Clone(items)
	slices.SortFunc(out, func(a, b json.RawMessage) int {
		if c := strings.Compare(keys[string(a)], keys[string(b)]); c != 0 {
			return c
		}
		return bytes.Compare(a, b)
	})
	return out
}
