//go:build !linux

package proctree

import "errors"

var errSystem = errors.New("finding the processes of a process needs Linux")

// Process is a line of the process table.
type Process struct {
	PID, Parent, Threads int
	State                byte
	Resident             int64
}

// Adopt works on Linux only.
func Adopt() error { return errSystem }

// Below works on Linux only.
func Below() ([]Process, error) { return nil, errSystem }

// KillAll works on Linux only.
func KillAll(int) error { return errSystem }
