//go:build !linux

package confine

import (
	"errors"
	"io"
)

// Command works on Linux only.
func Command([]string, io.Writer) error { return errors.New("confining a program needs Linux") }
