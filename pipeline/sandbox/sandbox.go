// Package sandbox writes the Dockerfile in which an image's own root file system runs without network. It is the only way to that in Dagger
// without privileges: a container's exec cannot be told to do without network, a RUN can.
package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// Names in the build context and in the root. In is mounted and holds what the driver needs; only root can look into it, and nothing can write
// to it. Out is what the driver leaves.
const (
	In  = "/.dockyard/in"
	Out = "/.dockyard/out"
)

// Home is the folder of these that belongs to the image's user alone. As a mount it belongs to root: the program that runs must give it back.
const Home = "/home/nonroot"

// scratch are the folders of an image that its user can write to. Each becomes an empty file system of its own, bounded in size; everything else
// belongs to root.
var scratch = []string{"/tmp", "/var/tmp", Home}

// scratchBytes bounds each of them where a step does not say otherwise. They live in memory.
const scratchBytes = 64 << 20

// Step is one run of a program in the root.
type Step struct {
	Argv  []string
	Nonce string // a run that was cached is done again when it changes; "" for none

	Scratch int64 // bytes in each folder that can be written to; 0 is 64 MiB
}

// Root is the first part of a Dockerfile: the root file system, unpacked from layers (archives in the build context), lowest first. Each layer is
// an instruction of its own, so that images with the same base share the work.
func Root(layers []string) string {
	var b strings.Builder
	b.WriteString("FROM scratch\n")
	for _, l := range layers {
		fmt.Fprintf(&b, "ADD %s\n", array([]string{l, "/"}))
	}
	return b.String()
}

// Run is one instruction that runs a program as root, without network, with the folder in of the build context at In. The program's
// environment is empty but for what the engine adds.
func Run(in string, s Step) string {
	var b strings.Builder
	fmt.Fprintf(&b, "RUN --network=none --mount=type=bind,source=%s,target=%s", in, In)
	for _, dir := range scratch {
		fmt.Fprintf(&b, " --mount=type=tmpfs,target=%s,size=%d", dir, cmp.Or(s.Scratch, scratchBytes))
	}
	argv := s.Argv
	if s.Nonce != "" {
		argv = append(append([]string{}, argv...), "--nonce="+s.Nonce)
	}
	fmt.Fprintf(&b, " %s\n", array(argv))
	return b.String()
}

// array is the exec form of an instruction: no shell comes between.
func array(argv []string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(argv); err != nil {
		panic(err) // texts always marshal
	}
	return strings.TrimSpace(b.String())
}
