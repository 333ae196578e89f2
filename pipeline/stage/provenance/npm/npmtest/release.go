package npmtest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
)

// Predicate types of npm's attestations.
const (
	PublishType = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
	SLSA1       = "https://slsa.dev/provenance/v1"
	SLSA02      = "https://slsa.dev/provenance/v0.2"
)

// Attestation is one of those that the registry serves.
type Attestation struct {
	PredicateType string          `json:"predicateType"`
	Bundle        json.RawMessage `json:"bundle"`
}

// Release is one version of a package. With its zero values beside name, version and identity it is signed, published just now, and attested.
type Release struct {
	Name, Version string
	Tarball       []byte // nil is some bytes of its own
	Repository    string // what the package claims; "" is the identity's
	Identity      sigstoretest.Identity
	Published     time.Time // zero is now
	NoTime        bool      // the registry does not say when it was published

	Unsigned   bool   // no registry signature
	Key        *Key   // signs it; nil is the registry's
	SignedText string // what the signature is over; "" is NAME@VERSION:INTEGRITY

	NoAttestations, NoPublish, NoProvenance bool
	Silent                                  bool   // there are attestations, and the document does not announce them
	Type                                    string // predicate type of the provenance: SLSA1 when empty
	Predicate                               any    // of the provenance; nil agrees with the identity
	StatementVersion                        string // version in the statements; "" is the right one
	StatementSHA512                         string // digest in the statements; "" is the right one
	Provenance                              sigstoretest.Making

	Attestations func([]Attestation) []Attestation // edits the list; nil leaves it
	Document     func(map[string]any)              // edits the document; nil leaves it
}

// Add makes the release's signatures and attestations and serves it. It returns the release with all zero values filled in.
func (r *Registry) Add(t testing.TB, rel Release) Release {
	t.Helper()
	if rel.Tarball == nil {
		rel.Tarball = []byte("tarball of " + rel.Name + "@" + rel.Version)
	}
	if rel.Repository == "" {
		rel.Repository = rel.Identity.Repository
	}
	if rel.Published.IsZero() {
		rel.Published = time.Now().Truncate(time.Second)
	}
	if rel.Key == nil {
		rel.Key = r.Key
	}
	s := &served{Release: rel}
	if !rel.NoAttestations {
		s.attestations = r.attest(t, rel)
	}
	s.document = r.document(t, rel)
	if r.releases[rel.Name] == nil {
		r.releases[rel.Name] = map[string]*served{}
	}
	r.releases[rel.Name][rel.Version] = s
	return rel
}

// AttestationsOf are the attestations of a release that was added.
func (r *Registry) AttestationsOf(rel Release) []Attestation {
	return r.releases[rel.Name][rel.Version].attestations
}

// DistOf is what the document of a release that was added has under dist: signatures, and that there are attestations.
func (r *Registry) DistOf(rel Release) map[string]any {
	dist := maps.Clone(r.releases[rel.Name][rel.Version].document["dist"].(map[string]any))
	delete(dist, "tarball")
	return dist
}

func (r *Registry) document(t testing.TB, rel Release) map[string]any {
	t.Helper()
	dist := map[string]any{"integrity": rel.Integrity(), "tarball": "http://elsewhere.invalid/never.tgz"}
	if !rel.Unsigned {
		text := rel.SignedText
		if text == "" {
			text = rel.Name + "@" + rel.Version + ":" + rel.Integrity()
		}
		dist["signatures"] = []any{map[string]any{"keyid": rel.Key.ID, "sig": rel.Key.Sign(t, text)}}
	}
	if !rel.NoAttestations && !rel.Silent {
		dist["attestations"] = map[string]any{
			"url": "http://elsewhere.invalid/attestations", "provenance": map[string]any{"predicateType": SLSA1},
		}
	}
	doc := map[string]any{"name": rel.Name, "version": rel.Version, "dist": dist}
	if rel.Repository != "" {
		doc["repository"] = map[string]any{"type": "git", "url": "git+" + rel.Repository + ".git"}
	}
	if rel.Document != nil {
		rel.Document(doc)
	}
	return doc
}

func (r *Registry) attest(t testing.TB, rel Release) []Attestation {
	t.Helper()
	version, sum := rel.Version, rel.SHA512()
	if rel.StatementVersion != "" {
		version = rel.StatementVersion
	}
	if rel.StatementSHA512 != "" {
		sum = rel.StatementSHA512
	}
	subject := sigstoretest.Subject{Name: "pkg:npm/" + strings.Replace(rel.Name, "@", "%40", 1) + "@" + version, Digest: map[string]string{"sha512": sum}}
	list := []Attestation{}
	if !rel.NoPublish {
		statement := sigstoretest.Statement(t, PublishType, map[string]any{"name": rel.Name, "version": version, "registry": "https://registry.invalid"}, subject)
		list = append(list, Attestation{PublishType, r.Sigstore.AttestWithKey(t, rel.Key.Private, rel.Key.ID, statement, sigstoretest.Making{At: rel.Published})})
	}
	if !rel.NoProvenance {
		kind, predicate, making := rel.Type, rel.Predicate, rel.Provenance
		if kind == "" {
			kind = SLSA1
		}
		if predicate == nil {
			predicate = sigstoretest.SLSA1(rel.Identity)
			if kind == SLSA02 {
				predicate = sigstoretest.SLSA02(rel.Identity)
			}
		}
		if making.At.IsZero() {
			making.At = rel.Published
		}
		list = append(list, Attestation{kind, r.Sigstore.Attest(t, rel.Identity, sigstoretest.Statement(t, kind, predicate, subject), making)})
	}
	if rel.Attestations != nil {
		list = rel.Attestations(list)
	}
	return list
}

// Sign is a registry signature: base64 of ECDSA with SHA-256, DER.
func (k *Key) Sign(t testing.TB, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	der, err := ecdsa.SignASN1(rand.Reader, k.Private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}
