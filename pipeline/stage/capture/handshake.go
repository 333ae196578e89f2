package capture

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"dagger/dockyard/pipeline/surface"
)

// Protocol versions with a handshake (MCP, "Lifecycle"), newest first, and the first one without, in which each request carries what the handshake
// used to settle and server/discover tells the rest (MCP 2026-07-28, SEP-2575).
var (
	handshakes = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}
	stateless  = "2026-07-28"
)

// clientInfo is how the capture introduces itself: as nobody in particular, so that a server cannot tell it from other clients by name.
var clientInfo = map[string]any{"name": "mcp-client", "version": "1.0.0"}

// hello is what a server says of itself.
type hello struct {
	version, instructions string
	server                surface.Implementation
	capabilities          map[string]json.RawMessage
}

// greet opens the conversation by the handshake, as every client does until servers without one are common; a server that refuses it is asked as
// those are.
func (s *session) greet() (hello, error) {
	answer, err := s.request("initialize", map[string]any{"protocolVersion": handshakes[0], "capabilities": map[string]any{}, "clientInfo": clientInfo}, s.limits.Start)
	if err != nil {
		return hello{}, err
	}
	if answer.refusal == nil {
		return s.initialized(answer)
	}
	h, ok, err := s.discover(s.limits.Request)
	if err == nil && !ok {
		err = failed(surface.ReasonRefused, "initialize was refused: %s", printable(answer.refusal, keptText))
	}
	return h, err
}

// greetNewest opens the conversation the newest way, and by the handshake where the server does not know it. wait is how long the answer may take,
// for some servers stay silent on what they do not know.
func (s *session) greetNewest(wait time.Duration) (hello, error) {
	h, ok, err := s.discover(wait)
	if err != nil || ok {
		return h, err
	}
	return s.greet()
}

func (s *session) initialized(answer reply) (hello, error) {
	members := object(answer.result)
	h := hello{version: text(members["protocolVersion"]), instructions: text(members["instructions"]), capabilities: object(members["capabilities"])}
	if !slices.Contains(handshakes, h.version) {
		return h, failed(surface.ReasonBadProtocol, "initialize: got the protocol version %.40q, want one of %q", printable(members["protocolVersion"], 40), handshakes)
	}
	h.server = implementation(members["serverInfo"])
	return h, s.notify("notifications/initialized")
}

// discover asks for everything the handshake would tell. It is false when the server does not know the question or the version.
func (s *session) discover(wait time.Duration) (hello, bool, error) {
	s.meta = map[string]any{
		"io.modelcontextprotocol/protocolVersion": stateless, "io.modelcontextprotocol/clientCapabilities": map[string]any{},
		"io.modelcontextprotocol/clientInfo": clientInfo,
	}
	answer, err := s.request("server/discover", nil, wait)
	if errors.Is(err, errSilent) {
		err = nil
	}
	members := object(answer.result)
	var versions []string
	if raw := members["supportedVersions"]; raw != nil && json.Unmarshal(raw, &versions) != nil || !slices.Contains(versions, stateless) {
		s.meta = nil
		return hello{}, false, err
	}
	h := hello{version: stateless, instructions: text(members["instructions"]), capabilities: object(members["capabilities"])}
	h.server = implementation(object(members["_meta"])["io.modelcontextprotocol/serverInfo"])
	return h, true, nil
}

func implementation(raw json.RawMessage) surface.Implementation {
	members := object(raw)
	return surface.Implementation{Name: text(members["name"]), Title: text(members["title"]), Version: text(members["version"])}
}
