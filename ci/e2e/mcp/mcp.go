// Package mcp is a client of Model Context Protocol servers on standard input and output that asks one thing: the tools.
package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"

	"dagger/dockyard/ci/e2e/project"
)

// startTimeout bounds starting a server and reading its list of tools; killDelay bounds waiting for the output of a server that was killed.
const (
	startTimeout = 60 * time.Second
	killDelay    = 5 * time.Second
)

// maxLine bounds one message of a server, in bytes; maxErrorLines what an error repeats of the server's standard error.
const (
	maxLine       = 16 << 20
	maxErrorLines = 30
)

// Tool is an entry of tools/list.
type Tool struct {
	Name string `json:"name"`
}

// Answer is what a server said.
type Answer struct {
	Server struct {
		Name, Version string
	}
	Tools  []Tool
	Took   time.Duration // from starting the process to the last page of tools
	Stderr string
}

// Tools starts a server and asks for its tools (Model Context Protocol 2025-06-18, "Lifecycle" and "Tools"), then ends it with all processes
// that it started. It sets the command's standard streams and makes it the leader of a process group.
func Tools(cmd *exec.Cmd) (a Answer, err error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return a, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return a, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = killDelay
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return a, err
	}
	end := func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	guard := time.AfterFunc(startTimeout, end)
	defer func() {
		guard.Stop()
		end()
		cmd.Wait()
		a.Stderr = stderr.String()
		if err != nil {
			err = fmt.Errorf("%w; standard error:\n%s", err, project.LastLines(a.Stderr, maxErrorLines))
		}
	}()
	p := &peer{w: stdin, r: bufio.NewReaderSize(stdout, maxLine)}
	if err := p.initialize(&a); err != nil {
		return a, err
	}
	if err := p.list(&a); err != nil {
		return a, err
	}
	a.Took = time.Since(begun)
	return a, nil
}

type peer struct {
	w  io.Writer
	r  *bufio.Reader
	id int
}

func (p *peer) initialize(a *Answer) error {
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
	a.Server = got.ServerInfo
	return p.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
}

func (p *peer) list(a *Answer) error {
	for cursor := ""; ; {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		var page struct {
			Tools      []Tool
			NextCursor string
		}
		if err := p.request("tools/list", params, &page); err != nil {
			return err
		}
		a.Tools = append(a.Tools, page.Tools...)
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
