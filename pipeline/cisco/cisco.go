// Package cisco holds the lock of Cisco AI Defense's mcp-scanner, which looks at what servers offer beside the analyzers of this project. It is
// written by `dagger call lock-scanner`.
package cisco

import (
	"bytes"
	_ "embed"
	"fmt"

	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
)

// Package is the scanner's name on PyPI, Script its console script.
const (
	Package = "cisco-ai-mcp-scanner"
	Script  = "mcp-scanner"
)

// LockFile is the path of the lock in the repository.
const LockFile = "pipeline/cisco/requirements.lock"

// Lock is the lock, in the form of package pylock.
//
//go:embed requirements.lock
var Lock []byte

// Fix is what renews the lock.
const Fix = "run: dagger call lock-scanner"

// Want is what the lock is resolved from: the newest release that is old enough.
func Want() (pylock.Want, error) {
	python, err := base.PythonMinor()
	return pylock.Want{Package: Package, Python: python, Fix: Fix}, err
}

// Read parses and checks the lock, and returns the scanner's version in it.
func Read() (*pylock.Lock, string, error) {
	want, err := Want()
	if err != nil {
		return nil, "", err
	}
	lock, problems := pylock.Read(LockFile, bytes.NewReader(Lock))
	if err := problems.Err(problem.ErrInvalid); err != nil {
		return nil, "", err
	}
	for _, p := range lock.Packages {
		if p.Name != Package {
			continue
		}
		if err := pylock.Check(LockFile, lock, want).Err(problem.ErrInvalid); err != nil {
			return nil, "", err
		}
		return lock, p.Version, nil
	}
	return nil, "", fmt.Errorf("reading %s: it has no %s; %s", LockFile, Package, Fix)
}
