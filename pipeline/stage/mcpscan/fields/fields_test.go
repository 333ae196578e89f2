package fields

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/surface"
)

func TestWalkSeesEveryText(t *testing.T) {
	s := &surface.Surface{Instructions: "T0", Server: surface.Implementation{Name: "T1", Title: "T2"},
		Tools: []json.RawMessage{[]byte(`{"name":"T3","title":"T4","description":"T5","annotations":{"title":"T6"},"x-note":"T7",
			"inputSchema":{"type":"object","description":"T8","properties":{"T9":{"description":"T10","enum":["T11"],"default":"T12",
			"items":{"properties":{"T13":{"anyOf":[{"description":"T14"}]}}},"examples":[{"k":"T15"}]}}},
			"outputSchema":{"properties":{"r":{"description":"T16"}}}}`)},
		Prompts:   []json.RawMessage{[]byte(`{"name":"T17","arguments":[{"name":"T18","description":"T19"}]}`)},
		Resources: []json.RawMessage{[]byte(`{"uri":"T20","text":"T21"}`)}, ResourceTemplates: []json.RawMessage{[]byte(`{"uriTemplate":"T22","T23":1}`)}}
	items, err := Walk(s)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, it := range items {
		for _, f := range it.Fields {
			seen[f.Text] = true
		}
	}
	for i := range 24 {
		if want := "T" + json.Number(itoa(i)).String(); !seen[want] {
			t.Errorf("text %s was not seen", want)
		}
	}
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }

func TestReadRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"not JSON": `{`, "a list": `[]`, "two values": `{} {}`,
		"too deep": `{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`,
	} {
		if _, err := Read(Tool, []byte(in)); !errors.Is(err, ErrItem) {
			t.Errorf("%s: got %v, want ErrItem", name, err)
		}
	}
}
