// Command stage does the work of one step of the pipeline inside a container: it reads files, writes files and one JSON result.
//
// Exit codes: 0 the work is done, 1 it could not be done and standard error says why, 2 the arguments were wrong. A bad verdict is in the
// result, not in the exit code.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"dagger/dockyard/pipeline/stage/base"
	"dagger/dockyard/pipeline/stage/image"
	"dagger/dockyard/pipeline/stage/lockbase"
	"dagger/dockyard/pipeline/stage/mcpscan"
	"dagger/dockyard/pipeline/stage/node"
	"dagger/dockyard/pipeline/stage/npm"
	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/stage/wheel"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one subcommand.
type command struct {
	name, what string
	run        func(args []string, stderr io.Writer) error
}

var commands = []command{
	{"base", "make a base layer from the Debian packages of a lock", base.Command},
	{"base-lock", "make a base lock from what apt-get update verified", lockbase.Command},
	{"image", "assemble layers into an OCI image layout", image.Command},
	{"mcp-scan", "judge what an MCP server shows to a model", mcpscan.Command},
	{"node", "make the layer with Node.js", node.Command},
	{"npm-fetch", "fetch and verify the tarballs of a package-lock.json", npm.FetchCommand},
	{"npm-install", "unpack them into a layer, as npm would without install scripts", npm.InstallCommand},
	{"py-install", "unpack the wheels of a requirements.lock into a layer, with their compiled form", wheel.InstallCommand},
	{"py-library", "make the layer with the compiled standard library of CPython", wheel.LibraryCommand},
	{"py-lock", "make a requirements.lock from what uv resolved and pip fetched", wheel.LockCommand},
	{"py-sources", "write the Python files of the wheels, to be compiled", wheel.SourcesCommand},
	{"tarball", "write one platform of a layout for docker load", image.TarballCommand},
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run dispatches to the subcommand that the first argument names and turns its error into an exit code.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr)
		return exitUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(stdout)
		return exitDone
	}
	for _, c := range commands {
		if c.name == args[0] {
			return code(c.run(args[1:], stderr), stderr)
		}
	}
	fmt.Fprintf(stderr, "stage: got the subcommand %q, want one of these\n", args[0])
	help(stderr)
	return exitUsage
}

func code(err error, stderr io.Writer) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, usage.ErrUsage):
		fmt.Fprintln(stderr, "stage:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "stage:", err)
	return exitFailed
}

func help(w io.Writer) {
	fmt.Fprintln(w, "usage: stage SUBCOMMAND --flag=value …\n\nsubcommands (stage SUBCOMMAND -h lists the flags):")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, c.what)
	}
	fmt.Fprintln(w, "\nexit codes: 0 done, 1 the work could not be done, 2 wrong arguments")
}
