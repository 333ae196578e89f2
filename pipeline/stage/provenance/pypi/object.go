// Package pypi verifies PEP 740 attestations: that a file of a release was published by its Trusted Publisher.
package pypi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Bounds of an index's answer.
const (
	MaxProvenance        = 16 << 20 // bytes
	MaxAttestationsCount = 64
)

// object is a provenance object (PEP 740, "Provenance objects").
type object struct {
	Version int         `json:"version"`
	Bundles *[]bundleOf `json:"attestation_bundles"`
}

// bundleOf are the attestations of one publisher.
type bundleOf struct {
	Publisher    publisher     `json:"publisher"`
	Attestations []attestation `json:"attestations"`
}

// publisher is what the index knows of the Trusted Publisher. Nobody signed it: it only tells what to expect of the certificate.
type publisher struct {
	Kind             string `json:"kind"`
	Repository       string `json:"repository"`
	Workflow         string `json:"workflow"`
	WorkflowFilepath string `json:"workflow_filepath"`
	Environment      string `json:"environment"`
	Email            string `json:"email"`
}

// attestation is an attestation object (PEP 740, "Attestation objects").
type attestation struct {
	Version  int `json:"version"`
	Material *struct {
		Certificate string            `json:"certificate"`
		Entries     []json.RawMessage `json:"transparency_entries"`
	} `json:"verification_material"`
	Envelope *struct {
		Statement string `json:"statement"`
		Signature string `json:"signature"`
	} `json:"envelope"`
}

// parse reads a provenance object, or a single attestation object, which then has no publisher.
func parse(raw []byte) ([]bundleOf, error) {
	if len(raw) > MaxProvenance {
		return nil, fmt.Errorf("got %d bytes, want at most %d (MaxProvenance)", len(raw), MaxProvenance)
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	if o.Version != 1 {
		return nil, fmt.Errorf("got version %d, want 1", o.Version)
	}
	if o.Bundles == nil {
		var a attestation
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, err
		}
		if a.Envelope == nil {
			return nil, errors.New("want attestation_bundles, or an envelope")
		}
		o.Bundles = &[]bundleOf{{Attestations: []attestation{a}}}
	}
	n := 0
	for i, b := range *o.Bundles {
		if len(b.Attestations) == 0 {
			return nil, fmt.Errorf("attestation bundle %d has no attestations", i)
		}
		n += len(b.Attestations)
	}
	if n > MaxAttestationsCount {
		return nil, fmt.Errorf("got %d attestations, want at most %d (MaxAttestationsCount)", n, MaxAttestationsCount)
	}
	return *o.Bundles, nil
}

// bundle converts an attestation to a Sigstore bundle. Base64 may have line breaks in it.
func (a attestation) bundle() ([]byte, error) {
	if a.Version != 1 || a.Material == nil || a.Envelope == nil {
		return nil, errors.New("want version 1 with verification_material and envelope")
	}
	if len(a.Material.Entries) == 0 {
		return nil, errors.New("want a transparency log entry, got none")
	}
	parts := []string{a.Material.Certificate, a.Envelope.Statement, a.Envelope.Signature}
	for i, p := range parts {
		parts[i] = strings.Join(strings.Fields(p), "")
		if _, err := base64.StdEncoding.DecodeString(parts[i]); err != nil || parts[i] == "" {
			return nil, fmt.Errorf("want certificate, statement and signature in base64: %v", err)
		}
	}
	return json.Marshal(map[string]any{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{
			"certificate": map[string]string{"rawBytes": parts[0]},
			"tlogEntries": a.Material.Entries,
		},
		"dsseEnvelope": map[string]any{
			"payload": parts[1], "payloadType": "application/vnd.in-toto+json", "signatures": []map[string]string{{"sig": parts[2]}},
		},
	})
}
