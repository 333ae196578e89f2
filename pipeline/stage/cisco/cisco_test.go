package cisco

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan"
	"dagger/dockyard/pipeline/stage/mcpscan/yara"
	"dagger/dockyard/pipeline/surface"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func load(t testing.TB, name string) (*surface.Surface, Files) {
	t.Helper()
	s, err := mcpscan.ReadSurface(filepath.Join("testdata", name+".surface.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Input(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, f
}

// read is a file of testdata; one that is not there is empty, as the log of a good run is.
func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return raw
}

func TestInput(t *testing.T) {
	_, f := load(t, "bad")
	var all bytes.Buffer
	for _, raw := range [][]byte{f.Tools, f.Prompts, f.Resources} {
		if err := json.Indent(&all, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		all.WriteByte('\n')
	}
	golden(t, "bad.input.golden", all.Bytes())
}

// TestRecorded reads what the scanner, version 4.8.7, printed for these surfaces. The services behind llm and api were stand-ins.
func TestRecorded(t *testing.T) {
	for _, c := range []struct {
		name, surface string
		asked         []string
	}{
		{"bad", "bad", []string{Yara, Schema}},
		{"good", "good", []string{Yara, Schema}},
		{"bad-llm", "bad", []string{LLM}},
		{"bad-api", "bad", []string{API}},
		{"good-llm-garbled", "good", []string{LLM}},
		{"good-llm-down", "good", []string{LLM}},
		{"good-api-down", "good", []string{API}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f := load(t, c.surface)
			r := Judged{Server: "s", Asked: c.asked}.Read(s, f.Items, read(t, c.name+".raw.json"), read(t, c.name+".stderr"))
			raw, err := surface.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".golden", raw)
			if failed := strings.Contains(c.name, "down") || strings.Contains(c.name, "garbled"); r.Complete() == failed {
				t.Errorf("got %+v", r.Analyzers)
			}
		})
	}
}

// TestLogAloneFails: the output of a run that failed looks like a good one to whoever does not read the log.
func TestLogAloneFails(t *testing.T) {
	s, f := load(t, "good")
	raw := bytes.ReplaceAll(read(t, "good.raw.json"), []byte("yara"), []byte("llm"))
	raw = bytes.ReplaceAll(raw, []byte("schema"), []byte("api"))
	for line, want := range map[string]string{
		"t - mcpscanner.core.analyzers.base.LLMAnalyzer - ERROR - LLM analysis failed: X": "completed failed",
		"t - mcpscanner.core.analyzers.base.ApiAnalyzer - ERROR - API analysis failed: X": "failed completed",
		"t - something - ERROR - broken":                                          "failed failed",
		"Warning: LLM analyzer requested but no key":                              "completed failed",
		"t - mcpscanner.core.analyzers.base.LLMAnalyzer - WARNING - trying again": "completed completed",
	} {
		r := Judged{Asked: []string{LLM, API}}.Read(s, f.Items, raw, []byte("x\n"+line+"\n"))
		if got := r.Analyzers[3].Status + " " + r.Analyzers[2].Status; got != want {
			t.Errorf("%s: got %s, want %s (api, llm)", line, got, want)
		}
	}
}

func TestInputRefuses(t *testing.T) {
	deep := `{"name":"x","inputSchema":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200) + "}"
	for name, c := range map[string]struct{ tool, resource, want string }{
		"no object": {tool: `["x"]`, want: "want an object"},
		"no name":   {tool: `{"name":7}`, want: "no name that is a text"},
		"deep":      {tool: deep, want: "nested too deep"},
		"keys":      {tool: `{"name":"a","name":"b"}`, want: "repeated key"},
		"no uri":    {resource: `{"name":"a"}`, want: "no uri that is a text"},
		"large":     {tool: `{"name":"` + strings.Repeat("x", MaxInput) + `"}`, want: "MaxInput"},
	} {
		s := surface.Surface{}
		if c.tool != "" {
			s.Tools = append(s.Tools, json.RawMessage(c.tool))
		}
		if c.resource != "" {
			s.Resources = append(s.Resources, json.RawMessage(c.resource))
		}
		if _, err := Input(&s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

// TestInputKeepsEverything: each word of a surface is where the scanner looks.
func TestInputKeepsEverything(t *testing.T) {
	s := &surface.Surface{Server: surface.Implementation{Name: "word1", Title: "word2", Version: "word3"}, Instructions: "word4",
		Tools:             []json.RawMessage{json.RawMessage(`{"name":"word5","title":"word6","description":["word7"],"outputSchema":{"a":"word8"}}`)},
		Prompts:           []json.RawMessage{json.RawMessage(`{"name":"p","title":"word9","arguments":{"x":"word10"},"_meta":{"word11":1}}`)},
		Resources:         []json.RawMessage{json.RawMessage(`{"uri":"u","name":"n","text":"word12","mimeType":"word13/x","blob":"word14"}`)},
		ResourceTemplates: []json.RawMessage{json.RawMessage(`{"uriTemplate":"word15","annotations":{"a":"word16"}}`)}}
	f, err := Input(s)
	if err != nil {
		t.Fatal(err)
	}
	var tools struct{ Tools []map[string]any }
	var prompts struct{ Prompts []map[string]any }
	var resources struct{ Resources []map[string]any }
	for raw, to := range map[*[]byte]any{&f.Tools: &tools, &f.Prompts: &prompts, &f.Resources: &resources} {
		if err := json.Unmarshal(*raw, to); err != nil {
			t.Fatal(err)
		}
	}
	var seen []any
	for _, tool := range tools.Tools {
		if tool["inputSchema"] == nil {
			t.Errorf("%v has no input schema: the scanner reads its description only", tool)
		}
		seen = append(seen, tool)
	}
	for _, p := range prompts.Prompts {
		seen = append(seen, p["name"], p["description"], p["arguments"])
	}
	for _, r := range resources.Resources {
		seen = append(seen, r["uri"], r["name"], r["description"], r["text"])
	}
	raw, _ := json.Marshal(seen)
	for n := 1; n <= 16; n++ {
		if word := "word" + strconv.Itoa(n); !bytes.Contains(raw, []byte(word)) {
			t.Errorf("%s is not where the scanner looks: %s", word, raw)
		}
	}
}

func TestFingerprintFollowsTheText(t *testing.T) {
	s, f := load(t, "bad")
	j := Judged{Asked: []string{Yara, Schema}}
	before := j.Read(s, f.Items, read(t, "bad.raw.json"), nil).Findings
	f.Items[1].Raw = bytes.Replace(f.Items[1].Raw, []byte("city"), []byte("town"), 1)
	after := j.Read(s, f.Items, read(t, "bad.raw.json"), nil).Findings
	changed := 0
	for i := range before {
		if before[i].Fingerprint != after[i].Fingerprint {
			changed++
		}
	}
	if changed == 0 || changed == len(before) || finding.Severity("") == before[0].Severity {
		t.Errorf("got %d of %d fingerprints changed with one tool's text, want those of that tool", changed, len(before))
	}
}

// TestLocate: the scanner does not tell where; its own rules do.
func TestLocate(t *testing.T) {
	rules, err := yara.Parse("x.yara", []byte(`rule coercive_injection { meta: threat_type = "PROMPT INJECTION" strings: $a = /must call this/i condition: $a }`))
	if err != nil {
		t.Fatal(err)
	}
	s, f := load(t, "bad")
	r := Judged{Asked: []string{Yara, Schema}, Rules: []*yara.Rules{rules}}.Read(s, f.Items, read(t, "bad.raw.json"), nil)
	var got []string
	for _, f := range r.Findings {
		if strings.HasSuffix(f.Message, "by its rule coercive_injection") {
			got = append(got, f.Kind+" "+f.Field+" "+f.Evidence)
		}
	}
	want := []string{"prompt title MUST call this", "resource annotations.note MUST call this", "tool description MUST call this"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
