// Package baselock holds the locks of base images: which Debian packages make up a root file system, by path and hash, and which signed
// archive release vouches for them. It reads and checks such locks and makes them from the indexes that apt has verified.
package baselock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"dagger/dockyard/pipeline/problem"
)

// ErrLock is the category of everything that is wrong with a base lock.
var ErrLock = errors.New("invalid base lock")

// SchemaVersion is the only version of the lock format that this package reads and writes.
const SchemaVersion = 1

// Bounds of a lock. They are far above what a base needs: the largest one so far has 40 packages.
const (
	MaxBytes    = 4 << 20   // of the lock file
	MaxPackages = 2000      // per architecture
	MaxDebBytes = 512 << 20 // of one .deb
)

// Architectures are the Debian architectures every lock covers, in the order in which they are written.
var Architectures = [...]string{"amd64", "arm64"}

// Lock names every package of a base for every architecture.
type Lock struct {
	SchemaVersion int                  `json:"schemaVersion"`
	Suite         string               `json:"suite"`              // Debian code name: "trixie"
	Date          string               `json:"date"`               // day the lock was made, YYYY-MM-DD
	Glibc         string               `json:"glibc,omitempty"`    // upstream version of libc6: "2.41"; empty when the lock has no libc6
	Releases      []Release            `json:"releases,omitempty"` // what vouches for the packages
	Architectures map[string][]Package `json:"architectures"`      // Debian architecture to packages, sorted by name
}

// Release is the chain from an archive key to the package indexes of one suite: each InRelease file is signed by SignedBy and lists the
// digests in Packages; those indexes list the digests of the packages.
type Release struct {
	Suite     string            `json:"suite"`     // Codename field of the InRelease file: "trixie-security"
	Date      string            `json:"date"`      // Date field of the InRelease file, RFC 3339
	InRelease string            `json:"inRelease"` // "sha256:HEX" of the whole signed file
	SignedBy  []string          `json:"signedBy"`  // fingerprints of the keys whose signatures are valid, upper-case hex, sorted
	Packages  map[string]string `json:"packages"`  // architecture to "sha256:HEX" of the uncompressed Packages file
}

// Package is one .deb.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"` // Debian version with epoch and revision
	Path    string `json:"path"`    // below the root of a mirror: "pool/main/g/glibc/libc6_2.41-12_amd64.deb"
	SHA256  string `json:"sha256"`  // 64 lower-case hex digits
	Size    int64  `json:"size"`    // bytes of the .deb
}

// Parse reads a lock strictly: unknown fields, more than one document and everything that Check finds are errors in the category
// ErrLock. file is the name to use in them. The lock is nil when there is an error.
func Parse(file string, raw []byte) (*Lock, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: reading %q: got %d bytes, want at most %d", ErrLock, file, len(raw), MaxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var l Lock
	if err := dec.Decode(&l); err != nil {
		return nil, fmt.Errorf("%w: reading %q: %v; make it again with lock-base", ErrLock, file, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: reading %q: got something after the lock, want one JSON document", ErrLock, file)
	}
	if err := Check(file, &l).Err(ErrLock); err != nil {
		return nil, err
	}
	return &l, nil
}

// Encode returns the lock as indented JSON with a newline at the end. Equal locks give equal bytes.
func (l *Lock) Encode() ([]byte, error) {
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing base lock: %w", err)
	}
	return append(raw, '\n'), nil
}

// Names returns the names of the packages of one architecture in the order of the lock.
func (l *Lock) Names(arch string) []string {
	names := make([]string, 0, len(l.Architectures[arch]))
	for _, p := range l.Architectures[arch] {
		names = append(names, p.Name)
	}
	return names
}

var _ = problem.List(nil)
