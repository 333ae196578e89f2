package main

import (
	"errors"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
)

// quoted bounds what an error shows of a failed program's output, in bytes from its end.
const quoted = 4000

// boundary makes an error one that the CLI prints in full. The SDK unwraps error chains down to the engine's own message ("exit code: 1"), so
// the chain is cut here, and what a failed stage said takes the place of that message.
func boundary(err error) error {
	if err == nil {
		return nil
	}
	var exec *dagger.ExecError
	if !errors.As(err, &exec) {
		return fmt.Errorf("%v", err)
	}
	said := strings.TrimSpace(exec.Stderr)
	if said == "" {
		said = strings.TrimSpace(exec.Stdout)
	}
	if len(said) > quoted {
		said = "..." + said[len(said)-quoted:]
	}
	prefix, _, _ := strings.Cut(err.Error(), exec.Message())
	return fmt.Errorf("%s%s\n(from: %s, exit code %d)", prefix, said, strings.Join(exec.Cmd, " "), exec.ExitCode)
}
