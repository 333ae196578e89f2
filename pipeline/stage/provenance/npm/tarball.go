package npm

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// CheckTarball hashes the file that will be installed and compares it with the lock, so that all that is said of the hash is said of these
// bytes. Other bytes are a MISMATCH; an error means that the file cannot be read.
func CheckTarball(d *verdict.Draft, file string, a Artifact) error {
	d.File(a.file(), "sha512:"+a.SHA512)
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("hashing the tarball of %s@%s: %w; fetch the tarballs first: stage npm-fetch", a.Name, a.Version, err)
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("hashing the tarball of %s@%s: %w", a.Name, a.Version, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != a.SHA512 {
		d.Fail(provenance.Mismatch, checkTarball, "DIGEST", "the tarball has sha512:%s, want sha512:%s as in the lock", got, a.SHA512)
		return nil
	}
	d.Pass(checkTarball, "")
	return nil
}

// file is the tarball's name at the registry.
func (a Artifact) file() string { return path.Base(a.Name) + "-" + a.Version + ".tgz" }
