package npm

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// FuzzVersion: whatever a registry answers, nothing is signed without a key.
func FuzzVersion(f *testing.F) {
	f.Add([]byte(`{"name":"a","version":"1.0.0","repository":{"url":"git+https://github.com/a/b.git"},"dist":{"integrity":"sha512-AA==","signatures":[{"keyid":"k","sig":"MAA="}],"attestations":{"url":"x"}}}`))
	f.Add([]byte(`{"name":"a","version":"1.0.0","repository":"a/b","dist":{"attestations":false}}`))
	f.Add([]byte(`[]`))
	a := Artifact{"a", "1.0.0", strings.Repeat("00", 64)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := parseVersion(raw)
		if err != nil {
			return
		}
		if v.Name == "" || v.Version == "" || len(v.Signatures) > maxSigs || strings.ContainsAny(v.Repository, " \n\x1b") {
			t.Errorf("got %+v", v)
		}
		d := verdict.New("npm", a.Name, a.Version)
		if checkVersion(d, a, v) {
			checkSignatures(d, map[string]trust.Key{}, a, v.Signatures, nil)
		}
		if s := d.Verdict().Status; s == provenance.Signed || s == provenance.Verified {
			t.Errorf("got %s without a key", s)
		}
	})
}

func FuzzPackument(f *testing.F) {
	f.Add([]byte(`{"time":{"1.0.0":"2025-01-01T00:00:00.000Z"},"versions":{"1.0.0":{"name":"a","version":"1.0.0","dist":{}}}}`))
	f.Add([]byte(`{"time":{"1.0.0":5},"versions":{"1.0.0":null}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePackument(raw, "1.0.0")
		if err == nil && p.known && p.version.Name == "" {
			t.Errorf("got %+v", p)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"keyid":"k","key":"AA==","expires":null}]}`))
	if raw, err := os.ReadFile(filepath.Join("..", "trust", "npm-keys.json")); err == nil {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := trust.ParseKeys(raw)
		if err != nil {
			return
		}
		for id, k := range keys.Signatures {
			if id == "" || k.Public == nil {
				t.Errorf("got the key %q %+v", id, k)
			}
		}
	})
}

// FuzzAttestations: no list that a fuzzer makes up proves anything.
func FuzzAttestations(f *testing.F) {
	f.Add([]byte(`{"attestations":[]}`))
	f.Add([]byte(`{"attestations":[{"predicateType":"https://slsa.dev/provenance/v1","bundle":{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="}]},"verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[]}}}]}`))
	root, err := trust.Load(trust.Files{})
	if err != nil {
		f.Fatal(err)
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		f.Fatal(err)
	}
	a := Artifact{"a", "1.0.0", hex.EncodeToString(make([]byte, 64))}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := verdict.New("npm", a.Name, a.Version)
		CheckAttestations(d, v, a, raw, attest.Expectations{})
		if s := d.Verdict().Status; s == provenance.Signed || s == provenance.Verified {
			t.Errorf("got %s", s)
		}
	})
}
