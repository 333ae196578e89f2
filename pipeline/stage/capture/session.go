package capture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"dagger/dockyard/pipeline/surface"
)

// event is a line of a server, or why there are no more.
type event struct {
	line []byte
	err  error
}

// session is a conversation with one server process over its standard streams (MCP, "Transports", "stdio").
type session struct {
	ctx    context.Context // ends with the time for everything
	limits Limits
	out    io.Writer
	lines  <-chan event
	broken <-chan *failure // what was seen beside the conversation: bounds that were reached
	meta   map[string]any  // "_meta" of every request, where the protocol version wants it

	lastID    int
	abandoned map[string]bool // ids of requests whose answers are no longer waited for
	silent    map[string]bool // methods that were not answered and need not be

	deaf                  bool // the server did not take what was written
	noise, foreign, asked int  // lines that are no messages; answers to nothing; requests of the server
	kept                  []string
	changed               bool // a list_changed notification came
}

func newSession(ctx context.Context, l Limits, out io.Writer, lines <-chan event, broken <-chan *failure) *session {
	return &session{ctx: ctx, limits: l, out: out, lines: lines, broken: broken, abandoned: map[string]bool{}, silent: map[string]bool{}}
}

// errSilent is the category of requests that were not answered in time.
var errSilent = errors.New("no answer")

// reply is the answer to a request: a result or a refusal, both in canonical form.
type reply struct{ result, refusal json.RawMessage }

// request sends a request and handles whatever comes until its answer does.
func (s *session) request(method string, params map[string]any, wait time.Duration) (reply, error) {
	if params == nil {
		params = map[string]any{}
	}
	if s.meta != nil {
		params["_meta"] = s.meta
	}
	s.lastID++
	id := strconv.Itoa(s.lastID)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	if err := s.send(map[string]any{"jsonrpc": "2.0", "id": s.lastID, "method": method, "params": params}); err != nil {
		return reply{}, err
	}
	for {
		select {
		case e := <-s.lines:
			if e.err != nil {
				select { // its end may come of a bound that was reached
				case f := <-s.broken:
					return reply{}, f
				default:
				}
				return reply{}, fmt.Errorf("waiting for the answer to %s: %w", method, e.err)
			}
			answer, err := s.handle(e.line, id)
			if err != nil {
				return reply{}, err
			}
			if answer != nil {
				return *answer, nil
			}
		case f := <-s.broken:
			return reply{}, f
		case <-s.ctx.Done():
			return reply{}, failed(surface.ReasonTime, "the time for the whole capture ended while waiting for the answer to %s", method)
		case <-timer.C:
			s.abandoned[id] = true
			return reply{}, s.unanswered(method, wait)
		}
	}
}

func (s *session) unanswered(method string, wait time.Duration) error {
	if s.foreign > 0 {
		return fmt.Errorf("%w: %w", errSilent, failed(surface.ReasonBadProtocol, "%s was not answered within %v; %d answers came with ids of no request", method, wait, s.foreign))
	}
	detail := ""
	if s.noise > 0 {
		detail = fmt.Sprintf("; standard output held %d lines that are no messages", s.noise)
	}
	return fmt.Errorf("%w: %w", errSilent, failed(surface.ReasonNoAnswer, "%s was not answered within %v%s", method, wait, detail))
}

func (s *session) notify(method string) error {
	return s.send(map[string]any{"jsonrpc": "2.0", "method": method})
}

// deadliner is the part of a pipe that keeps a server which does not read from blocking its client.
type deadliner interface{ SetWriteDeadline(time.Time) error }

func (s *session) send(m any) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if s.deaf {
		return nil
	}
	if d, ok := s.out.(deadliner); ok {
		// A stream that knows no deadlines is bounded by the time for everything.
		_ = d.SetWriteDeadline(time.Now().Add(s.limits.Request))
	}
	// A write that fails is no verdict: the server may have closed its input or ended, and reading tells which. There is no other one, for part
	// of a message may be in the stream, and a thousand answers to a server that reads none would take the time of each.
	_, err = s.out.Write(append(raw, '\n'))
	s.deaf = err != nil
	return nil
}

// handle deals with one line and returns the answer to the request id if it is among its messages.
func (s *session) handle(line []byte, id string) (*reply, error) {
	messages, err := parseLine(line)
	if errors.Is(err, errNoise) {
		return nil, s.hear(line)
	}
	if err != nil {
		return nil, err
	}
	var answer *reply
	for _, m := range messages {
		switch {
		case m.isResponse() && string(m.id) == id && answer == nil:
			answer = &reply{result: m.result, refusal: m.err}
		case m.isResponse() && s.abandoned[string(m.id)]:
			delete(s.abandoned, string(m.id))
		case m.isResponse():
			s.foreign++
		case m.id == nil:
			s.changed = s.changed || listChanged[m.method]
		default:
			if err := s.serve(m); err != nil {
				return nil, err
			}
		}
	}
	return answer, nil
}

var listChanged = map[string]bool{"notifications/tools/list_changed": true, "notifications/prompts/list_changed": true, "notifications/resources/list_changed": true}

// hear counts a line that is no message.
func (s *session) hear(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if s.noise++; s.noise > maxNoise {
		return failed(surface.ReasonTooMuch, "standard output holds more than %d lines that are no messages", maxNoise)
	}
	if len(s.kept) < keptNoise {
		s.kept = append(s.kept, printable(line, keptText))
	}
	return nil
}

// serve answers a request of the server. This client declares no capability, so ping is all it has to know (MCP, "Utilities", "Ping").
func (s *session) serve(m message) error {
	if s.asked++; s.asked > maxServerRequests {
		return failed(surface.ReasonTooMuch, "the server sent more than %d requests", maxServerRequests)
	}
	if len(m.id) > keptText {
		return failed(surface.ReasonBadProtocol, "a request's id is longer than %d bytes", keptText)
	}
	if m.method == "ping" {
		return s.send(map[string]any{"jsonrpc": "2.0", "id": m.id, "result": struct{}{}})
	}
	return s.send(map[string]any{"jsonrpc": "2.0", "id": m.id, "error": map[string]any{"code": -32601, "message": "Method not found"}})
}

// warnings tells what was odd without being a reason to stop.
func (s *session) warnings() (out []string) {
	if s.noise > 0 {
		out = append(out, fmt.Sprintf("standard output held %d lines that are no messages; the first: %q", s.noise, s.kept))
	}
	if s.foreign > 0 {
		out = append(out, fmt.Sprintf("%d answers came with ids of no request", s.foreign))
	}
	if s.asked > 0 {
		out = append(out, fmt.Sprintf("the server sent %d requests to its client", s.asked))
	}
	if s.changed {
		out = append(out, "the server announced that a list changed")
	}
	return out
}
