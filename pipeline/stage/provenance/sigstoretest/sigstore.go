// Package sigstoretest is a Sigstore in memory, for tests: a certificate authority, a certificate transparency log and a transparency log that
// make real bundles for any identity and any statement, and the trusted root that goes with them. What is broken in a bundle is said in Making.
package sigstoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// Sigstore makes bundles. It may be used by many goroutines.
type Sigstore struct {
	authority    *x509.Certificate // self-signed
	intermediate *x509.Certificate
	key          *ecdsa.PrivateKey // of the intermediate
	ctlog        *ecdsa.PrivateKey
	rekor        *ca.VirtualSigstore // only its log is used
	index        atomic.Int64
}

// The authority and the logs are valid for some years around now, so that bundles may be made at any time in between.
const validity = 5 * 365 * 24 * time.Hour

// New makes a Sigstore with keys of its own.
func New(t testing.TB) *Sigstore {
	t.Helper()
	s := &Sigstore{ctlog: newKey(t)}
	var err error
	if s.rekor, err = ca.NewVirtualSigstore(); err != nil {
		t.Fatal(err)
	}
	top := newKey(t)
	s.key = newKey(t)
	s.authority = authority(t, "sigstoretest", nil, top, top)
	s.intermediate = authority(t, "sigstoretest-intermediate", s.authority, s.key, top)
	return s
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// authority makes a certificate for key, signed by parent's key signer; with no parent it signs itself.
func authority(t testing.TB, name string, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"sigstoretest"}},
		NotBefore: now.Add(-validity), NotAfter: now.Add(validity), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, BasicConstraintsValid: true, IsCA: true,
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TrustedRoot is the trusted root as JSON.
func (s *Sigstore) TrustedRoot(t testing.TB) []byte {
	t.Helper()
	start, end := time.Now().Add(-validity), time.Now().Add(validity)
	ctlog := logOf(t, "https://ctlog.sigstoretest.localhost", s.ctlog.Public(), start, end)
	var logs = map[string]*root.TransparencyLog{}
	for _, l := range s.rekor.RekorLogs() {
		logs[keyID(t, l.PublicKey)] = logOf(t, l.BaseURL, l.PublicKey, start, end)
	}
	tr, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{
			Root: s.authority, Intermediates: []*x509.Certificate{s.intermediate}, ValidityPeriodStart: start, ValidityPeriodEnd: end,
			URI: "https://fulcio.sigstoretest.localhost",
		}},
		map[string]*root.TransparencyLog{keyID(t, s.ctlog.Public()): ctlog}, s.rekor.TimestampingAuthorities(), logs)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := tr.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TrustedRootFile writes the trusted root into the test's folder and names the file.
func (s *Sigstore) TrustedRootFile(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "trusted_root.json")
	if err := os.WriteFile(name, s.TrustedRoot(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func logOf(t testing.TB, address string, key crypto.PublicKey, start, end time.Time) *root.TransparencyLog {
	t.Helper()
	id, err := hex.DecodeString(keyID(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return &root.TransparencyLog{
		BaseURL: address, ID: id, ValidityPeriodStart: start, ValidityPeriodEnd: end,
		HashFunc: crypto.SHA256, SignatureHashFunc: crypto.SHA256, PublicKey: key,
	}
}

// keyID is the id of a log (RFC 6962 §3.2): the SHA-256 of its key, here in hexadecimal.
func keyID(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
