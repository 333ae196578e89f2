package main

import (
	"os"
	"path"
	"path/filepath"

	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/spec"
)

// pythonGlibc is the glibc version of the base for Python servers.
func pythonGlibc() (string, error) {
	lock, err := baselock.Parse("base lock", base.PythonLock)
	if err != nil {
		return "", err
	}
	return lock.Glibc, nil
}

// pythonWant is what the spec asks of its lock.
func pythonWant(id string, s *spec.Spec) (pylock.Want, error) {
	python, err := base.PythonMinor()
	w := pylock.Want{Server: id, Package: s.Package.Name, Version: s.Package.Version, Python: python}
	for _, c := range s.Package.Constraints {
		w.Constraints = append(w.Constraints, c.Spec)
	}
	return w, err
}

func (s *server) pythonWant() (pylock.Want, error) { return pythonWant(s.id, s.spec) }

// pythonLock reads the server's lock, which check has found to be in order.
func (s *server) pythonLock() (*pylock.Lock, error) {
	lock, problems := readPythonLock(s.tree, s.Server)
	return lock, problems.Err(problem.ErrInvalid)
}

func readPythonLock(tree string, s catalogue.Server) (*pylock.Lock, problem.List) {
	file := path.Join(label, s.Path(catalogue.PythonLock))
	f, err := os.Open(filepath.Join(tree, filepath.FromSlash(s.Path(catalogue.PythonLock))))
	if err != nil {
		return nil, problem.List{{File: file, Message: err.Error()}}
	}
	defer f.Close()
	return pylock.Read(file, f)
}

// checkPythonLock compares a server's lock with its spec.
func checkPythonLock(tree string, s catalogue.Server) problem.List {
	lock, found := readPythonLock(tree, s)
	if lock == nil {
		return found
	}
	file := path.Join(label, s.Path(catalogue.PythonLock))
	want, err := pythonWant(s.ID, s.Spec)
	if err != nil {
		return append(found, problem.Problem{File: file, Message: err.Error()})
	}
	return append(found, pylock.Check(file, lock, want)...)
}
