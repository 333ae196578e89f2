package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dagger/dockyard/ci/engine/embedded"
)

// minimum is the oldest CLI that can load this module (engineVersion in dagger.json).
var minimum = [3]int{0, 19, 10}

const runnerHost = "_EXPERIMENTAL_DAGGER_RUNNER_HOST"

// probeTimeout bounds each question to a client program; a container runtime that hangs counts as absent.
const probeTimeout = 10 * time.Second

// runDagger replaces this process by a Dagger CLI: the one on PATH where a container runtime answers or a runner host is set, otherwise
// the embedded engine's.
func runDagger(ctx context.Context, e *embedded.Engine, args []string) error {
	choice := os.Getenv("DOCKYARD_ENGINE")
	cli, cliErr := daggerOnPath(ctx)
	switch {
	case choice != "" && choice != "embedded" && choice != "docker":
		return fmt.Errorf(`choosing an engine: DOCKYARD_ENGINE is %q, want "embedded" or "docker"`, choice)
	case choice == "docker":
		for _, err := range []error{cliErr, runtimeAnswers(ctx)} {
			if err != nil {
				return fmt.Errorf("choosing an engine: DOCKYARD_ENGINE=docker, but %w; unset it to use the embedded engine", err)
			}
		}
		return execCLI(cli, args, nil)
	case choice == "" && os.Getenv(runnerHost) != "":
		if cliErr != nil {
			return fmt.Errorf("using the runner host in %s: %w; unset it to use the embedded engine", runnerHost, cliErr)
		}
		return execCLI(cli, args, nil)
	case choice == "" && cliErr == nil && runtimeAnswers(ctx) == nil:
		return execCLI(cli, args, nil)
	}
	if err := e.Up(ctx); err != nil {
		return err
	}
	return execCLI(e.CLI(), args, []string{runnerHost + "=" + e.Address()})
}

// execCLI hands over to the CLI, which then gets this process's terminal, signals and exit code.
func execCLI(cli string, args, env []string) error {
	env = append(os.Environ(), env...)
	for _, kv := range []string{"DO_NOT_TRACK=1", "DAGGER_NO_NAG=1"} {
		if name, _, _ := strings.Cut(kv, "="); os.Getenv(name) == "" {
			env = append(env, kv)
		}
	}
	if err := syscall.Exec(cli, append([]string{"dagger"}, args...), env); err != nil {
		return fmt.Errorf("running %q: %w", cli, err)
	}
	return nil
}

func daggerOnPath(ctx context.Context) (string, error) {
	cli, err := exec.LookPath("dagger")
	if err != nil {
		return "", errors.New("there is no dagger on PATH")
	}
	out, err := probe(ctx, cli, "version")
	if err != nil {
		return "", fmt.Errorf("%q does not tell its version: %v", cli, err)
	}
	if !atLeast(out, minimum) {
		return "", fmt.Errorf("%q is %q, want v%d.%d.%d or newer", cli, strings.TrimSpace(out), minimum[0], minimum[1], minimum[2])
	}
	return cli, nil
}

var versionPattern = regexp.MustCompile(`v(\d+)\.(\d+)\.(\d+)`)

func atLeast(text string, want [3]int) bool {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	for i, w := range want {
		if got, err := strconv.Atoi(m[i+1]); err != nil || got != w {
			return err == nil && got > w
		}
	}
	return true
}

// runtimeAnswers looks for a daemon, not for a client: the client alone may exit with 0 and an empty server version.
func runtimeAnswers(ctx context.Context) error {
	for _, name := range []string{"docker", "podman", "nerdctl"} {
		client, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := probe(ctx, client, "version", "--format", "{{.Server.Version}}")
		if v := strings.TrimSpace(out); err == nil && v != "" && v != "<no value>" {
			return nil
		}
	}
	return errors.New("no container runtime (docker, podman, nerdctl) answers")
}

func probe(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return string(out), err
}
