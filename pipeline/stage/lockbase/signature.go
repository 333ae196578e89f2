package lockbase

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// ErrSignature is the category of InRelease files that the keyring does not vouch for.
var ErrSignature = errors.New("signature not accepted")

func readKeyring(name string) (openpgp.EntityList, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading archive keyring: %w", err)
	}
	defer f.Close()
	keys, err := openpgp.ReadKeyRing(f)
	if err != nil {
		return nil, fmt.Errorf("reading archive keyring %q: %w", name, err)
	}
	return keys, nil
}

// verify checks a clear-signed file (RFC 9580 §7) and returns what was signed and the fingerprints of the primary keys whose signatures
// are valid, sorted. One valid signature is enough, as for apt: during a change of keys the file carries signatures that an older
// keyring does not know. Text outside the signed part is refused.
func verify(keys openpgp.EntityList, signed []byte) (body []byte, signers []string, err error) {
	if !bytes.HasPrefix(signed, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		return nil, nil, fmt.Errorf("%w: want a clear-signed file", ErrSignature)
	}
	block, rest := clearsign.Decode(signed)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, fmt.Errorf("%w: want one clear-signed text and nothing after it", ErrSignature)
	}
	packets := packet.NewReader(block.ArmoredSignature.Body)
	for {
		p, err := packets.Next()
		if err != nil {
			break
		}
		sig, ok := p.(*packet.Signature)
		if !ok {
			continue
		}
		if print := check(keys, block.Bytes, sig); print != "" {
			signers = append(signers, print)
		}
	}
	if len(signers) == 0 {
		return nil, nil, fmt.Errorf("%w: none of its signatures is valid for a key of the keyring", ErrSignature)
	}
	slices.Sort(signers)
	return block.Plaintext, slices.Compact(signers), nil
}

// check returns the fingerprint of the primary key behind one signature, or "" when the keyring does not vouch for it.
func check(keys openpgp.EntityList, text []byte, sig *packet.Signature) string {
	var one bytes.Buffer
	if err := sig.Serialize(&one); err != nil {
		return ""
	}
	signer, err := openpgp.CheckDetachedSignature(keys, bytes.NewReader(text), &one, nil)
	if err != nil || signer == nil {
		return ""
	}
	return strings.ToUpper(fmt.Sprintf("%x", signer.PrimaryKey.Fingerprint))
}
