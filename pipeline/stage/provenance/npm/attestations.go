// Package npm verifies what an npm registry says about a package: the registry's signature, its publish attestation, and the SLSA provenance
// of the build.
package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// PublishType is the predicate type of npm's publish attestation.
const PublishType = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"

// Bounds of a registry's answer.
const (
	MaxAttestations      = 16 << 20 // bytes
	MaxAttestationsCount = 32
)

// Names of the checks in a verdict.
const (
	checkTarball    = "tarball"
	checkDocument   = "registry-document"
	checkSignature  = "registry-signature"
	checkPublish    = "publish-attestation"
	checkProvenance = "provenance-attestation"
	checkOther      = "other-attestation"
)

// Artifact is a package by the hash of the tarball that is installed.
type Artifact struct {
	Name, Version string
	SHA512        string // hexadecimal
}

// purl is the package URL that statements have as their subject.
func (a Artifact) purl() string {
	return "pkg:npm/" + strings.Replace(a.Name, "@", "%40", 1) + "@" + a.Version
}

// attestation is one of the list that the attestations address answers with.
type attestation struct {
	PredicateType string          `json:"predicateType"`
	Bundle        json.RawMessage `json:"bundle"`
}

// parseAttestations reads the answer of /-/npm/v1/attestations/NAME@VERSION.
func parseAttestations(raw []byte) ([]attestation, error) {
	if len(raw) > MaxAttestations {
		return nil, fmt.Errorf("got %d bytes, want at most %d (MaxAttestations)", len(raw), MaxAttestations)
	}
	var doc struct {
		Attestations *[]attestation `json:"attestations"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	if doc.Attestations == nil {
		return nil, errors.New("got no list named attestations")
	}
	if n := len(*doc.Attestations); n > MaxAttestationsCount {
		return nil, fmt.Errorf("got %d attestations, want at most %d (MaxAttestationsCount)", n, MaxAttestationsCount)
	}
	for i, a := range *doc.Attestations {
		if a.PredicateType == "" || len(a.Bundle) == 0 || string(a.Bundle) == "null" {
			return nil, fmt.Errorf("attestation %d: want predicateType and bundle", i)
		}
	}
	return *doc.Attestations, nil
}

// CheckAttestations verifies a registry's list of attestations for an artefact and adds the outcome to a verdict: VERIFIED takes both a
// publish attestation and provenance, SIGNED one of them, and every attestation that is there must hold. It returns when the log took in the
// publish attestation, or the zero time when there is none that holds.
func CheckAttestations(d *verdict.Draft, v *attest.Verifier, a Artifact, raw []byte, e attest.Expectations) time.Time {
	list, err := parseAttestations(raw)
	if err != nil {
		d.Fail(provenance.Invalid, checkProvenance, "MALFORMED", "reading the attestations of %s@%s: %v", a.Name, a.Version, err)
		return time.Time{}
	}
	c := checker{d: d, v: v, a: a, e: e}
	for _, one := range list {
		c.one(one)
	}
	c.conclude()
	return c.at
}

type checker struct {
	d                    *verdict.Draft
	v                    *attest.Verifier
	a                    Artifact
	e                    attest.Expectations
	published, provenant int
	at                   time.Time // of the publish attestation
}

// one verifies a single attestation.
func (c *checker) one(one attestation) {
	name := map[string]string{PublishType: checkPublish, attest.SLSA1: checkProvenance, attest.SLSA02: checkProvenance}[one.PredicateType]
	if name == "" {
		name = checkOther
	}
	before := c.d.Failures()
	s, err := c.v.Bundle(one.Bundle, "sha512", c.a.SHA512)
	switch {
	case errors.Is(err, attest.ErrDigest):
		c.d.Fail(provenance.Mismatch, name, "DIGEST", "%v", err)
	case err != nil:
		c.d.Fail(provenance.Invalid, name, "SIGNATURE", "%v", err)
		return
	}
	if err := s.SubjectIs(c.a.purl()); err != nil {
		c.d.Fail(provenance.Mismatch, name, "SUBJECT", "%v", err)
	}
	if got := s.Statement.GetPredicateType(); got != one.PredicateType {
		c.d.Fail(provenance.Invalid, name, "PREDICATE-TYPE", "the registry calls it %.200q, the signed statement %.200q", one.PredicateType, got)
	}
	switch name {
	case checkPublish:
		c.published++
		c.publish(s)
	case checkProvenance:
		c.provenant++
		c.provenance(s)
	default:
		c.d.Note("UNKNOWN-ATTESTATION", "there is an attestation of type %.200q, which counts for nothing here", one.PredicateType)
		c.d.Skip(name, one.PredicateType)
		return
	}
	if c.d.Failures() == before {
		if name == checkPublish {
			c.at = s.At
		}
		c.d.Pass(name, fmt.Sprintf("log index %d", s.LogIndex))
	}
}

// publish checks what the registry signed when the version was published.
func (c *checker) publish(s *attest.Signed) {
	if s.Certificate != nil {
		c.d.Fail(provenance.Invalid, checkPublish, "SIGNER", "it is signed by %.200q, want a key of the registry", s.Certificate.SubjectAlternativeName)
		return
	}
	var doc struct {
		Predicate struct {
			Name     string `json:"name"`
			Version  string `json:"version"`
			Registry string `json:"registry"`
		} `json:"predicate"`
	}
	if err := json.Unmarshal(s.Payload, &doc); err != nil {
		c.d.Fail(provenance.Invalid, checkPublish, "MALFORMED", "reading the statement: %v", err)
		return
	}
	if p := doc.Predicate; p.Name != c.a.Name || p.Version != c.a.Version {
		c.d.Fail(provenance.Mismatch, checkPublish, "SUBJECT", "the registry published %.200s@%.100s, want %s@%s", p.Name, p.Version, c.a.Name, c.a.Version)
	}
}

// provenance checks who built the package.
func (c *checker) provenance(s *attest.Signed) {
	if s.Certificate == nil {
		c.d.Fail(provenance.Invalid, checkProvenance, "SIGNER", "it is signed by the key %.200q, want a certificate of a workflow", s.KeyID)
		return
	}
	id := attest.Identify(s.Certificate)
	f := c.d.Facts()
	id.Fill(f, s)
	if id.Kind != "GitHub" && id.Kind != "GitLab" {
		c.d.Fail(provenance.Mismatch, checkProvenance, "ISSUER", "the identity comes from %.200q, want %s or %s", id.Issuer, attest.GitHub, attest.GitLab)
		return
	}
	f.Publisher = &provenance.Publisher{Kind: id.Kind, Repository: repositoryPath(id.Repository), Workflow: id.Workflow}
	attest.CheckProvenance(c.d, checkProvenance, s, id)
	c.e.Check(c.d, checkProvenance, id)
}

// repositoryPath is OWNER/NAME of an address.
func repositoryPath(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path
}

// conclude says what the attestations together prove.
func (c *checker) conclude() {
	if c.published == 0 {
		c.d.Absent(checkPublish, "")
	}
	if c.provenant == 0 {
		c.d.Absent(checkProvenance, "")
	}
	switch {
	case c.d.Failures() > 0:
	case c.published > 0 && c.provenant > 0:
		c.d.Attain(provenance.Verified)
	case c.published > 0:
		c.d.Attain(provenance.Signed)
		c.d.Note("NO-PROVENANCE", "the registry signed the publication, but there is no provenance of the build")
	case c.provenant > 0:
		c.d.Attain(provenance.Signed)
		c.d.Note("NO-PUBLISH-ATTESTATION", "there is provenance of the build, but the registry did not sign the publication")
	default:
		c.d.Note("NO-ATTESTATIONS", "the registry has no attestations for it")
	}
}
