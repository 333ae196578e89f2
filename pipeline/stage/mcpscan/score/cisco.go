package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// ciscoTimeout bounds the run of the other scanner over all cases.
const ciscoTimeout = 10 * time.Minute

// runCisco runs the YARA analyzer of cisco-ai-mcp-scanner once over the tools of all cases and tells which cases have an unsafe tool. Names are
// replaced by numbers in the file it reads, so that results find their case; it looks at names nowhere else than in the rest of the tool.
func runCisco(ctx context.Context, program string, cases []Case) (map[string]bool, error) {
	dir, err := os.MkdirTemp("", "score")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	owner, tools, err := numbered(cases)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(map[string]any{"tools": tools})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "tools.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ciscoTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--analyzers", "yara", "--format", "raw", "static", "--tools", file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LITELLM_LOCAL_MODEL_COST_MAP=True"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running %q: %w: %.500s", program, err, stderr.String())
	}
	return verdicts(stdout.Bytes(), owner, len(tools))
}

func numbered(cases []Case) (owner []string, tools []map[string]any, err error) {
	for _, c := range cases {
		for _, s := range c.Servers {
			for _, raw := range s.Tools {
				var t map[string]any
				if err := json.Unmarshal(raw, &t); err != nil {
					return nil, nil, fmt.Errorf("%w: a tool of case %q: %w", errCorpus, c.ID, err)
				}
				t["title"] = t["name"]
				t["name"] = strconv.Itoa(len(tools))
				if t["inputSchema"] == nil {
					t["inputSchema"] = map[string]any{"type": "object"}
				}
				tools, owner = append(tools, t), append(owner, c.ID)
			}
		}
	}
	return owner, tools, nil
}

// verdicts reads the raw output. Every tool must come back.
func verdicts(out []byte, owner []string, want int) (map[string]bool, error) {
	start := bytes.IndexByte(out, '{')
	if start < 0 {
		return nil, fmt.Errorf("reading the other scanner's output: got no JSON in %.200q", out)
	}
	var r struct {
		Results []struct {
			Safe *bool  `json:"is_safe"`
			Name string `json:"tool_name"`
		} `json:"scan_results"`
	}
	if err := json.NewDecoder(bytes.NewReader(out[start:])).Decode(&r); err != nil {
		return nil, fmt.Errorf("reading the other scanner's output: %w", err)
	}
	if len(r.Results) != want {
		return nil, fmt.Errorf("reading the other scanner's output: got %d tools, want %d", len(r.Results), want)
	}
	flagged := map[string]bool{}
	for _, t := range r.Results {
		i, err := strconv.Atoi(t.Name)
		if err != nil || i < 0 || i >= len(owner) || t.Safe == nil {
			return nil, fmt.Errorf("reading the other scanner's output: got the tool %q, want a number that was sent and a verdict", t.Name)
		}
		flagged[owner[i]] = flagged[owner[i]] || !*t.Safe
	}
	return flagged, nil
}
