package capture

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/surface"
)

// TestUnreadInput expects that a server which asks and never reads the answers costs the time of one answer, not of each.
func TestUnreadInput(t *testing.T) {
	_, in := pipe(t)
	out, say := pipe(t)
	s := connect(t, in, out)
	go func() {
		ask := `{"jsonrpc":"2.0","id":"` + strings.Repeat("s", 250) + `","method":"x"}`
		say.WriteString("[" + strings.Repeat(ask+",", maxServerRequests-1) + ask + "]\n")
	}()
	begun := time.Now()
	_, err := s.request("ping", nil, time.Second)
	if took := time.Since(begun); err == nil || took > 5*time.Second {
		t.Errorf("got %v after %v", err, took)
	}
}

// TestBrokenFirst expects that a bound which was reached counts before the end that came of it.
func TestBrokenFirst(t *testing.T) {
	for range 50 {
		lines, broken := make(chan event, 1), make(chan *failure, 1)
		lines <- event{err: failed(surface.ReasonExited, "the server ended")}
		broken <- failed(surface.ReasonMemory, "too much")
		_, err := newSession(context.Background(), quick, &strings.Builder{}, lines, broken).request("ping", nil, time.Second)
		if f := reasonOf(err); f == nil || f.reason != surface.ReasonMemory {
			t.Fatalf("got %v, want %s", err, surface.ReasonMemory)
		}
	}
}

// TestTooLarge has a list that is small as it was sent, and as a file larger than what reads it takes.
func TestTooLarge(t *testing.T) {
	deep := `{"name":"a","x":` + strings.Repeat("[", 100) + strings.Repeat("0,", 400_000) + "0" + strings.Repeat("]", 100) + "}"
	for item, want := range map[string]string{`{"name":"a"}`: "", deep: surface.ReasonTooMuch} {
		r := &run{}
		err := r.conclude(reading{listing: listing{items: map[string][]json.RawMessage{"tools": {json.RawMessage(item)}}}})
		if f := reasonOf(err); (f == nil) != (want == "") || f != nil && f.reason != want {
			t.Errorf("%.30s: got %v, want the reason %q", item, err, want)
		}
	}
	item := `{"a":[1,{"b":"x,\"[{"}],"name":"a"}`
	raw, err := surface.Encode(map[string]any{"tools": []json.RawMessage{json.RawMessage(item)}})
	if got, want := indented([]byte(item)), int64(len(raw)-len("{\n  \"tools\": [\n    \n  ]\n}\n")); err != nil || got != want {
		t.Errorf("got %d bytes, want %d: %s", got, want, raw)
	}
}
