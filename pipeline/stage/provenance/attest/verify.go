// Package attest verifies Sigstore bundles with sigstore-go and reads what certificates and SLSA provenance in them say.
package attest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"dagger/dockyard/pipeline/stage/provenance/trust"
)

// Categories of what is wrong with an attestation.
var (
	ErrInvalid = errors.New("attestation is invalid")              // malformed, or a signature, certificate or log entry does not hold
	ErrDigest  = errors.New("attestation is for another artifact") // all holds, but no subject has the digest
)

// Verifier checks bundles against one trusted root. It may be used by many goroutines.
type Verifier struct {
	certificates, keys *verify.Verifier
}

// NewVerifier makes a verifier that wants, of a bundle signed by a certificate, a certificate timestamp (SCT), an entry in a transparency log
// and a time that somebody else attests; of one signed by a registry's key, an entry in a log and its time, in which the key was valid.
func NewVerifier(t *trust.Root) (*Verifier, error) {
	c, err := verify.NewVerifier(t.Sigstore, verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1),
		verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate())
	if err != nil {
		return nil, err
	}
	keys, err := t.NPM.Material()
	if err != nil {
		return nil, err
	}
	k, err := verify.NewVerifier(root.TrustedMaterialCollection{t.Sigstore, keys}, verify.WithTransparencyLog(1),
		verify.WithIntegratedTimestamps(1), verify.WithoutStatementPredicate())
	if err != nil {
		return nil, err
	}
	return &Verifier{certificates: c, keys: k}, nil
}

// Signed is what a verified bundle says.
type Signed struct {
	Statement   *intoto.Statement // without its predicate, which is in Payload
	Payload     []byte            // the statement as it was signed
	Certificate *Certificate      // nil when a key signed
	KeyID       string            // of the key; "" when a certificate signed
	LogIndex    int64
	At          time.Time // the log's or a timestamp authority's, UTC
}

// Certificate is what a signing certificate says, as sigstore-go reads it.
type Certificate = certificate.Summary

// Bundle verifies a bundle and that one subject of its statement has the digest. The error is in the category ErrInvalid or ErrDigest; with
// ErrDigest all else holds and Signed is there. Whose certificate it is, is for the caller to judge: Identity.
func (v *Verifier) Bundle(raw []byte, algorithm, digest string) (*Signed, error) {
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return nil, fmt.Errorf("verifying an attestation: digest %q: %w", digest, err)
	}
	var b bundle.Bundle
	if err := b.UnmarshalJSON(raw); err != nil {
		return nil, fmt.Errorf("%w: reading the bundle: %w", ErrInvalid, err)
	}
	if b.GetDsseEnvelope() == nil {
		return nil, fmt.Errorf("%w: the bundle has no DSSE envelope", ErrInvalid)
	}
	result, err := v.verify(&b, verify.WithArtifactDigest(algorithm, sum))
	if err != nil {
		// The library reports a wrong digest like a wrong signature. Without the digest, only the former passes.
		again, other := v.verify(&b, verify.WithoutArtifactUnsafe())
		if other != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, other)
		}
		signed, other := newSigned(&b, again)
		if other != nil {
			return nil, other
		}
		return signed, fmt.Errorf("%w: want %s:%s: %w", ErrDigest, algorithm, digest, err)
	}
	return newSigned(&b, result)
}

func (v *Verifier) verify(b *bundle.Bundle, artifact verify.ArtifactPolicyOption) (*verify.VerificationResult, error) {
	if b.GetVerificationMaterial().GetPublicKey() != nil {
		return v.keys.Verify(b, verify.NewPolicy(artifact, verify.WithKey()))
	}
	return v.certificates.Verify(b, verify.NewPolicy(artifact, verify.WithoutIdentitiesUnsafe()))
}

func newSigned(b *bundle.Bundle, r *verify.VerificationResult) (*Signed, error) {
	if r.Statement == nil || r.Signature == nil {
		return nil, fmt.Errorf("%w: it holds no in-toto statement", ErrInvalid)
	}
	s := &Signed{Statement: r.Statement, Payload: b.GetDsseEnvelope().GetPayload(), Certificate: r.Signature.Certificate}
	if r.Signature.PublicKeyID != nil {
		s.KeyID = string(*r.Signature.PublicKeyID)
	}
	entries, err := b.TlogEntries()
	if err != nil || len(entries) == 0 || len(r.VerifiedTimestamps) == 0 {
		return nil, fmt.Errorf("%w: it has no log entry with a time", ErrInvalid)
	}
	s.LogIndex = entries[0].LogIndex()
	s.At = r.VerifiedTimestamps[0].Timestamp.UTC()
	return s, nil
}
