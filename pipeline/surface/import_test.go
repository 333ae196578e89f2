package surface

import (
	"errors"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	const tool = `{"inputSchema":{"type":"object"},"name":"a"}`
	for name, in := range map[string]string{
		"surface":  `{"schemaVersion":1,"protocolVersion":"2025-06-18","server":{"name":"s"},"tools":[` + tool + `],"source":"running"}`,
		"object":   `{"serverInfo":{"name":"s"},"tools":[{"name":"a","inputSchema":{"type":"object"}}]}`,
		"json-rpc": `{"jsonrpc":"2.0","id":1,"result":{"tools":[` + tool + `]}}`,
		"list":     "\xef\xbb\xbf [" + tool + "]",
	} {
		s, err := Import([]byte(in))
		if err != nil || len(s.Tools) != 1 || string(s.Tools[0]) != tool || s.Source != SourceFile || s.SchemaVersion != SchemaVersion {
			t.Errorf("%s: got %+v (%v)", name, s, err)
		}
	}
	s, err := Import([]byte(`[{"name":"b"},{"name":"a","x":2},{"name":"a","x":1}]`))
	if err != nil || string(s.Tools[0]) != `{"name":"a","x":1}` || string(s.Tools[2]) != `{"name":"b"}` {
		t.Errorf("order: got %s (%v)", s.Tools, err)
	}
	if s, err := Import([]byte(`{"tools":[]}`)); err != nil || s.Tools == nil {
		t.Errorf("an empty list: got %+v (%v)", s, err)
	}
}

func TestImportRefuses(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"no json":        {"tools: []", "not JSON"},
		"repeated key":   {`{"tools":[],"tools":[{"name":"a"}]}`, "repeated key"},
		"no tools":       {`{"prompts":[]}`, `no list "tools"`},
		"null":           {`null`, `no list "tools"`},
		"number":         {`7`, "cannot unmarshal"},
		"tools no list":  {`{"tools":{"a":1}}`, "cannot unmarshal"},
		"nameless":       {`[{"description":"a"}]`, `tools[0]: got`},
		"name no text":   {`[{"name":5}]`, `want an object with the text "name"`},
		"no object":      {`["a"]`, `want an object`},
		"more pages":     {`{"result":{"tools":[{"name":"a"}],"nextCursor":"2"}}`, "one page of several"},
		"resource":       {`{"tools":[],"resources":[{"name":"a"}]}`, `"uri"`},
		"deep":           {strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "nested too deep"},
		"looks like":     {`{"tools":[{"name":"a"}],"tool` + "\u017f" + `":[{"name":"b"}]}`, `got the key "tool\u017f"`},
		"inside result":  {`{"result":{"Tools":[],"tools":[{"name":"a"}]}}`, `got the key "Tools"`},
		"rpc error":      {`{"jsonrpc":"2.0","id":1,"error":{"code":-1}}`, `no list "tools"`},
		"bytes of utf-8": {"[{\"name\":\"\xff\"}]", "not UTF-8"},
	} {
		_, err := Import([]byte(c.in))
		if !errors.Is(err, ErrImport) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzImport(f *testing.F) {
	for _, s := range []string{`[{"name":"a"}]`, `{"result":{"tools":[]}}`, `{"tools":[{"name":"a"}],"prompts":[{"name":"p"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := Import(in)
		if err != nil {
			return
		}
		raw, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Import(raw)
		if err != nil {
			t.Fatalf("%q: its own form is refused: %v", raw, err)
		}
		if twice, _ := Encode(again); string(twice) != string(raw) {
			t.Fatalf("%q: became %q", raw, twice)
		}
	})
}
