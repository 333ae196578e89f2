//go:build !linux

package embedded

import (
	"context"
	"fmt"
	"runtime"
)

// RunRole knows no roles outside Linux.
func RunRole([]string) bool { return false }

// Up fails outside Linux.
func (e *Engine) Up(context.Context) error {
	return fmt.Errorf("%w: it needs Linux, this is %s; start Docker and put dagger %s or newer on PATH", ErrUnsupported, runtime.GOOS, Version)
}

// Down has nothing to do outside Linux.
func (e *Engine) Down(context.Context) error { return nil }

func (e *Engine) supervisor() int           { return 0 }
func (e *Engine) binary(name string) string { return name }
