//go:build !linux

package capture

import (
	"errors"
	"io"
)

// ChildName is the subcommand that becomes a server.
const ChildName = "capture-child"

var errSystem = errors.New("capturing needs Linux")

// ChildCommand works on Linux only.
func ChildCommand([]string, io.Writer) error { return errSystem }

type childSpec struct {
	Argv, Env                    []string
	Dir                          string
	UID, GID                     int
	Data, File, Files, Processes uint64
}

type server struct {
	in     io.Writer
	lines  chan event
	broken chan *failure
}

func adopt() error                             { return errSystem }
func start(childSpec, Limits) (*server, error) { return nil, errSystem }
func (*server) end() ([]byte, error)           { return nil, errSystem }
