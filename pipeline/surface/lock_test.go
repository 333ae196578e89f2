package surface

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func raws(list ...string) (out []json.RawMessage) {
	for _, s := range list {
		out = append(out, json.RawMessage(s))
	}
	return out
}

func full() *Surface {
	return &Surface{SchemaVersion: 1, ProtocolVersion: "2025-06-18", Server: Implementation{"notes", "Notes & <more>", "1.2.3"}, Source: SourceRunning,
		Instructions: "Use \"it\".\nAlways.\u202e\u200b é 漢 \U0001F600 \U000E0041", Capabilities: map[string]json.RawMessage{"tools": []byte(`{}`)},
		Tools: raws(`{"inputSchema":{"type":"object","properties":{"b":{"type":"string","default":"x\u200by"},"a":{"enum":["q","p"],"minimum":1.50}}},"name":"write","_meta":{"z":[]},"description":"Writes <b>."}`,
			`{"name":"read","title":"Read","description":"Reads.","annotations":{"readOnlyHint":true},"outputSchema":{"type":"object"}}`),
		Prompts: raws(`{"name":"p","arguments":[{"name":"x","required":true}]}`), Resources: raws(`{"uri":"file:///b","name":"b"}`, `{"uri":"file:///a","name":"a"}`),
		ResourceTemplates: raws(`{"uriTemplate":"file:///{x}","name":"t"}`)}
}

func TestEncodeLock(t *testing.T) {
	got, err := EncodeLock(full())
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/surface.lock.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %s (%v), want the bytes of %s; run go test -update and look at the difference", got, err, file)
	}
	back, err := ReadLock(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if back.Instructions != full().Instructions || back.Items() != full().Items() || back.Server.Version+back.ProtocolVersion != "" || back.Capabilities != nil {
		t.Errorf("read back: got %+v", back)
	}
	if again, err := EncodeLock(back); err != nil || !bytes.Equal(again, got) {
		t.Errorf("the lock of a lock differs: %s (%v)", again, err)
	}
}

// TestLockDigest expects it to depend on what a model reads, and on nothing else.
func TestLockDigest(t *testing.T) {
	want, err := LockDigest(full())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Surface)
		same   bool
	}{
		{"order and white space", func(s *Surface) {
			s.Tools[0], s.Tools[1] = s.Tools[1], raws(` { "name" : "write", "_meta":{"z" : []}, "description":"Writes \u003cb>.","inputSchema":{"properties":{"a":{"minimum":1.50,"enum":["q","p"]},"b":{"default":"x\u200by","type":"string"}},"type":"object"}}`)[0]
		}, true},
		{"versions and capabilities", func(s *Surface) { s.Server.Version, s.ProtocolVersion, s.Capabilities = "2", "2026-01-01", nil }, true},
		{"name of the server", func(s *Surface) { s.Server.Name = "other" }, false},
		{"title of the server", func(s *Surface) { s.Server.Title = "" }, false},
		{"instructions", func(s *Surface) { s.Instructions += " " }, false},
		{"source", func(s *Surface) { s.Source = SourceStatic }, false},
		{"a tool", func(s *Surface) { s.Tools = s.Tools[:1] }, false},
		{"a prompt", func(s *Surface) { s.Prompts = nil }, false},
		{"a resource", func(s *Surface) { s.Resources[0] = raws(`{"uri":"file:///b","name":"b","description":"x"}`)[0] }, false},
		{"a template", func(s *Surface) { s.ResourceTemplates = append(s.ResourceTemplates, s.ResourceTemplates[0]) }, false},
	} {
		s := full()
		c.change(s)
		if got, err := LockDigest(s); err != nil || (got == want) != c.same {
			t.Errorf("%s: got %s (%v), want the same as %s: %t", c.name, got, err, want, c.same)
		}
	}
}

func TestEncodeLockRefuses(t *testing.T) {
	for name, s := range map[string]*Surface{
		"nothing":    {},
		"no object":  {Tools: raws(`[]`)},
		"null":       {Tools: raws(`null`)},
		"no name":    {Tools: raws(`{"description":"x"}`)},
		"same key":   {Tools: raws(`{"name":"x","name":"y"}`)},
		"not JSON":   {Prompts: raws(`{`)},
		"name is 1":  {Tools: raws(`{"name":1}`)},
		"empty name": {Tools: raws(`{"name":""}`)},
		"too deep":   {Tools: raws(`{"name":"x","a":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`)},
		"no source":  {SchemaVersion: 1, Tools: raws(`{"name":"x"}`)},
	} {
		if name != "no source" {
			s.SchemaVersion, s.Source = SchemaVersion, SourceRunning
		}
		if got, err := EncodeLock(s); !errors.Is(err, ErrLock) {
			t.Errorf("%s: got %s (%v), want an error", name, got, err)
		}
	}
}

func TestReadLockRefuses(t *testing.T) {
	raw, err := EncodeLock(full())
	if err != nil {
		t.Fatal(err)
	}
	good := string(raw)
	for name, text := range map[string]string{
		"empty":        "",
		"not JSON":     "x",
		"list":         "[]",
		"cut":          good[:len(good)/2],
		"twice":        good + good,
		"unknown key":  strings.Replace(good, `"source"`, `"more": 1, "source"`, 1),
		"repeated key": strings.Replace(good, `"source"`, `"schemaVersion": 1, "source"`, 1),
		"version":      strings.Replace(good, `"schemaVersion": 1`, `"schemaVersion": 2`, 1),
		"source":       strings.Replace(good, `"running"`, `"hearsay"`, 1),
		"no item":      `{"schemaVersion":1,"source":"running","server":{"name":"x"},"tools":[]}`,
		"no name":      strings.Replace(good, `"name": "read"`, `"name": ""`, 1),
		"too deep":     `{"schemaVersion":1,"source":"running","server":{"name":"x"},"tools":[{"name":"x","a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}]}`,
		"not UTF-8":    strings.Replace(good, "Reads.", "Reads\xff", 1),
	} {
		if got, err := ReadLock(strings.NewReader(text)); !errors.Is(err, ErrLock) {
			t.Errorf("%s: got %+v (%v), want an error", name, got, err)
		}
	}
}

func FuzzReadLock(f *testing.F) {
	raw, err := EncodeLock(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ReadLock(bytes.NewReader(raw))
		if err != nil {
			return
		}
		once, err := EncodeLock(s)
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		back, err := ReadLock(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("written and not read: %v", err)
		}
		if twice, err := EncodeLock(back); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s (%v)", once, twice, err)
		}
	})
}
