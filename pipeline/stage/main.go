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
	"dagger/dockyard/pipeline/stage/capture"
	"dagger/dockyard/pipeline/stage/cisco"
	"dagger/dockyard/pipeline/stage/confine"
	"dagger/dockyard/pipeline/stage/goinstall"
	"dagger/dockyard/pipeline/stage/image"
	"dagger/dockyard/pipeline/stage/lockbase"
	"dagger/dockyard/pipeline/stage/mcpscan"
	"dagger/dockyard/pipeline/stage/node"
	"dagger/dockyard/pipeline/stage/npm"
	"dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/gomod"
	"dagger/dockyard/pipeline/stage/sdist"
	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/stage/wheel"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one subcommand. One that prints its result has print instead of run.
type command struct {
	name, what string
	run        func(args []string, stderr io.Writer) error
	print      func(args []string, stdout, stderr io.Writer) error
}

var commands = []command{
	{name: "base", what: "make a base layer from the Debian packages of a lock", run: base.Command},
	{name: "base-lock", what: "make a base lock from what apt-get update verified", run: lockbase.Command},
	{name: "capture", what: "start the server of the image it runs in, and record what it offers", run: capture.Command},
	{name: "cisco", what: "run Cisco's mcp-scanner, in its root, over what a server offers", run: cisco.Command},
	{name: confine.Name, what: "give up all privileges and become a program (for other subcommands)", run: confine.Command},
	{name: "go-install", what: "make the layer with a Go program, held to its go.mod and go.sum", run: goinstall.Command},
	{name: "go-provenance", what: "verify every module of a Go lock by the log of the checksum database", run: gomod.Command},
	{name: "image", what: "assemble layers into an OCI image layout", run: image.Command},
	{name: "mcp-scan", what: "analyze what a server offers, and report findings", run: mcpscan.Command},
	{name: "node", what: "make the layer with Node.js", run: node.Command},
	{name: "npm-fetch", what: "fetch and verify the tarballs of a package-lock.json", run: npm.FetchCommand},
	{name: "npm-install", what: "unpack them into a layer, as npm would without install scripts", run: npm.InstallCommand},
	{name: "npm-provenance", what: "verify where every package of a package-lock.json comes from", run: provenance.NPMCommand},
	{name: "provenance", what: "judge a saved answer of a registry about a package, offline", print: provenance.Command},
	{name: "py-environment", what: "unpack the wheels of a lock into a layer without an entry point", run: wheel.EnvironmentCommand},
	{name: "py-facts", what: "tell what a wheel says of its package", run: wheel.FactsCommand},
	{name: "py-install", what: "unpack the wheels of a requirements.lock into a layer, with their compiled form", run: wheel.InstallCommand},
	{name: "py-library", what: "make the layer with the compiled standard library of CPython", run: wheel.LibraryCommand},
	{name: "py-lock", what: "make a requirements.lock from what uv resolved and pip fetched", run: wheel.LockCommand},
	{name: "py-sources", what: "write the Python files of the wheels, to be compiled", run: wheel.SourcesCommand},
	{name: "pypi-announced", what: "tell whether an index has attestations of a release, unverified", run: provenance.AnnouncedCommand},
	{name: "pypi-provenance", what: "verify where every package of a requirements.lock comes from", run: provenance.PyPICommand},
	{name: "sdist-build", what: "build wheels from source distributions, confined", run: sdist.BuildCommand},
	{name: "sdist-facts", what: "tell what a source distribution says of its package, running none of it", run: sdist.FactsCommand},
	{name: "sdist-requires", what: "tell what source distributions need for their builds, running none of them", run: sdist.RequiresCommand},
	{name: "surface-import", what: "read captured JSON of any known shape as a surface.json", run: mcpscan.ImportCommand},
	{name: "tarball", what: "write one platform of a layout for docker load", run: image.TarballCommand},
	{name: "trusted-root", what: "fetch the current Sigstore trusted root by TUF, and the keys of an npm registry", run: provenance.TrustedRootCommand},
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
			if c.print != nil {
				return code(c.print(args[1:], stdout, stderr), stderr)
			}
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
		fmt.Fprintf(w, "  %-15s %s\n", c.name, c.what)
	}
	fmt.Fprintln(w, "\nexit codes: 0 done, 1 the work could not be done, 2 wrong arguments")
}
