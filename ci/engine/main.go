// Command engine brings up a Dagger engine on a Linux machine that has neither Docker nor a container registry, and runs the Dagger CLI
// against it or against the container runtime that is there.
//
//	go run ./ci/engine up | down | status | logs
//	go run ./ci/engine dagger ARGUMENTS...    what ./ci/dagger calls
//
// The program uses the standard library alone and belongs to the root module, so that `go run ./ci/engine` works from the top of a fresh
// clone; the nested module is ci/engine/dagger, which pins the engine, the CLI and everything they are built from. A workspace file that
// joined the two would hand the engine's replace directives to this project's own modules.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage; 3 from `status` when no engine answers. `dagger` exits with the CLI's own code.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"dagger/dockyard/ci/engine/embedded"
)

const usage = `usage: go run ./ci/engine COMMAND

  up               start the embedded engine, building it first where needed
  down             stop it; what was built and its cache stay
  status           tell whether it answers, and where its files are
  logs             print the engine's log
  dagger ARGS...   run the Dagger CLI (what ./ci/dagger calls)

DOCKYARD_ENGINE=embedded|docker chooses for "dagger"; DOCKYARD_ENGINE_NAME names one of several embedded engines.
`

func main() {
	// The engine's processes are this program too, started again with a role (package embedded).
	if embedded.RunRole(os.Args[1:]) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	e, err := embedded.Open(embedded.Options{Log: os.Stderr, Name: os.Getenv("DOCKYARD_ENGINE_NAME")})
	if err != nil {
		return report(err)
	}
	switch args[0] {
	case "up":
		err = e.Up(ctx)
	case "down":
		err = e.Down(ctx)
	case "logs":
		err = e.CopyLog(os.Stdout)
	case "status":
		s := e.Status()
		fmt.Print(s)
		if !s.Answers {
			return 3
		}
	case "dagger":
		err = runDagger(ctx, e, args[1:])
	default:
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	return report(err)
}

func report(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "dockyard engine:", err)
	if errors.Is(err, context.Canceled) {
		return 130
	}
	return 1
}
