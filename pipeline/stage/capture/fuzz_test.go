package capture

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"dagger/dockyard/pipeline/surface"
)

// FuzzLines reads anything a server may print the way a session does.
func FuzzLines(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}],"nextCursor":"x"}}`, `[{"jsonrpc":"2.0","method":"ping","id":"s"}]`,
		"\x1b[31mhi\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":null}\n", `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"` + "\xff" + `"}]}}`,
	} {
		f.Add([]byte(s))
	}
	limits := Limits{Line: 1 << 12, Output: 1 << 16}.withDefaults()
	f.Fuzz(func(t *testing.T, text []byte) {
		r := newLineReader(bytes.NewReader(text), limits)
		s := newSession(t.Context(), limits, new(bytes.Buffer), nil, nil)
		for read := 0; ; {
			line, err := r.next()
			if err != nil {
				break
			}
			if read += len(line); len(line) > limits.Line || read > len(text) {
				t.Fatalf("%d bytes of lines from %d", read, len(text))
			}
			answer, err := s.handle(line, "1")
			if f := reasonOf(err); err != nil && f == nil {
				t.Fatalf("%q: %v is no verdict", line, err)
			}
			if answer != nil {
				checkAnswer(t, *answer)
			}
		}
		for _, w := range s.warnings() {
			if strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%q can be seen by a terminal", w)
			}
		}
	})
}

func checkAnswer(t *testing.T, a reply) {
	for _, raw := range []json.RawMessage{a.result, a.refusal} {
		if raw == nil {
			continue
		}
		if again, err := surface.Canonical(raw); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%q is not canonical: %v", raw, err)
		}
	}
	for _, k := range kinds {
		items, _, err := k.page(a.result)
		if err != nil && len(items) > 0 {
			t.Fatalf("%q: items %q beside %v", a.result, items, err)
		}
		if sorted := k.sorted(items); len(sorted) != len(items) {
			t.Fatalf("%q: sorting lost items", a.result)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[2Jb\nc":      `a\u001b[2Jb\u000ac`,
		"\xff\u202e\u200b€": `\xff\u202e\u200b€`,
	} {
		if got := printable([]byte(in), 100); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := printable([]byte("abcdef"), 3); got != "abc…" {
		t.Errorf("got %s", got)
	}
	if got := printableLines([]byte("a\r\nb\n")); got != "a\\u000d\nb\n" {
		t.Errorf("got %q", got)
	}
}

func TestTail(t *testing.T) {
	w := tail{total: 3 * keptStderr}
	if _, err := w.Write(bytes.Repeat([]byte("a"), 2*keptStderr)); err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("end"))
	if len(w.kept) != keptStderr || !bytes.HasSuffix(w.kept, []byte("aend")) {
		t.Errorf("kept %d bytes, ending with %q", len(w.kept), w.kept[len(w.kept)-5:])
	}
	_, err := w.Write(bytes.Repeat([]byte("a"), 2*keptStderr))
	if f := reasonOf(err); f == nil || f.reason != surface.ReasonTooMuch {
		t.Errorf("beyond the bound: got %v", err)
	}
}
