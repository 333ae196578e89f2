package capture

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/surface"
)

// quick are limits for servers in this process.
var quick = Limits{Start: time.Second, Request: time.Second, Extra: 100 * time.Millisecond, Line: 1 << 20, Output: 4 << 20, Pages: 5, Items: 20}.withDefaults()

// fake is a server in this process: it gets each request and writes what it likes.
type fake func(id, method string, params map[string]any, say func(lines ...string))

// talk opens a session with a fake server.
func talk(t testing.TB, f fake) *session {
	t.Helper()
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	go func() {
		defer outW.Close()
		for s := bufio.NewScanner(inR); s.Scan(); {
			var m struct {
				ID     json.RawMessage
				Method string
				Params map[string]any
			}
			if json.Unmarshal(s.Bytes(), &m) == nil {
				f(string(m.ID), m.Method, m.Params, func(lines ...string) { io.WriteString(outW, strings.Join(lines, "\n")+"\n") })
			}
		}
	}()
	return connect(t, inW, outR)
}

// pipe is one of the system's, which hold some bytes and know deadlines, as those of a started server.
func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func connect(t testing.TB, in io.WriteCloser, out io.ReadCloser) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	lines := make(chan event)
	go func() {
		r := newLineReader(out, quick)
		for {
			line, err := r.next()
			if errors.Is(err, io.EOF) {
				err = failed(surface.ReasonExited, "the server ended")
			}
			select {
			case lines <- event{line, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); in.Close(); out.Close() })
	return newSession(ctx, quick, in, lines, make(chan *failure))
}

func result(id, body string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, body)
}

func notFound(id string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}`, id)
}

const helloBody = `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"fake","version":"1"},"instructions":"be kind"}`

// answering is a server that does everything right and lists one tool, except for one method.
func answering(method string, other fake) fake {
	return func(id, m string, params map[string]any, say func(...string)) {
		switch {
		case m == method:
			other(id, m, params, say)
		case m == "initialize":
			say(result(id, helloBody))
		case m == "tools/list":
			say(result(id, `{"tools":[{"name":"a"}]}`))
		case id != "":
			say(notFound(id))
		}
	}
}

// always answers with lines in which ID stands for the request's id.
func always(lines ...string) fake {
	return func(id, _ string, _ map[string]any, say func(...string)) {
		for _, l := range lines {
			say(strings.ReplaceAll(l, "ID", id))
		}
	}
}

func read(s *session) (hello, listing, error) {
	h, err := s.greet()
	if err != nil {
		return h, listing{}, err
	}
	l, err := s.lists(h)
	return h, l, err
}

func TestReading(t *testing.T) {
	page := 0
	for _, c := range []struct {
		what   string
		server fake
		tools  string // names, or
		reason string // why not
	}{
		{"one page", answering("", nil), "a", ""},
		{"several pages", answering("tools/list", func(id, _ string, p map[string]any, say func(...string)) {
			if p["cursor"] == "two" {
				say(result(id, `{"tools":[{"name":"b"}],"nextCursor":null}`))
			} else {
				say(result(id, `{"tools":[{"name":"a"}],"nextCursor":"two"}`))
			}
		}), "a b", ""},
		{"pages without end", answering("tools/list", func(id, _ string, _ map[string]any, say func(...string)) {
			page++
			say(result(id, fmt.Sprintf(`{"tools":[],"nextCursor":"%d"}`, page)))
		}), "", surface.ReasonPages},
		{"a cursor twice", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[],"nextCursor":"x"}}`)), "", surface.ReasonPages},
		{"a cursor that is no text", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[],"nextCursor":7}}`)), "", surface.ReasonBadProtocol},
		{"too many items", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[`+strings.Repeat(`{"name":"a"},`, 20)+`{"name":"a"}]}}`)), "", surface.ReasonPages},
		{"no list", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"Tools":[{"name":"a"}]}}`)), "", surface.ReasonBadProtocol},
		{"an item without a name", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"Name":"a"}]}}`)), "", surface.ReasonBadProtocol},
		{"refused though offered", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"error":{"code":-1,"message":"no"}}`)), "", surface.ReasonRefused},
		{"never an answer", answering("tools/list", always()), "", surface.ReasonNoAnswer},
		{"wrong ids", answering("tools/list", always(`{"jsonrpc":"2.0","id":"ID","result":{"tools":[]}}`, `{"jsonrpc":"2.0","id":99,"result":{"tools":[]}}`)), "", surface.ReasonBadProtocol},
		{"a long line", answering("tools/list", always(strings.Repeat("x", 1<<20)+"x")), "", surface.ReasonTooMuch},
		{"too many long lines", answering("tools/list", always(strings.Repeat(strings.Repeat("x", 1<<19)+"\n", 9))), "", surface.ReasonTooMuch},
		{"too many lines", answering("tools/list", always(strings.Repeat("x\n", maxNoise+1))), "", surface.ReasonTooMuch},
		{"deep", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+"}")), "", surface.ReasonBadProtocol},
		{"not UTF-8", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"`+"\xff"+`"}]}}`)), "", surface.ReasonBadProtocol},
		{"a key twice", answering("tools/list", always(`{"jsonrpc":"2.0","id":ID,"result":{"tools":[],"tools":[{"name":"a"}]}}`)), "", surface.ReasonBadProtocol},
		{"lines that are no messages", answering("tools/list", always("\x1b[31mhi\x1b[0m", `{"level":30,"msg":"log"}`, "[1,2]", "{", "\xff", `{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a"}]}}`)), "a", ""},
		{"a batch", answering("tools/list", always(`[{"jsonrpc":"2.0","method":"notifications/message"},{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a"}]}}]`)), "a", ""},
		{"requests to the client", answering("tools/list", always(`{"jsonrpc":"2.0","id":"s","method":"roots/list"}`, `{"jsonrpc":"2.0","id":2,"method":"ping"}`, `{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a"}]}}`)), "a", ""},
		{"requests without end", answering("tools/list", always(strings.Repeat(`{"jsonrpc":"2.0","id":"s","method":"ping"}`+"\n", maxServerRequests+1))), "", surface.ReasonTooMuch},
		{"a request with a long id", answering("tools/list", always(`{"jsonrpc":"2.0","id":"`+strings.Repeat("s", 400)+`","method":"ping"}`)), "", surface.ReasonBadProtocol},
		{"a list that is not offered and not answered", answering("prompts/list", always()), "a", ""},
		{"initialize refused", answering("initialize", always(`{"jsonrpc":"2.0","id":ID,"error":{"code":-32601,"message":"no"}}`)), "", surface.ReasonRefused},
		{"an unknown version", answering("initialize", always(`{"jsonrpc":"2.0","id":ID,"result":{"protocolVersion":"1999-01-01"}}`)), "", surface.ReasonBadProtocol},
		{"silent from the start", answering("initialize", always()), "", surface.ReasonNoAnswer},
		{"imitation of the result", answering("tools/list", always(`{"schemaVersion":1,"status":"CAPTURED","surface":{"tools":[{"name":"evil"}]}}`, `{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a"}]}}`)), "a", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, l, err := read(talk(t, c.server))
			var names []string
			for _, item := range l.items["tools"] {
				names = append(names, text(object(item)["name"]))
			}
			f := reasonOf(err)
			switch {
			case c.reason == "" && (err != nil || strings.Join(names, " ") != c.tools):
				t.Errorf("got %q (%.300v), want %q", names, err, c.tools)
			case c.reason != "" && (f == nil || f.reason != c.reason):
				t.Errorf("got %q (%.300v), want a failure with the reason %s", names, err, c.reason)
			}
		})
	}
}

// TestServe looks at what the server gets for its requests.
func TestServe(t *testing.T) {
	var got []string
	s := talk(t, func(id, method string, params map[string]any, say func(...string)) {
		switch method {
		case "initialize":
			say(`{"jsonrpc":"2.0","id":"s1","method":"ping"}`, `{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{}}`, result(id, helloBody))
		case "":
			got = append(got, id)
		}
	})
	h, err := s.greet()
	if err != nil || h.instructions != "be kind" || h.server.Name != "fake" || h.version != "2025-06-18" {
		t.Fatalf("greeting: got %+v, %v", h, err)
	}
	if _, err := s.request("ping", nil, 50*time.Millisecond); !errors.Is(err, errSilent) {
		t.Errorf("a request without an answer: got %v", err)
	}
	if strings.Join(got, " ") != `"s1" 7` || s.asked != 2 {
		t.Errorf("answers to the server: got %q for %d requests", got, s.asked)
	}
}

// TestLateAnswer expects that an answer which nobody waits for any more is not taken for another one.
func TestLateAnswer(t *testing.T) {
	late := ""
	s := talk(t, answering("tools/list", func(id, _ string, _ map[string]any, say func(...string)) {
		if late == "" {
			late = id
			return
		}
		say(result(late, `{"tools":[{"name":"late"}]}`), result(id, `{"tools":[{"name":"now"}]}`))
	}))
	if _, err := s.request("tools/list", nil, 50*time.Millisecond); !errors.Is(err, errSilent) {
		t.Fatalf("got %v", err)
	}
	answer, err := s.request("tools/list", nil, time.Second)
	if err != nil || !strings.Contains(string(answer.result), "now") || s.foreign != 0 {
		t.Errorf("got %s, %v, %d answers to nothing", answer.result, err, s.foreign)
	}
}

func TestCompare(t *testing.T) {
	l := func(items ...string) listing {
		out := listing{items: map[string][]json.RawMessage{}}
		for _, i := range items {
			out.items["tools"] = append(out.items["tools"], json.RawMessage(i))
		}
		return out
	}
	for _, c := range []struct {
		a, b listing
		want string
	}{
		{l(`{"name":"a"}`, `{"name":"b"}`), l(`{"name":"b"}`, `{"name":"a"}`), "[]"},
		{l(`{"name":"a"}`), l(`{"name":"b"}`), "[{same process tools a gone} {same process tools b new}]"},
		{l(`{"name":"a"}`), l(`{"name":"a"}`, `{"name":"a"}`), "[{same process tools a listed 1 times, then 2 times}]"},
		{l(`{"description":"x","name":"a"}`), l("{\"description\":\"\u200by\",\"name\":\"a\",\"title\":1}"),
			`[{same process tools a description was "x" and became "\u200by"; title was nothing and became 1}]`},
		{l(`{"\ud800":1,"\ud801":2,"name":"a"}`), l(`{"\ud800":3,"\ud801":2,"name":"a"}`), "[{same process tools a changed}]"},
	} {
		if got := fmt.Sprint(compare(surface.SameProcess, c.a, c.b)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	a := hello{instructions: "x"}
	if got := compareServers(surface.SecondStart, a, a); got != nil {
		t.Errorf("one server: got %v", got)
	}
	more := a
	more.capabilities = map[string]json.RawMessage{"tools": json.RawMessage(`{"listChanged":true}`)}
	if got := compareServers(surface.SecondStart, a, more); len(got) != 1 || got[0].Item != "capabilities" {
		t.Errorf("other capabilities at the same version: got %v, want one difference", got)
	}
	if more.version = "other"; compareServers(surface.SecondStart, a, more) != nil {
		t.Error("other capabilities at another version are a difference, want none")
	}
	if got := compareServers(surface.SecondStart, a, hello{version: "other", instructions: "y"}); len(got) != 1 || got[0].Item != "instructions" {
		t.Errorf("another: got %v", got)
	}
}
