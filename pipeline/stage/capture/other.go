//go:build !linux

package capture

import (
	"errors"
	"io"

	"dagger/dockyard/pipeline/stage/confine"
)

var errSystem = errors.New("capturing needs Linux")

type server struct {
	in     io.Writer
	lines  chan event
	broken chan *failure
}

func start(confine.Spec, Limits) (*server, error) { return nil, errSystem }
func (*server) end() ([]byte, error)              { return nil, errSystem }
