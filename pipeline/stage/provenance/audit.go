// Package provenance verifies where packages come from. Audit judges a saved answer of a registry without a network; the other stages fetch
// what registries say about every package of a lock and judge it by the same code.
package provenance

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/npm"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// AuditOptions say what to verify offline.
type AuditOptions struct {
	Ecosystem    string // npm or pypi
	Package      string
	Version      string
	File         string       // name of the artefact
	Digest       fetch.Digest // of the artefact: SHA-512 for npm, SHA-256 for PyPI
	Attestations string       // file with what the registry answered
	Expect       attest.Expectations
	Trust        trust.Files
}

// ErrOptions is the category of options that contradict each other.
var ErrOptions = errors.New("wrong options")

// Audit reaches a verdict on a saved answer of a registry. An error means that none was reached.
func Audit(o AuditOptions) (provenance.Verdict, error) {
	if err := o.check(); err != nil {
		return provenance.Verdict{}, err
	}
	root, err := trust.Load(o.Trust)
	if err != nil {
		return provenance.Verdict{}, err
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		return provenance.Verdict{}, err
	}
	raw, err := readAttestations(o.Attestations)
	if err != nil {
		return provenance.Verdict{}, err
	}
	d := verdict.New(o.Ecosystem, o.Package, o.Version)
	d.File(o.File, o.Digest.String())
	switch o.Ecosystem {
	case "npm":
		npm.CheckAttestations(d, v, npm.Artifact{Name: o.Package, Version: o.Version, SHA512: o.Digest.Hex}, raw, o.Expect)
	case "pypi":
		a := pypi.Artifact{Project: o.Package, Version: o.Version, File: o.File, SHA256: o.Digest.Hex}
		if pypi.CheckProvenance(d, v, a, raw, o.Expect) {
			d.Attain(provenance.Verified)
		}
	}
	return d.Verdict(), nil
}

func (o AuditOptions) check() error {
	algorithm, ok := map[string]string{"npm": "sha512", "pypi": "sha256"}[o.Ecosystem]
	if !ok {
		return fmt.Errorf("%w: ecosystem: got %q, want npm or pypi", ErrOptions, o.Ecosystem)
	}
	if o.Digest.Algorithm != algorithm {
		return fmt.Errorf("%w: digest: got algorithm %q, want %s:HEX for %s", ErrOptions, o.Digest.Algorithm, algorithm, o.Ecosystem)
	}
	if _, err := o.Digest.Hash(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	return nil
}

// readAttestations reads one byte more than what parsers accept, so that too long an answer is theirs to judge.
func readAttestations(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening the attestations: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, max(npm.MaxAttestations, pypi.MaxProvenance)+1))
	if err != nil {
		return nil, fmt.Errorf("reading the attestations %q: %w", name, err)
	}
	return raw, nil
}

// ParseDigest reads ALGORITHM:HEX.
func ParseDigest(s string) fetch.Digest {
	algorithm, sum, _ := strings.Cut(s, ":")
	return fetch.Digest{Algorithm: algorithm, Hex: strings.ToLower(sum)}
}
