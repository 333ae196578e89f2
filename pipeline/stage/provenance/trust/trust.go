// Package trust loads what signatures are checked against: a Sigstore trusted root, and the keys npm registries sign with. Both come with the
// program and can be replaced by files.
package trust

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// ErrTrust is the category of trust files that cannot be used.
var ErrTrust = errors.New("unusable trust file")

// maxFile bounds a trust file, in bytes. The public-good root has 7 KB.
const maxFile = 4 << 20

// Both files are the TUF targets of the public-good instance as the npm package @sigstore/tuf 4.0.2 carries them (Apache-2.0).
var (
	//go:embed public-good.trusted_root.json
	publicGood []byte
	//go:embed npm-keys.json
	npmKeys []byte
)

// Files name replacements for what comes with the program; "" keeps that.
type Files struct {
	TrustedRoot string // Sigstore trusted root (application/vnd.dev.sigstore.trustedroot+json)
	NPMKeys     string // keys of an npm registry: the TUF target keys.json, or what its address /-/npm/v1/keys answers
}

// Root is what signatures are checked against.
type Root struct {
	Sigstore root.TrustedMaterial
	NPM      Keys
	Digest   string // of the trusted root's bytes: "sha256:HEX"
}

// Load reads the files, or what comes with the program.
func Load(f Files) (*Root, error) {
	raw, err := read(f.TrustedRoot, publicGood)
	if err != nil {
		return nil, err
	}
	material, err := ParseRoot(raw)
	if err != nil {
		return nil, fmt.Errorf("reading the trusted root %q: %w", f.TrustedRoot, err)
	}
	sum := sha256.Sum256(raw)
	if raw, err = read(f.NPMKeys, npmKeys); err != nil {
		return nil, err
	}
	keys, err := ParseKeys(raw)
	if err != nil {
		return nil, fmt.Errorf("reading the npm keys %q: %w", f.NPMKeys, err)
	}
	return &Root{Sigstore: material, NPM: keys, Digest: "sha256:" + hex.EncodeToString(sum[:])}, nil
}

// ParseRoot reads a trusted root. One without a certificate authority or without a transparency log is refused.
func ParseRoot(raw []byte) (root.TrustedMaterial, error) {
	material, err := root.NewTrustedRootFromJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	if len(material.FulcioCertificateAuthorities()) == 0 || len(material.RekorLogs()) == 0 {
		return nil, fmt.Errorf("%w: it has %d certificate authorities and %d transparency logs, want one of each at least",
			ErrTrust, len(material.FulcioCertificateAuthorities()), len(material.RekorLogs()))
	}
	return material, nil
}

func read(name string, embedded []byte) ([]byte, error) {
	if name == "" {
		return embedded, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening a trust file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading a trust file: %w", err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%w: %q has more than %d bytes", ErrTrust, name, maxFile)
	}
	return raw, nil
}
