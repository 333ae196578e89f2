// Package project runs the commands of a checkout of this project as a user would, each bounded in time.
package project

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// CallTimeout bounds one command. The longest one builds the engine, everything else and an image.
const CallTimeout = 30 * time.Minute

// killDelay bounds waiting for the output of a command that was ended.
const killDelay = 20 * time.Second

// engineToolchain is the Go toolchain that the root module, and with it ci/engine, is pinned to.
const engineToolchain = "go1.25.5"

// Project is a checkout and the engine to run it on.
type Project struct {
	Dir      string    // absolute path of the checkout
	Engine   string    // DOCKYARD_ENGINE_NAME; "" leaves the choice to the environment
	Env      []string  // KEY=VALUE, besides this process's environment
	Progress io.Writer // also gets standard error of commands as it comes; nil for nothing
}

// Result is what a command left. Err is nil when it exited with 0.
type Result struct {
	Stdout, Stderr string
	Err            error
	Took           time.Duration
}

// Run runs a program, of the checkout when its name is a relative path with a slash, in the folder work ("" is the top of the checkout).
// When the context ends, the program is asked to end, and killed when it does not.
func (p Project) Run(ctx context.Context, work, program string, args ...string) Result {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	if strings.Contains(program, "/") && !filepath.IsAbs(program) {
		program = filepath.Join(p.Dir, program)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killDelay
	cmd.Dir = work
	if work == "" {
		cmd.Dir = p.Dir
	}
	cmd.Env = append(os.Environ(), p.Env...)
	if p.Engine != "" {
		cmd.Env = append(cmd.Env, "DOCKYARD_ENGINE_NAME="+p.Engine)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if p.Progress != nil {
		cmd.Stderr = io.MultiWriter(&stderr, p.Progress)
	}
	begun := time.Now()
	err := cmd.Run()
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Err: err, Took: time.Since(begun)}
}

// Launcher runs a command of ci/engine: up, down, status.
func (p Project) Launcher(ctx context.Context, command string) Result {
	p.Env = append(p.Env[:len(p.Env):len(p.Env)], "GOTOOLCHAIN="+engineToolchain)
	return p.Run(ctx, "", "go", "run", "./ci/engine", command)
}

// Instance is the folder of the project's engine.
func (p Project) Instance() (string, error) {
	dir := ""
	for _, kv := range p.Env {
		if v, ok := strings.CutPrefix(kv, "XDG_CACHE_HOME="); ok {
			dir = v
		}
	}
	if dir == "" {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			return "", fmt.Errorf("finding the cache folder: %w; set XDG_CACHE_HOME or HOME", err)
		}
	}
	name := cmp.Or(p.Engine, os.Getenv("DOCKYARD_ENGINE_NAME"), "default")
	return filepath.Join(dir, "dockyard", "engine", "instances", name), nil
}

// Purge ends the project's engine and removes its state; the default engine, which may be in use, it refuses to.
func (p Project) Purge(ctx context.Context) error {
	if p.Engine == "" || p.Engine == "default" {
		return fmt.Errorf("purging engine %q: it is the default one; name another", p.Engine)
	}
	if r := p.Launcher(ctx, "down"); r.Err != nil {
		return fmt.Errorf("ending engine %q: %w\n%s", p.Engine, r.Err, r.Stderr)
	}
	dir, err := p.Instance()
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// LastLines returns the end of a text.
func LastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
