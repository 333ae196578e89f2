package sigstoretest

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	ssldsse "github.com/secure-systems-lab/go-securesystemslib/dsse"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/rekor/pkg/types"
	"github.com/sigstore/rekor/pkg/types/dsse"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1" // registers the kind of entry
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/encoding/protojson"
)

// payloadType is that of in-toto statements in DSSE envelopes.
const payloadType = "application/vnd.in-toto+json"

// Making says how a bundle is made and what is wrong with it. The zero value makes a good one now.
type Making struct {
	At    time.Time // of the certificate and the log entry; zero is now
	NoSCT bool      // the certificate was not promised to a certificate transparency log
	NoLog bool      // no entry in the transparency log
	// Tamper changes the statement after it was signed and logged; nil leaves it.
	Tamper func(statement []byte) []byte
	// TamperLog does the same, and signs anew: only the log entry gives it away.
	TamperLog func(statement []byte) []byte
}

// Attest makes a bundle (application/vnd.dev.sigstore.bundle.v0.3+json) with a statement that the holder of an identity signed. Its log entry
// has a promise and a proof, so PEP 740 attestations can be made of it.
func (s *Sigstore) Attest(t testing.TB, id Identity, statement []byte, m Making) []byte {
	t.Helper()
	if m.At.IsZero() {
		m.At = time.Now()
	}
	key, der := s.certificate(t, id, m.At, !m.NoSCT)
	material := &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_Certificate{
		Certificate: &protocommon.X509Certificate{RawBytes: der},
	}}
	return s.bundle(t, key, material, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), statement, m)
}

// AttestWithKey makes a bundle that is signed by a key the verifier knows by its id, as npm's publish attestations are.
func (s *Sigstore) AttestWithKey(t testing.TB, key *ecdsa.PrivateKey, id string, statement []byte, m Making) []byte {
	t.Helper()
	if m.At.IsZero() {
		m.At = time.Now()
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	material := &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_PublicKey{
		PublicKey: &protocommon.PublicKeyIdentifier{Hint: id},
	}}
	return s.bundle(t, key, material, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), statement, m)
}

func (s *Sigstore) bundle(t testing.TB, key *ecdsa.PrivateKey, material *protobundle.VerificationMaterial, verifier, statement []byte, m Making) []byte {
	t.Helper()
	envelope := seal(t, key, statement)
	if !m.NoLog {
		material.TlogEntries = []*protorekor.TransparencyLogEntry{s.entry(t, envelope, verifier, m.At)}
	}
	if m.TamperLog != nil {
		envelope = seal(t, key, m.TamperLog(statement))
	}
	if m.Tamper != nil {
		envelope.Payload = m.Tamper(statement)
	}
	raw, err := protojson.Marshal(&protobundle.Bundle{
		MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", VerificationMaterial: material,
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: envelope},
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// seal signs a statement in a DSSE envelope.
func seal(t testing.TB, key *ecdsa.PrivateKey, statement []byte) *protodsse.Envelope {
	t.Helper()
	sum := sha256.Sum256(ssldsse.PAE(payloadType, statement))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return &protodsse.Envelope{Payload: statement, PayloadType: payloadType, Signatures: []*protodsse.Signature{{Sig: signature}}}
}

// entry puts an envelope into the log: kind dsse, version 0.0.1, with an inclusion promise and a proof.
func (s *Sigstore) entry(t testing.TB, e *protodsse.Envelope, verifier []byte, at time.Time) *protorekor.TransparencyLogEntry {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	body := canonical(t, e, verifier)
	logID, err := s.rekor.RekorLogID()
	must(err)
	id, err := hex.DecodeString(logID)
	must(err)
	index := s.index.Add(1)
	promise, err := s.rekor.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(body), IntegratedTime: at.Unix(), LogIndex: index, LogID: logID,
	})
	must(err)
	proof, err := s.rekor.GetInclusionProof(body)
	must(err)
	top, err := hex.DecodeString(*proof.RootHash)
	must(err)
	return &protorekor.TransparencyLogEntry{
		LogIndex: index, LogId: &protocommon.LogId{KeyId: id}, IntegratedTime: at.Unix(), CanonicalizedBody: body,
		KindVersion:      &protorekor.KindVersion{Kind: dsse.KIND, Version: "0.0.1"},
		InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: promise},
		InclusionProof: &protorekor.InclusionProof{
			LogIndex: *proof.LogIndex, TreeSize: *proof.TreeSize, RootHash: top, Checkpoint: &protorekor.Checkpoint{Envelope: *proof.Checkpoint},
		},
	}
}

// canonical is the body of a log entry as Rekor writes it.
func canonical(t testing.TB, e *protodsse.Envelope, verifier []byte) []byte {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(ssldsse.Envelope{
		PayloadType: e.PayloadType, Payload: base64.StdEncoding.EncodeToString(e.Payload),
		Signatures: []ssldsse.Signature{{Sig: base64.StdEncoding.EncodeToString(e.Signatures[0].Sig)}},
	})
	must(err)
	ctx := context.Background()
	proposed, err := types.NewProposedEntry(ctx, dsse.KIND, "0.0.1", types.ArtifactProperties{
		ArtifactBytes: raw, PublicKeyBytes: [][]byte{verifier}, PKIFormat: "x509",
	})
	must(err)
	entry, err := types.CreateVersionedEntry(proposed)
	must(err)
	body, err := types.CanonicalizeEntry(ctx, entry)
	must(err)
	return body
}
