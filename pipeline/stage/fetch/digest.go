package fetch

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Digest is the expected hash of a file.
type Digest struct {
	Algorithm string // "sha256" or "sha512"
	Hex       string // lower-case hexadecimal
}

// SHA256 is a Digest with the algorithm sha256.
func SHA256(hex string) Digest { return Digest{"sha256", hex} }

// SHA512 is a Digest with the algorithm sha512.
func SHA512(hex string) Digest { return Digest{"sha512", hex} }

// String renders "sha256:HEX".
func (d Digest) String() string { return d.Algorithm + ":" + d.Hex }

// Hash returns the hash function of the digest. An unknown algorithm or a value of the wrong length is an error, so that a caller cannot
// ask for a check that never fits or never fails.
func (d Digest) Hash() (hash.Hash, error) {
	var h hash.Hash
	switch d.Algorithm {
	case "sha256":
		h = sha256.New()
	case "sha512":
		h = sha512.New()
	default:
		return nil, fmt.Errorf("digest algorithm: got %q, want sha256 or sha512", d.Algorithm)
	}
	if raw, err := hex.DecodeString(d.Hex); err != nil || len(raw) != h.Size() || d.Hex != strings.ToLower(d.Hex) {
		return nil, fmt.Errorf("digest %q: want %d lower-case hexadecimal digits", d, 2*h.Size())
	}
	return h, nil
}

// Verify compares what h has seen with the digest; a difference is an error in the category ErrDigestMismatch with both values.
func (d Digest) Verify(h hash.Hash) error {
	if got := hex.EncodeToString(h.Sum(nil)); got != d.Hex {
		return fmt.Errorf("%w: got %s:%s, want %s", ErrDigestMismatch, d.Algorithm, got, d)
	}
	return nil
}
