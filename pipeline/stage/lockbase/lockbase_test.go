package lockbase

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"

	"dagger/dockyard/pipeline/baselock"
)

// newKey makes a key pair as an archive has one.
func newKey(t *testing.T) *openpgp.Entity {
	t.Helper()
	key, err := openpgp.NewEntity("Archive", "", "archive@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, key *openpgp.Entity, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, key.PrivateKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packages(arch string) string {
	return fmt.Sprintf("Package: netbase\nVersion: 6.5\nArchitecture: all\nDepends: debconf\nFilename: pool/main/n/netbase/netbase_6.5_all.deb\nSize: 1\nSHA256: %064d\n\nPackage: debconf\nVersion: 1\nArchitecture: %s\nFilename: pool/x.deb\nSize: 1\nSHA256: %064d\n\n", 1, arch, 2)
}

// apt is what apt-get update leaves behind, in a folder.
type apt struct {
	t   *testing.T
	dir string
	key *openpgp.Entity
}

func newApt(t *testing.T) apt {
	a := apt{t, t.TempDir(), newKey(t)}
	body := "Codename: trixie\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nSHA256:\n"
	for _, arch := range baselock.Architectures {
		text := packages(arch)
		a.write(arch, []byte(text))
		sum := sha256.Sum256([]byte(text))
		body += fmt.Sprintf(" %s %d main/binary-%s/Packages\n", hex.EncodeToString(sum[:]), len(text), arch)
	}
	a.write("InRelease", sign(t, a.key, body))
	var ring bytes.Buffer
	if err := a.key.Serialize(&ring); err != nil {
		t.Fatal(err)
	}
	a.write("keyring.gpg", ring.Bytes())
	return a
}

func (a apt) path(name string) string { return filepath.Join(a.dir, name) }

func (a apt) write(name string, raw []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), raw, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a apt) args(more ...string) []string {
	return append([]string{
		"--packages=amd64=" + a.path("amd64"), "--packages=arm64=" + a.path("arm64"), "--in-release=" + a.path("InRelease"), "--keyring=" + a.path("keyring.gpg"),
		"--suite=trixie", "--date=2026-11-24", "--out=" + a.path("lock.json"),
	}, more...)
}

func TestCommandWritesALock(t *testing.T) {
	a := newApt(t)
	var stderr bytes.Buffer
	if err := Command(a.args("--want=netbase", "--closure"), &stderr); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(a.path("lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := baselock.Parse("lock.json", raw)
	if err != nil {
		t.Fatal(err)
	}
	print := strings.ToUpper(hex.EncodeToString(a.key.PrimaryKey.Fingerprint))
	r := l.Releases[0]
	if len(l.Releases) != 1 || r.Suite != "trixie" || r.Date != "2026-11-21T09:15:44Z" || len(r.Packages) != 2 || r.SignedBy[0] != print {
		t.Errorf("got the releases %+v, want one signed by %s", l.Releases, print)
	}
	if got := strings.Join(l.Names("arm64"), " "); got != "netbase" {
		t.Errorf("got the packages %q, want netbase", got)
	}
	if want := "base-lock: amd64: left out debconf, which netbase depends on\n"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("got %q, want %q first", stderr.String(), want)
	}
	if err := Command(a.args("--want=netbase", "--want=debconf", "--base="+a.path("lock.json"), "--out="+a.path("more.json")), io.Discard); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(a.path("more.json")); bytes.Contains(raw, []byte(`"netbase"`)) || !bytes.Contains(raw, []byte(`"debconf"`)) {
		t.Errorf("got %s, want debconf alone", raw)
	}
}

func TestCommandRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(a apt)
		more   []string
		is     error
		want   string
	}{
		"a changed release file": {func(a apt) {
			raw, _ := os.ReadFile(a.path("InRelease"))
			a.write("InRelease", bytes.Replace(raw, []byte("Nov 2026"), []byte("Nov 2025"), 1))
		}, nil, ErrSignature, "none of its signatures"},
		"another key": {func(a apt) {
			var ring bytes.Buffer
			_ = newKey(a.t).Serialize(&ring)
			a.write("keyring.gpg", ring.Bytes())
		}, nil, ErrSignature, "none of its signatures"},
		"text before the signed part": {func(a apt) {
			raw, _ := os.ReadFile(a.path("InRelease"))
			a.write("InRelease", append([]byte("Codename: evil\n"), raw...))
		}, nil, ErrSignature, "clear-signed"},
		"text after the signature": {func(a apt) {
			raw, _ := os.ReadFile(a.path("InRelease"))
			a.write("InRelease", append(raw, "Codename: evil\n"...))
		}, nil, ErrSignature, "nothing after it"},
		"no signature": {func(a apt) { a.write("InRelease", []byte("Codename: x\n")) }, nil, ErrSignature, "clear-signed"},
		"an index that is not listed": {func(a apt) {
			a.write("arm64", []byte(strings.Replace(packages("arm64"), "6.5", "6.6", 1)))
		}, nil, nil, "linking Packages of arm64"},
		"an index added to":        {func(a apt) { a.write("amd64", []byte(packages("amd64")+packages("amd64"))) }, nil, nil, "linking Packages of amd64"},
		"a keyring that is none":   {func(a apt) { a.write("keyring.gpg", []byte("x")) }, nil, nil, "reading archive keyring"},
		"a base that is none":      {func(a apt) { a.write("base", []byte("{")) }, []string{"base"}, baselock.ErrLock, "base"},
		"an unknown package":       {func(apt) {}, []string{"nope"}, baselock.ErrLock, `"nope"`},
		"a file that is not there": {func(a apt) { os.Remove(a.path("amd64")) }, nil, os.ErrNotExist, "amd64"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApt(t)
			c.change(a)
			args := a.args("--want=netbase")
			for _, m := range c.more {
				if m == "base" {
					args = append(args, "--base="+a.path("base"))
				} else {
					args = append(args, "--want="+m)
				}
			}
			err := Command(args, io.Discard)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.want)
			}
			if _, err := os.Stat(a.path("lock.json")); err == nil {
				t.Error("got a lock, want none")
			}
		})
	}
	if err := Command([]string{"--packages=amd64"}, io.Discard); err == nil || !strings.Contains(err.Error(), "want ARCH=FILE") {
		t.Errorf("got %v, want an error on the form", err)
	}
}

// FuzzVerify looks for files that are accepted without a signature of the key.
func FuzzVerify(f *testing.F) {
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nCodename: x\n-----BEGIN PGP SIGNATURE-----\n\nwsBcBAEBCAAQ\n-----END PGP SIGNATURE-----\n"))
	key, err := openpgp.NewEntity("Archive", "", "archive@example.org", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, signers, err := verify(openpgp.EntityList{key}, raw); err == nil {
			t.Errorf("got the signers %q for %q", signers, raw)
		}
	})
}
