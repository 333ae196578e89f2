package npmtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Key is a key of the registry.
type Key struct {
	ID      string
	Private *ecdsa.PrivateKey
	Expires time.Time // zero is never
	Hidden  bool      // not in the list of keys

	spki string
}

// NewKey makes another key for the registry.
func (r *Registry) NewKey(t testing.TB) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	k := &Key{ID: "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), Private: private, spki: base64.StdEncoding.EncodeToString(der)}
	r.keys = append(r.keys, k)
	return k
}

// keyList is the answer of /-/npm/v1/keys.
func (r *Registry) keyList() any {
	list := []any{}
	for _, k := range r.keys {
		if k.Hidden {
			continue
		}
		var expires any
		if !k.Expires.IsZero() {
			expires = k.Expires.UTC().Format(time.RFC3339)
		}
		list = append(list, map[string]any{"keyid": k.ID, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": k.spki, "expires": expires})
	}
	return map[string]any{"keys": list}
}

// KeysFile writes the list of keys into a file.
func (r *Registry) KeysFile(t testing.TB) string {
	t.Helper()
	raw, err := json.Marshal(r.keyList())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
