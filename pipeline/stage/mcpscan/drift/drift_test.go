package drift

import (
	"encoding/json"
	"testing"

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
