package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
)

// Issuers of identities.
const (
	GitHub = "https://token.actions.githubusercontent.com"
	GitLab = "https://gitlab.com"
	Google = "https://accounts.google.com"
)

// Identity is what a certificate says of its holder (Fulcio, "OID information"). The zero value is a workflow without a name.
type Identity struct {
	Issuer     string // "" is GitHub
	Repository string // https address
	Workflow   string // file in the repository: ".github/workflows/release.yml"
	Ref        string // "refs/tags/v1.0.0"
	Commit     string
	Runner     string // "" is "github-hosted"
	Signer     string // REPOSITORY/FILE@REF of a reused workflow that holds the identity; "" is the workflow itself
	Email      string // of a person or a service account, which has none of the fields above
	Old        bool   // a certificate from before mid-2023: fields .1 to .6 only
}

// config is the workflow with repository and ref.
func (id Identity) config() string {
	slash := "/"
	if id.Issuer == GitLab {
		slash = "//"
	}
	return id.Repository + slash + id.Workflow + "@" + id.Ref
}

func (id Identity) signer() string {
	if id.Signer != "" {
		return id.Signer
	}
	return id.config()
}

func (id Identity) issuer() string {
	if id.Issuer == "" {
		return GitHub
	}
	return id.Issuer
}

// extensions are Fulcio's: .1 to .6 hold bytes, those from .8 on a DER UTF8String.
func (id Identity) extensions(t testing.TB) []pkix.Extension {
	t.Helper()
	owner, _, _ := strings.Cut(strings.TrimPrefix(id.Repository, "https://github.com/"), "/")
	var out []pkix.Extension
	add := func(n int, value []byte) {
		out = append(out, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, n}, Value: value})
	}
	old := map[int]string{1: id.issuer()}
	young := map[int]string{8: id.issuer()}
	if id.Email == "" {
		if id.issuer() == GitHub {
			old[2], old[3], old[4], old[6] = "push", id.Commit, "release", id.Ref
			old[5] = strings.TrimPrefix(id.Repository, "https://github.com/")
		}
		runner := id.Runner
		if runner == "" {
			runner = "github-hosted"
		}
		for n, s := range map[int]string{
			9: id.signer(), 10: id.Commit, 11: runner, 12: id.Repository, 13: id.Commit, 14: id.Ref, 15: "1", 16: "https://github.com/" + owner,
			17: "2", 18: id.config(), 19: id.Commit, 20: "push", 21: id.Repository + "/actions/runs/3/attempts/1", 22: "public",
		} {
			young[n] = s
		}
	}
	for n := 1; n <= 22; n++ {
		if s, ok := old[n]; ok {
			add(n, []byte(s))
		}
		if s, ok := young[n]; ok && !id.Old {
			der, err := asn1.MarshalWithParams(s, "utf8")
			if err != nil {
				t.Fatal(err)
			}
			add(n, der)
		}
	}
	return out
}

// certificate makes a key and its certificate, valid for ten minutes around at, with a certificate timestamp unless that is left out.
func (s *Sigstore) certificate(t testing.TB, id Identity, at time.Time, sct bool) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(s.index.Add(1)), NotBefore: at.Add(-time.Minute), NotAfter: at.Add(9 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, ExtraExtensions: id.extensions(t),
	}
	if id.Email != "" {
		template.EmailAddresses = []string{id.Email}
	} else {
		u, err := url.Parse(id.signer())
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = []*url.URL{u}
	}
	der := s.sign(t, template, key)
	if !sct {
		return key, der
	}
	template.ExtraExtensions = append(template.ExtraExtensions, s.timestamp(t, der, at))
	return key, s.sign(t, template, key)
}

func (s *Sigstore) sign(t testing.TB, template *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, s.intermediate, key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// timestamp is the extension with the log's promise (RFC 6962 §3.2, §3.3) for a certificate that does not have it yet.
func (s *Sigstore) timestamp(t testing.TB, der []byte, at time.Time) pkix.Extension {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	must(err)
	when := uint64(at.UnixMilli())
	tree := ct.MerkleTreeLeaf{Version: ct.V1, LeafType: ct.TimestampedEntryLeafType, TimestampedEntry: &ct.TimestampedEntry{
		Timestamp: when, EntryType: ct.PrecertLogEntryType,
		PrecertEntry: &ct.PreCert{IssuerKeyHash: sha256.Sum256(s.intermediate.RawSubjectPublicKeyInfo), TBSCertificate: leaf.RawTBSCertificate},
	}}
	sct := ct.SignedCertificateTimestamp{SCTVersion: ct.V1, Timestamp: when}
	spki, err := x509.MarshalPKIXPublicKey(s.ctlog.Public())
	must(err)
	sct.LogID.KeyID = sha256.Sum256(spki)
	input, err := ct.SerializeSCTSignatureInput(sct, ct.LogEntry{Leaf: tree})
	must(err)
	signed, err := tls.CreateSignature(*s.ctlog, tls.SHA256, input)
	must(err)
	sct.Signature = ct.DigitallySigned(signed)
	one, err := tls.Marshal(sct)
	must(err)
	list, err := tls.Marshal(ctx509.SignedCertificateTimestampList{SCTList: []ctx509.SerializedSCT{{Val: one}}})
	must(err)
	value, err := asn1.Marshal(list)
	must(err)
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: value}
}
