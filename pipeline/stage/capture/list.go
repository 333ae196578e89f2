package capture

import (
	"encoding/json"
	"errors"

	"dagger/dockyard/pipeline/surface"
)

// kind is one of the lists that a server may offer.
type kind struct {
	name, method, capability string
	key                      string // member that tells items apart
	optional                 bool   // may be refused although the capability is there
}

// kinds in the order they are asked for. Each is asked for whatever the capabilities say, because clients may do the same.
var kinds = []kind{
	{name: "tools", method: "tools/list", capability: "tools", key: "name"},
	{name: "prompts", method: "prompts/list", capability: "prompts", key: "name"},
	{name: "resources", method: "resources/list", capability: "resources", key: "uri"},
	{name: "resourceTemplates", method: "resources/templates/list", capability: "resources", key: "uriTemplate", optional: true},
}

// listing is one reading of all lists, by kind.
type listing struct {
	items map[string][]json.RawMessage // in the order of the server
	pages map[string]int
}

func (l listing) empty() bool {
	for _, k := range kinds {
		if len(l.items[k.name]) > 0 {
			return false
		}
	}
	return true
}

// lists reads every page of every list.
func (s *session) lists(h hello) (listing, error) {
	l := listing{items: map[string][]json.RawMessage{}, pages: map[string]int{}}
	for _, k := range kinds {
		_, declared := h.capabilities[k.capability]
		if s.silent[k.method] {
			continue
		}
		items, pages, err := s.list(k, declared)
		if err != nil {
			return l, err
		}
		if pages > 0 {
			l.items[k.name], l.pages[k.name] = items, pages
		}
	}
	return l, nil
}

func (s *session) list(k kind, declared bool) (items []json.RawMessage, pages int, err error) {
	wait := s.limits.Request
	if !declared {
		wait = s.limits.Extra
	}
	params, seen := map[string]any{}, map[string]bool{}
	for {
		answer, err := s.request(k.method, params, wait)
		if errors.Is(err, errSilent) && !declared && pages == 0 {
			s.silent[k.method] = true
			return nil, 0, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if answer.refusal != nil {
			if (!declared || k.optional) && pages == 0 {
				return nil, 0, nil
			}
			return nil, 0, failed(surface.ReasonRefused, "%s was refused: %s", k.method, printable(answer.refusal, keptText))
		}
		page, cursor, err := k.page(answer.result)
		if err != nil {
			return nil, 0, err
		}
		items = append(items, page...)
		pages++
		switch {
		case len(items) > s.limits.Items:
			return nil, 0, failed(surface.ReasonPages, "%s: more than %d items", k.method, s.limits.Items)
		case cursor == "":
			return items, pages, nil
		case seen[cursor]:
			return nil, 0, failed(surface.ReasonPages, "%s: the cursor %q came again on page %d", k.method, printable([]byte(cursor), keptText), pages)
		case pages == s.limits.Pages:
			return nil, 0, failed(surface.ReasonPages, "%s: more than %d pages", k.method, s.limits.Pages)
		}
		seen[cursor] = true
		params, wait = map[string]any{"cursor": cursor}, s.limits.Request
	}
}

// page reads the items of one page and the cursor of the next, "" at the end.
func (k kind) page(result json.RawMessage) (items []json.RawMessage, cursor string, err error) {
	members := object(result)
	if raw, ok := members[k.name]; !ok || raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, "", failed(surface.ReasonBadProtocol, "%s: got %s, want an object with the array %q", k.method, printable(result, keptText), k.name)
	}
	for _, item := range items {
		if text(object(item)[k.key]) == "" {
			return nil, "", failed(surface.ReasonBadProtocol, "%s: got the item %s, want an object with the text %q", k.method, printable(item, keptText), k.key)
		}
	}
	next := members["nextCursor"]
	if next != nil && next[0] != '"' && string(next) != "null" {
		return nil, "", failed(surface.ReasonBadProtocol, "%s: got the cursor %s, want text", k.method, printable(next, keptText))
	}
	return items, text(next), nil
}

// use does what a client does between two readings of the lists. Answers do not matter, only whether the lists change afterwards: a server that
// waits to be used before it shows another face does so here.
func (s *session) use(l listing) error {
	if s.meta == nil { // version 2026-07-28 has no ping
		if _, err := s.request("ping", nil, s.limits.Extra); err != nil && !errors.Is(err, errSilent) {
			return err
		}
	}
	tools := l.items["tools"]
	if len(tools) == 0 {
		return nil
	}
	_, err := s.request("tools/call", map[string]any{"name": text(object(tools[0])["name"]), "arguments": map[string]any{}}, s.limits.Extra)
	if errors.Is(err, errSilent) {
		return nil
	}
	return err
}
