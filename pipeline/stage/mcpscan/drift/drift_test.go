package drift

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/surface"
)

func of(instructions string, tools ...string) *surface.Surface {
	s := &surface.Surface{Instructions: instructions}
	for _, t := range tools {
		s.Tools = append(s.Tools, json.RawMessage(t))
	}
	return s
}

const base = `{"name":"a","description":"Adds.","inputSchema":{"type":"object","required":["x","y"],"properties":{"x":{"type":"integer","default":1},"y":{"enum":["p","q"]}}},"annotations":{"readOnlyHint":true}}`

func TestUnchanged(t *testing.T) {
	before := of("Use.", base, `{"name":"b"}`)
	after := of("Use.", `{ "name" : "b" }`, `{"annotations":{"readOnlyHint":true},"inputSchema":{"properties":{"y":{"enum":["q","p"]},"x":{"default":1,"type":"integer"}},"required":["y","x"],"type":"object"},"description":"Adds.","name":"a"}`)
	if got, err := Analyze("s", before, after); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want no finding: only order and white space differ", got, err)
	}
}

func TestChanged(t *testing.T) {
	for _, c := range []struct {
		name, tool, rule, field, before, after string
	}{
		{"description", `{"name":"a","description":"Adds!","inputSchema":{"type":"object","required":["x","y"],"properties":{"x":{"type":"integer","default":1},"y":{"enum":["p","q"]}}},"annotations":{"readOnlyHint":true}}`, "drift.changed", "description", "Adds.", "Adds!"},
		{"default", `{"name":"a","description":"Adds.","inputSchema":{"type":"object","required":["x","y"],"properties":{"x":{"type":"integer","default":2},"y":{"enum":["p","q"]}}},"annotations":{"readOnlyHint":true}}`, "drift.changed", "inputSchema.properties.x.default", "1", "2"},
		{"annotation", `{"name":"a","description":"Adds.","inputSchema":{"type":"object","required":["x","y"],"properties":{"x":{"type":"integer","default":1},"y":{"enum":["p","q"]}}},"annotations":{"readOnlyHint":false}}`, "drift.changed", "annotations.readOnlyHint", "true", "false"},
		{"required", `{"name":"a","description":"Adds.","inputSchema":{"type":"object","required":["x"],"properties":{"x":{"type":"integer","default":1},"y":{"enum":["p","q"]}}},"annotations":{"readOnlyHint":true}}`, "drift.changed", "inputSchema.required", `["x","y"]`, `["x"]`},
		{"parameter gone", `{"name":"a","description":"Adds.","inputSchema":{"type":"object","required":["x","y"],"properties":{"x":{"type":"integer","default":1}}},"annotations":{"readOnlyHint":true}}`, "drift.changed", "inputSchema.properties.y.enum", `["p","q"]`, ""},
	} {
		got, err := Analyze("s", of("", base), of("", c.tool))
		if err != nil || len(got) != 1 || len(got[0].Changes) != 1 {
			t.Errorf("%s: got %+v, %v, want one finding with one change", c.name, got, err)
			continue
		}
		ch := got[0].Changes[0]
		if got[0].Rule != c.rule || ch.Field != c.field || ch.Before != c.before || ch.After != c.after {
			t.Errorf("%s: got %s %+v", c.name, got[0].Rule, ch)
		}
	}
}

func TestAddedRemovedInstructions(t *testing.T) {
	got, err := Analyze("s", of("Old.", base), of("New.", `{"name":"b"}`))
	if err != nil || len(got) != 3 {
		t.Fatalf("got %+v, %v, want three findings", got, err)
	}
	rules := map[string]bool{}
	for _, f := range got {
		rules[f.Rule+" "+f.Item] = true
	}
	for _, want := range []string{"drift.removed a", "drift.added b", "drift.changed "} {
		if !rules[want] {
			t.Errorf("no finding %q in %v", want, rules)
		}
	}
}

func TestSameNameTwice(t *testing.T) {
	if got, _ := Analyze("s", of("", base), of("", base, base)); len(got) != 1 {
		t.Errorf("got %d findings, want one for the second tool of the same name", len(got))
	}
}

// TestNotMissed has differences that look alike when an item is flattened.
func TestNotMissed(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ name, before, after string }{
		{"number and text", `{"name":"a","x":1}`, `{"name":"a","x":"1"}`},
		{"list and text", `{"name":"a","x":["y"]}`, `{"name":"a","x":"[\"y\"]"}`},
		{"object and text", `{"name":"a","x":{}}`, `{"name":"a","x":"{}"}`},
		{"null and text", `{"name":"a","x":null}`, `{"name":"a","x":"null"}`},
		{"null and nothing", `{"name":"a","x":null}`, `{"name":"a"}`},
		{"empty and nothing", `{"name":"a","x":""}`, `{"name":"a"}`},
		{"dot in a key", `{"name":"a","x":{"y":1}}`, `{"name":"a","x.y":1}`},
		{"bracket in a key", `{"name":"a","x.y":1}`, `{"name":"a","[\"x.y\"]":1}`},
		{"case of a key", `{"name":"a","x":1}`, `{"name":"a","X":1}`},
		{"end of a long text", `{"name":"a","description":"` + long + `a"}`, `{"name":"a","description":"` + long + `b"}`},
		{"order of a list", `{"name":"a","anyOf":[{"type":"string"},{"type":"null"}]}`, `{"name":"a","anyOf":[{"type":"null"},{"type":"string"}]}`},
		{"white space in a text", `{"name":"a","description":"a b"}`, `{"name":"a","description":"a  b"}`},
		{"output schema", `{"name":"a","outputSchema":{"type":"object"}}`, `{"name":"a","outputSchema":{"type":"string"}}`},
		{"title", `{"name":"a","title":"x"}`, `{"name":"a","title":"y"}`},
		{"annotation gone", `{"name":"a","annotations":{"readOnlyHint":true}}`, `{"name":"a"}`},
		{"meta", `{"name":"a","_meta":{"x":1}}`, `{"name":"a","_meta":{"x":2}}`},
	} {
		got, err := Analyze("s", of("", c.before), of("", c.after))
		if err != nil || len(got) != 1 || got[0].Rule != "drift.changed" || got[0].Severity != finding.High || len(got[0].Changes) == 0 {
			t.Errorf("%s: got %+v, %v, want one finding", c.name, got, err)
			continue
		}
		for _, ch := range got[0].Changes {
			if ch.Before == ch.After {
				t.Errorf("%s: the change %+v shows no difference", c.name, ch)
			}
		}
	}
}

func TestOtherLists(t *testing.T) {
	list := func(s string) []json.RawMessage { return []json.RawMessage{json.RawMessage(s)} }
	before := &surface.Surface{Server: surface.Implementation{Name: "x", Title: "X", Version: "1"}, Prompts: list(`{"name":"p","description":"a"}`), Resources: list(`{"uri":"u:1","name":"r"}`), ResourceTemplates: list(`{"name":"t","uriTemplate":"u:{a}"}`)}
	for kind, change := range map[string]func(*surface.Surface){
		"prompt":           func(s *surface.Surface) { s.Prompts = list(`{"name":"p","description":"b"}`) },
		"resource":         func(s *surface.Surface) { s.Resources = list(`{"uri":"u:2","name":"r"}`) },
		"resourceTemplate": func(s *surface.Surface) { s.ResourceTemplates = list(`{"name":"t","uriTemplate":"u:{b}"}`) },
		"server":           func(s *surface.Surface) { s.Server.Title = "Y" },
		"":                 func(s *surface.Surface) { s.Server.Version, s.ProtocolVersion = "2", "2025-06-18" },
	} {
		after := *before
		change(&after)
		got, err := Analyze("s", before, &after)
		if err != nil || kind == "" && len(got) != 0 || kind != "" && (len(got) != 1 || got[0].Kind != kind) {
			t.Errorf("%q: got %+v, %v", kind, got, err)
		}
	}
}

// TestSameNameReordered expects items of one name to be matched by what they hold.
func TestSameNameReordered(t *testing.T) {
	a, b := `{"name":"a","description":"x"}`, `{"name":"a","description":"y"}`
	if got, _ := Analyze("s", of("", a, b), of("", b, a)); len(got) != 0 {
		t.Errorf("got %+v, want none", got)
	}
	if got, _ := Analyze("s", of("", a, b, a), of("", b, a)); len(got) != 1 || got[0].Rule != "drift.removed" {
		t.Errorf("got %+v, want one that is gone", got)
	}
}

// TestLock compares a surface with its own lock.
func TestLock(t *testing.T) {
	s := of("Use\u202e it.", base, `{"name":"b","inputSchema":{"properties":{"x\u200b.y":{"type":["string","null"],"default":1.50}}}}`)
	s.SchemaVersion, s.Source = 1, surface.SourceRunning
	s.Server = surface.Implementation{Name: "n", Version: "1"}
	raw, err := surface.EncodeLock(s)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := surface.ReadLock(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Analyze("s", lock, s); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v, want no difference", got, err)
	}
	s.Instructions = "Use it."
	if got, err := Analyze("s", lock, s); err != nil || len(got) != 1 || got[0].Kind != "server" {
		t.Errorf("got %+v, %v, want other instructions", got, err)
	}
}
