// Package golock reads, checks and writes the lock of a Go server: a go.mod that requires the server's module and every other module that its
// program is linked from, each at the version that was chosen, and the go.sum with their hashes. The go command reads both as they are.
//
// The go.mod is a strict part of that format (Go modules reference, "go.mod files"): no replace, exclude or other directive that changes what
// a requirement means, no quoted text. Modules that come from version control or a proxy alike are named by path and version; no address is
// in either file.
package golock

import (
	"errors"
	"time"
)

// Bounds of a lock. The largest servers link some 400 modules.
const (
	MaxBytes    = 4 << 20 // of each file
	MaxRequires = 5000
	MaxSums     = 20000
)

// ErrLock is the category of locks that cannot be used.
var ErrLock = errors.New("invalid Go lock")

// Lock is a pair of go.mod and go.sum.
type Lock struct {
	Facts     *Facts // what it was made from; nil when it was not made by this project
	Module    string // path of the lock's own module, which holds no package
	Go        string // language version, the go line: "1.25.0"
	Toolchain string // version of the Go toolchain that builds: "1.25.14"
	Tool      string // import path of the server's main package
	Requires  []Require
	Sums      map[string]string // by "PATH VERSION" for a module's files and "PATH VERSION/go.mod" for its go.mod: "h1:BASE64"
}

// Require is one module of the build.
type Require struct {
	Path     string
	Version  string
	Indirect bool // true for all but the server's own module
	Line     int  // in go.mod, from 1
}

// ID is PATH@VERSION, for messages.
func (r Require) ID() string { return r.Path + "@" + r.Version }

// Facts record what a lock was made from. They stand in a comment, as JSON.
type Facts struct {
	Before    time.Time         `json:"before"`              // the server's version was published no later, and neither was the toolchain
	Package   string            `json:"package"`             // spec.package
	Overrides map[string]string `json:"overrides,omitempty"` // spec.overrides: module path to version
	Retracted []string          `json:"retracted,omitempty"` // modules that were retracted when the lock was made: PATH@VERSION, sorted
}

// factsMark begins the line with the facts.
const factsMark = "// dockyard: "

// Server returns the server's own module: the one requirement that is direct. ok is false for a lock with none or several.
func (l *Lock) Server() (r Require, ok bool) {
	for _, q := range l.Requires {
		switch {
		case q.Indirect:
		case ok:
			return Require{}, false
		default:
			r, ok = q, true
		}
	}
	return r, ok
}

// Sum is the hash of a module's files; "" when the lock has none.
func (l *Lock) Sum(path, version string) string { return l.Sums[path+" "+version] }

// GoOverride is the name under which spec.overrides chooses the Go toolchain instead of a module.
const GoOverride = "go"

// toolchainModule is the module that the go command fetches toolchains as (Go documentation, "Go Toolchains").
const toolchainModule = "golang.org/toolchain"

// ToolchainVersion is the version of the toolchain module for a Go version and an architecture of Linux: "v0.0.1-go1.25.14.linux-amd64".
func ToolchainVersion(version, arch string) string { return "v0.0.1-go" + version + ".linux-" + arch }

// ToolchainID is what the go command downloads for it: MODULE@VERSION.
func ToolchainID(version, arch string) string {
	return toolchainModule + "@" + ToolchainVersion(version, arch)
}

// ToolchainArchitectures are those that a lock has hashes of the toolchain for, as far as they could be had: a lock can be built on either.
var ToolchainArchitectures = [...]string{"amd64", "arm64"}
