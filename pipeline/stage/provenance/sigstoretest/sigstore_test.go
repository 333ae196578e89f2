package sigstoretest_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
)

var (
	digest   = hex.EncodeToString(bytes.Repeat([]byte{7}, 32))
	workflow = sigstoretest.Identity{
		Repository: "https://github.com/acme/widgets", Workflow: ".github/workflows/release.yml", Ref: "refs/tags/v1.0.0",
		Commit: "0123456789012345678901234567890123456789",
	}
)

func TestBundles(t *testing.T) {
	s := sigstoretest.New(t)
	root, err := trust.Load(trust.Files{TrustedRoot: s.TrustedRootFile(t)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		t.Fatal(err)
	}
	statement := sigstoretest.Statement(t, attest.SLSA1, sigstoretest.SLSA1(workflow), sigstoretest.Subject{Name: "x", Digest: map[string]string{"sha256": digest}})
	old, person := workflow, sigstoretest.Identity{Issuer: sigstoretest.Google, Email: "x@example.com"}
	old.Old = true
	edit := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("v1.0.0"), []byte("v1.0.1")) }
	for _, c := range []struct {
		name string
		id   sigstoretest.Identity
		m    sigstoretest.Making
		want error
	}{
		{"good", workflow, sigstoretest.Making{}, nil},
		{"old certificate", old, sigstoretest.Making{}, nil},
		{"person", person, sigstoretest.Making{}, nil},
		{"no certificate timestamp", workflow, sigstoretest.Making{NoSCT: true}, attest.ErrInvalid},
		{"no log entry", workflow, sigstoretest.Making{NoLog: true}, attest.ErrInvalid},
		{"statement changed", workflow, sigstoretest.Making{Tamper: edit}, attest.ErrInvalid},
		{"statement changed and signed anew", workflow, sigstoretest.Making{TamperLog: edit}, attest.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := s.Attest(t, c.id, statement, c.m)
			signed, err := v.Bundle(raw, "sha256", digest)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil {
				return
			}
			id := attest.Identify(signed.Certificate)
			if c.id.Email != "" && id.Email != c.id.Email || c.id.Email == "" && (id.Repository != workflow.Repository || id.Workflow != workflow.Workflow || id.Commit != workflow.Commit) {
				t.Errorf("got %+v", id)
			}
			if _, err := v.Bundle(raw, "sha256", hex.EncodeToString(make([]byte, 32))); !errors.Is(err, attest.ErrDigest) {
				t.Errorf("another artefact: got %v, want ErrDigest", err)
			}
		})
	}
	// Another Sigstore's bundles are worth nothing.
	if _, err := v.Bundle(sigstoretest.New(t).Attest(t, workflow, statement, sigstoretest.Making{}), "sha256", digest); !errors.Is(err, attest.ErrInvalid) {
		t.Errorf("a stranger's bundle: got %v, want ErrInvalid", err)
	}
}
