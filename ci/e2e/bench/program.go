package main

import (
	"path/filepath"
	"strings"
)

// Labels of processes outside the engine; they name the parts of building it.
const (
	launcher    = "launcher and supervisor"
	engineBuild = "go build of launcher and engine"
)

// program names the step that a process works for. One that says nothing by itself - a compiler, a shell - works for its parent's.
func program(args []string, parent string) string {
	if len(args) > 1 && filepath.Base(args[0]) == ".init" { // the first process of a container, with the container's command
		args = args[1:]
	}
	if len(args) == 0 {
		return parent
	}
	base, all := filepath.Base(args[0]), strings.Join(args, " ")
	outside := parent == launcher || parent == engineBuild
	switch {
	case base == "dagger-engine", base == "codegen", base == "mmdebstrap":
		return base
	case base == "dagger":
		return "dagger CLI"
	case base == "runtime":
		return "module"
	case base == "runc":
		return "runc"
	case base == "stage" && len(args) > 1:
		return "stage " + args[1]
	case strings.Contains(all, "slirp4netns"):
		return "slirp4netns"
	case strings.Contains(all, "-m pip "):
		return "pip"
	case strings.Contains(all, "npm-cli.js"):
		return "npm"
	case !outside && strings.Contains(all, "apt-get "):
		return "apt"
	case base == "go" && strings.Contains(all, "-o /usr/local/bin/stage"):
		return "go build of the stage"
	case base == "go" && outside:
		return engineBuild
	case base == "go" && parent != "go build of the stage":
		return "go build of the module"
	}
	return parent
}
