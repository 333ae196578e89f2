// Package npm installs the packages of a package-lock.json the way `npm ci --ignore-scripts --omit=dev` does, without running npm or anything
// from the packages: tarballs are fetched and checked against the lock, and the very bytes that were checked become a layer.
package npm

import (
	"errors"
	"fmt"
	"os"

	"dagger/dockyard/pipeline/npmlock"
)

// Categories of what is wrong with a package.
var (
	ErrTarball    = errors.New("unsafe npm tarball")
	ErrLimit      = errors.New("limit exceeded")
	ErrEntrypoint = errors.New("no usable entry point")
	ErrScript     = errors.New("package needs its install script")
	ErrPackage    = errors.New("package does not fit its lock")
)

// appDir is the folder of the image that node_modules lies in; nodeBinary is where the runtime's layer puts Node.js.
const (
	appDir     = "app"
	nodeBinary = "/usr/local/bin/node"
)

// ReadLock opens a lock and refuses it with all its problems. Whether it fits a spec was decided before; that its paths stay below
// node_modules and that every tarball has a hash is not left to others.
func ReadLock(name string) (*npmlock.Lock, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	defer f.Close()
	l, problems := npmlock.Read(name, f)
	if l != nil {
		problems = append(problems, npmlock.CheckEntries(name, l, "")...)
	}
	if err := problems.Err(npmlock.ErrLock); err != nil {
		return nil, err
	}
	return l, nil
}

// TarballName is the file that holds a fetched tarball: its hash, so that equal ones are fetched once.
func TarballName(sum string) string { return "sha512-" + sum + ".tgz" }
