package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// startTimeout bounds starting a server and reading its list of tools.
const startTimeout = 60 * time.Second

// maxLine bounds one message of a server, in bytes.
const maxLine = 16 << 20

// tool is what a test needs of an entry of tools/list.
type tool struct {
	Name string `json:"name"`
}

// handshake is what a server said.
type handshake struct {
	Server struct {
		Name, Version string
	}
	Tools  []tool
	Took   time.Duration // from starting the process to the last page of tools
	Stderr string
}

// shake starts an MCP server on standard input and output and asks for its tools (Model Context Protocol 2025-06-18, "Lifecycle" and
// "Tools"), then ends it.
func shake(cmd *exec.Cmd) (h handshake, err error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return h, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return h, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return h, err
	}
	guard := time.AfterFunc(startTimeout, func() { cmd.Process.Kill() })
	defer func() {
		guard.Stop()
		cmd.Process.Kill()
		cmd.Wait()
		h.Stderr = stderr.String()
		if err != nil {
			err = fmt.Errorf("%w; standard error:\n%s", err, last(h.Stderr, 30))
		}
	}()
	p := &peer{w: stdin, r: bufio.NewReaderSize(stdout, maxLine)}
	if err := p.initialize(&h); err != nil {
		return h, err
	}
	if err := p.list(&h); err != nil {
		return h, err
	}
	h.Took = time.Since(begun)
	return h, nil
}

type peer struct {
	w  io.Writer
	r  *bufio.Reader
	id int
}

func (p *peer) initialize(h *handshake) error {
	var got struct {
		ProtocolVersion string `json:"protocolVersion"`
		ServerInfo      struct{ Name, Version string }
	}
	err := p.request("initialize", map[string]any{
		"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "dockyard-e2e", "version": "1"},
	}, &got)
	if err != nil {
		return err
	}
	if got.ProtocolVersion == "" || got.ServerInfo.Name == "" {
		return fmt.Errorf("initialize: got %+v, want a protocol version and a name", got)
	}
	h.Server = got.ServerInfo
	return p.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
}

func (p *peer) list(h *handshake) error {
	for cursor := ""; ; {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		var page struct {
			Tools      []tool
			NextCursor string
		}
		if err := p.request("tools/list", params, &page); err != nil {
			return err
		}
		h.Tools = append(h.Tools, page.Tools...)
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}

func (p *peer) send(message any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = p.w.Write(append(raw, '\n'))
	return err
}

// request sends a request and reads messages until its answer.
func (p *peer) request(method string, params, into any) error {
	p.id++
	if err := p.send(map[string]any{"jsonrpc": "2.0", "id": p.id, "method": method, "params": params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	for {
		line, err := p.r.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("%s: reading the answer: %w", method, err)
		}
		var got struct {
			ID     any
			Result json.RawMessage
			Error  json.RawMessage
		}
		if err := json.Unmarshal(line, &got); err != nil {
			return fmt.Errorf("%s: standard output holds %.200q, want a JSON-RPC message", method, line)
		}
		if id, ok := got.ID.(float64); !ok || int(id) != p.id || (got.Result == nil && got.Error == nil) {
			continue
		}
		if got.Error != nil {
			return fmt.Errorf("%s: the server answered %s", method, got.Error)
		}
		return json.Unmarshal(got.Result, into)
	}
}
