package npm

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// errTime is the answer to when a version was published, where nobody says.
var errTime = errors.New("the registry does not say when it was published")

// integrity is the artefact's hash as npm writes it.
func (a Artifact) integrity() (string, error) {
	sum, err := hex.DecodeString(a.SHA512)
	if err != nil {
		return "", err
	}
	return "sha512-" + base64.StdEncoding.EncodeToString(sum), nil
}

// checkVersion compares what the registry says of the version with what is installed.
func checkVersion(d *verdict.Draft, a Artifact, v version) bool {
	if v.Name != a.Name || v.Version != a.Version {
		d.Fail(provenance.Mismatch, checkDocument, "SUBJECT", "the registry answers about %.200s@%.100s, want %s@%s", v.Name, v.Version, a.Name, a.Version)
		return false
	}
	if v.Integrity == "" {
		d.Absent(checkDocument, "the registry names no integrity")
		return true
	}
	sum, err := npmlock.Entry{Name: a.Name, Version: a.Version, Integrity: v.Integrity}.SHA512()
	if err != nil {
		d.Fail(provenance.Invalid, checkDocument, "MALFORMED", "reading the registry's integrity: %v", err)
		return false
	}
	if sum != a.SHA512 {
		d.Fail(provenance.Mismatch, checkDocument, "INTEGRITY", "the registry has sha512:%s for this version, want sha512:%s as in the lock", sum, a.SHA512)
		return false
	}
	d.Pass(checkDocument, "")
	return true
}

// checkSignatures verifies the registry's signatures: ECDSA on P-256 with SHA-256 over NAME@VERSION:INTEGRITY (npm documentation, "About ECDSA
// registry signatures"), where the integrity is that of the lock. As in npm, each that is there must hold, and its key must not have ended
// before the version was published; when that was is asked only where a key has an end.
func checkSignatures(d *verdict.Draft, keys map[string]trust.Key, a Artifact, list []signature, published func() (time.Time, error)) {
	if len(list) == 0 {
		d.Absent(checkSignature, "")
		d.Note("NO-SIGNATURE", "the registry did not sign it")
		return
	}
	integrity, err := a.integrity()
	if err != nil {
		d.Fail(provenance.Invalid, checkSignature, "MALFORMED", "%v", err)
		return
	}
	sum := sha256.Sum256([]byte(a.Name + "@" + a.Version + ":" + integrity))
	good := 0
	for _, s := range list {
		key, ok := keys[s.KeyID]
		if !ok {
			d.Fail(provenance.Invalid, checkSignature, "UNKNOWN-KEY",
				"it is signed by the key %.200q, which is not one of the %d known keys of the registry; give the registry's keys by --npm-keys", s.KeyID, len(keys))
			continue
		}
		der, err := base64.StdEncoding.DecodeString(s.Sig)
		if err != nil || !ecdsa.VerifyASN1(key.Public, sum[:], der) {
			d.Fail(provenance.Invalid, checkSignature, "SIGNATURE", "the registry's signature by the key %.200q does not hold for %s@%s and the lock's integrity",
				s.KeyID, a.Name, a.Version)
			continue
		}
		if inTime(d, key, s.KeyID, published) {
			good++
		}
	}
	if good == len(list) {
		d.Attain(provenance.Signed)
		d.Pass(checkSignature, fmt.Sprintf("key %s", list[0].KeyID))
	}
}

// inTime checks that the key had not ended when the version was published.
func inTime(d *verdict.Draft, key trust.Key, id string, published func() (time.Time, error)) bool {
	if key.End.IsZero() {
		return true
	}
	at, err := published()
	switch {
	case errors.Is(err, errTime):
		d.Skip(checkSignature, err.Error())
		d.Note("TIME-UNKNOWN", "the key %.200q ended at %s, and %v: the signature counts for nothing", id, key.End.UTC().Format(time.RFC3339), err)
		return false
	case err != nil:
		client.Report(d, checkSignature, fmt.Errorf("asking when it was published: %w", err))
		return false
	case !at.Before(key.End):
		d.Fail(provenance.Invalid, checkSignature, "EXPIRED-KEY", "the key %.200q ended at %s, and the version was published at %s",
			id, key.End.UTC().Format(time.RFC3339), at.Format(time.RFC3339))
		return false
	}
	return true
}
