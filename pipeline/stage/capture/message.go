package capture

import (
	"bytes"
	"encoding/json"
	"errors"

	"dagger/dockyard/pipeline/surface"
)

// The reader is our own, not the SDK's (github.com/modelcontextprotocol/go-sdk): that one gives items as Go types, without the fields it does
// not know and without the difference between what was sent and what was understood, and it has no bound on lines, pages or waits. The tests use
// the SDK as the peer.

// message is one JSON-RPC 2.0 message. Members are in canonical form; nil when they are absent.
type message struct {
	id, params, result, err json.RawMessage
	method                  string
}

func (m message) isResponse() bool { return m.method == "" && (m.result != nil || m.err != nil) }

// errNoise is for lines that are no JSON-RPC: banners, logs, and whatever else servers print where they must not.
var errNoise = errors.New("no message")

// parseLine reads the messages of a line: one, or several where the line is a batch (MCP 2025-03-26). It returns errNoise for what is no message
// at all, and a failure for what one reader may take for another message than the next: repeated keys, invalid UTF-8, nesting without end.
func parseLine(line []byte) ([]message, error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' && line[0] != '[' {
		return nil, errNoise
	}
	canonical, err := surface.Canonical(line)
	switch {
	case errors.Is(err, surface.ErrSyntax) || err != nil && !bytes.Contains(line, []byte("jsonrpc")):
		return nil, errNoise
	case err != nil:
		return nil, failed(surface.ReasonBadProtocol, "a message cannot be read: %v", err)
	}
	batch := []json.RawMessage{canonical}
	if canonical[0] == '[' {
		if err := json.Unmarshal(canonical, &batch); err != nil {
			return nil, errNoise
		}
	}
	var out []message
	for _, raw := range batch {
		if m, ok := parseMessage(raw); ok {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, errNoise
	}
	return out, nil
}

// parseMessage looks members up by their exact names; encoding/json would also take "Result" for "result".
func parseMessage(raw json.RawMessage) (message, bool) {
	members := object(raw)
	if text(members["jsonrpc"]) != "2.0" {
		return message{}, false
	}
	m := message{id: members["id"], params: members["params"], result: members["result"], err: members["error"], method: text(members["method"])}
	return m, m.method != "" || m.isResponse()
}

// object returns the members of a JSON object, nil for anything else.
func object(raw json.RawMessage) map[string]json.RawMessage {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}

// text returns a JSON string's value, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
