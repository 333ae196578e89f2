//go:build !linux

package sdist

import (
	"context"
	"errors"
	"time"
)

type process struct {
	argv, env []string
	dir       string
	time      time.Duration
}

var errSystem = errors.New("building source distributions needs Linux")

func (process) run(context.Context) ([]byte, error) { return nil, errSystem }

func give(string) error { return errSystem }
