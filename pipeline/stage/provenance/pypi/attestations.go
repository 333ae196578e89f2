package pypi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// PublishType is the predicate type of a publish attestation (PEP 740).
const PublishType = "https://docs.pypi.org/attestations/publish/v1"

// Names of the checks in a verdict.
const (
	checkFile    = "file"
	checkIndex   = "index"
	checkPublish = "publish-attestation"
	checkSLSA    = "provenance-attestation"
	checkOther   = "attestation"
)

// Artifact is one file of a release by its hash.
type Artifact struct {
	Project, Version string
	File             string
	SHA256           string // hexadecimal
}

// CheckProvenance verifies a provenance object, or a single attestation, for a file and adds the outcome to a verdict. It tells whether the
// file is proven to come from its publisher.
func CheckProvenance(d *verdict.Draft, v *attest.Verifier, a Artifact, raw []byte, e attest.Expectations) bool {
	f, err := parseFilename(a.File)
	if err == nil && !f.of(a.Project, a.Version) {
		err = fmt.Errorf("the file %q is not of %s %s", a.File, a.Project, a.Version)
	}
	if err != nil {
		d.Fail(provenance.Mismatch, checkFile, "FILE", "%v", err)
		return false
	}
	bundles, err := parse(raw)
	if err != nil {
		d.Fail(provenance.Invalid, checkOther, "MALFORMED", "reading the attestations of %s: %v", a.File, err)
		return false
	}
	c := checker{d: d, v: v, a: a, file: f, e: e, before: d.Failures()}
	for _, b := range bundles {
		seen := map[string]bool{}
		for _, one := range b.Attestations {
			c.one(b.Publisher, one, seen)
		}
	}
	if c.good == 0 && d.Failures() == c.before {
		d.Note("NO-ATTESTATIONS", "the index has no attestations for %s", a.File)
	}
	return c.good > 0 && d.Failures() == c.before
}

type checker struct {
	d            *verdict.Draft
	v            *attest.Verifier
	a            Artifact
	file         distribution
	e            attest.Expectations
	good, before int
}

// one verifies an attestation; seen are the predicate types that the publisher's bundle had before.
func (c *checker) one(p publisher, one attestation, seen map[string]bool) {
	before := c.d.Failures()
	raw, err := one.bundle()
	if err != nil {
		c.d.Fail(provenance.Invalid, checkOther, "MALFORMED", "%s: %v", c.a.File, err)
		return
	}
	s, err := c.v.Bundle(raw, "sha256", c.a.SHA256)
	switch {
	case errors.Is(err, attest.ErrDigest):
		c.d.Fail(provenance.Mismatch, checkOther, "DIGEST", "%s: %v", c.a.File, err)
	case err != nil:
		c.d.Fail(provenance.Invalid, checkOther, "SIGNATURE", "%s: %v", c.a.File, err)
		return
	}
	kind := s.Statement.GetPredicateType()
	name := map[string]string{PublishType: checkPublish, attest.SLSA1: checkSLSA}[kind]
	if name == "" {
		c.d.Fail(provenance.Invalid, checkOther, "PREDICATE-TYPE", "%s: got the predicate type %.200q, want a publish attestation or SLSA provenance v1", c.a.File, kind)
		return
	}
	if seen[kind] {
		c.d.Fail(provenance.Invalid, name, "DUPLICATE", "%s: there are two attestations of type %.200q", c.a.File, kind)
	}
	seen[kind] = true
	c.subject(s, name)
	c.identity(p, s, name)
	if c.d.Failures() == before {
		c.good++
		c.d.Pass(name, fmt.Sprintf("%s, log index %d", c.a.File, s.LogIndex))
	}
}

// subject compares the one subject with the file; the digest was compared before.
func (c *checker) subject(s *attest.Signed, check string) {
	if n := len(s.Statement.GetSubject()); n != 1 {
		c.d.Fail(provenance.Mismatch, check, "SUBJECT", "%s: the statement has %d subjects, want one", c.a.File, n)
		return
	}
	got := s.Statement.GetSubject()[0].GetName()
	f, err := parseFilename(got)
	if err != nil || !f.same(c.file) {
		c.d.Fail(provenance.Mismatch, check, "SUBJECT", "the statement is for %.200q, want %q", got, c.a.File)
	}
}

// identity compares the certificate with the publisher, and with what the spec expects.
func (c *checker) identity(p publisher, s *attest.Signed, check string) {
	if s.Certificate == nil {
		c.d.Fail(provenance.Invalid, check, "SIGNER", "%s: it is signed by a key, want a certificate", c.a.File)
		return
	}
	id := attest.Identify(s.Certificate)
	f := c.d.Facts()
	id.Fill(f, s)
	if id.Kind == "" {
		c.d.Fail(provenance.Mismatch, check, "ISSUER", "%s: the identity comes from %.200q, want %s, %s or %s", c.a.File, id.Issuer, attest.GitHub, attest.GitLab, attest.Google)
		return
	}
	f.Publisher = p.fact(id)
	if p.Kind != "" {
		p.expected().Check(c.d, check, id)
	}
	switch s.Statement.GetPredicateType() {
	case attest.SLSA1:
		attest.CheckProvenance(c.d, check, s, id)
	case PublishType:
		c.predicate(s, check)
	}
	c.e.Check(c.d, check, id)
}

// predicate: a publish attestation has an empty one (PEP 740, "PyPI Publish Attestation").
func (c *checker) predicate(s *attest.Signed, check string) {
	var doc struct {
		Predicate map[string]json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(s.Payload, &doc); err != nil || len(doc.Predicate) > 0 {
		c.d.Fail(provenance.Invalid, check, "MALFORMED", "%s: a publish attestation has a predicate, want none", c.a.File)
	}
}

// expected is what the publisher's object promises of the certificate. A publisher without the fields of its kind promises nothing that
// anybody could hold, so that is made to fail.
func (p publisher) expected() attest.Expectations {
	const none = "(missing)"
	or := func(s string) string {
		if s == "" {
			return none
		}
		return s
	}
	switch p.Kind {
	case "GitHub":
		return attest.Expectations{Kind: p.Kind, Publisher: or(p.Repository), Workflow: or(p.Workflow)}
	case "GitLab":
		return attest.Expectations{Kind: p.Kind, Publisher: or(p.Repository), Workflow: or(p.WorkflowFilepath)}
	}
	return attest.Expectations{Kind: p.Kind, Publisher: or(p.Email)}
}

// fact is the publisher for the verdict: what the index says once the certificate agrees, or what the certificate says where the index says
// nothing.
func (p publisher) fact(id attest.Identity) *provenance.Publisher {
	if p.Kind == "" {
		_, path, _ := strings.Cut(strings.TrimPrefix(id.Repository, "https://"), "/")
		return &provenance.Publisher{Kind: id.Kind, Repository: path, Workflow: id.Workflow, Email: id.Email}
	}
	workflow := p.Workflow
	if p.Kind == "GitLab" {
		workflow = p.WorkflowFilepath
	}
	return &provenance.Publisher{Kind: p.Kind, Repository: p.Repository, Workflow: workflow, Environment: p.Environment, Email: p.Email}
}
