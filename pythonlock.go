package main

import (
	"os"

	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/validate"
)

// pythonGlibc is the glibc version of the base for Python servers.
func pythonGlibc() (string, error) {
	lock, err := baselock.Parse("base lock", base.PythonLock)
	if err != nil {
		return "", err
	}
	return lock.Glibc, nil
}

func (s *server) pythonWant() (pylock.Want, error) { return validate.PythonWant(s.id, s.spec) }

// pythonLock reads the server's lock, which check has found to be in order.
func (s *server) pythonLock() (*pylock.Lock, error) {
	lock, problems := validate.PythonLock(os.DirFS(s.tree), label, s.Server)
	return lock, problems.Err(problem.ErrInvalid)
}
