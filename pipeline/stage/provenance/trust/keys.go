package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/signature"
)

// maxKeys bounds a file of npm keys.
const maxKeys = 256

// Keys are the keys of an npm registry, by key id.
type Keys struct {
	Signatures   map[string]Key // for NAME@VERSION:INTEGRITY
	Attestations map[string]Key // for publish attestations
}

// Key is one public key with the time in which it signs.
type Key struct {
	Public     *ecdsa.PublicKey
	Start, End time.Time // zero: open
}

// Material are the keys for attestations in the form sigstore-go wants them.
func (k Keys) Material() (root.TrustedMaterial, error) {
	out := map[string]*root.ExpiringKey{}
	for id, key := range k.Attestations {
		v, err := signature.LoadECDSAVerifier(key.Public, crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("%w: the npm key %q: %w", ErrTrust, id, err)
		}
		out[id] = root.NewExpiringKey(v, key.Start, key.End)
	}
	return root.NewTrustedPublicKeyMaterialFromMapping(out), nil
}

// ParseKeys reads npm keys in either form: that of the TUF target (keyId, keyUsage, publicKey), or that of a registry's answer (keyid, key,
// expires), whose keys serve for both uses.
func ParseKeys(raw []byte) (Keys, error) {
	var doc struct {
		Keys []struct {
			TUFID    string `json:"keyId"`
			ID       string `json:"keyid"`
			KeyUsage string `json:"keyUsage"`
			Public   *struct {
				RawBytes string `json:"rawBytes"`
				ValidFor struct {
					Start time.Time `json:"start"`
					End   time.Time `json:"end"`
				} `json:"validFor"`
			} `json:"publicKey"`
			Key     string     `json:"key"`
			Expires *time.Time `json:"expires"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Keys{}, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	if n := len(doc.Keys); n == 0 || n > maxKeys {
		return Keys{}, fmt.Errorf("%w: got %d keys, want 1 to %d", ErrTrust, n, maxKeys)
	}
	out := Keys{Signatures: map[string]Key{}, Attestations: map[string]Key{}}
	for i, k := range doc.Keys {
		id, spki, key := k.ID, k.Key, Key{}
		if k.Public != nil {
			spki, key.Start, key.End = k.Public.RawBytes, k.Public.ValidFor.Start, k.Public.ValidFor.End
		} else if k.Expires != nil {
			key.End = *k.Expires
		}
		if id == "" {
			id = k.TUFID
		}
		var err error
		if key.Public, err = parseKey(spki); err != nil || id == "" {
			return Keys{}, fmt.Errorf("%w: key %d (%q): %v", ErrTrust, i, id, err)
		}
		if err := out.add(id, k.KeyUsage, key); err != nil {
			return Keys{}, err
		}
	}
	return out, nil
}

func (k Keys) add(id, usage string, key Key) error {
	uses := map[string][]map[string]Key{
		"npm:signatures": {k.Signatures}, "npm:attestations": {k.Attestations}, "": {k.Signatures, k.Attestations},
	}[usage]
	for _, m := range uses {
		if _, again := m[id]; again {
			return fmt.Errorf("%w: the key %q is there twice for %q", ErrTrust, id, usage)
		}
		m[id] = key
	}
	return nil
}

// parseKey reads base64 of a SubjectPublicKeyInfo with a key on P-256, the only kind npm uses (ecdsa-sha2-nistp256).
func parseKey(s string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := pub.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("got a key of type %T, want ECDSA on P-256", pub)
	}
	return key, nil
}
