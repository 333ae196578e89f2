package base

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/stage/deb/debtest"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/layer"
)

// certificate is a PEM file that stands for a certificate authority: the one of httptest's servers.
var certificate = func() string {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}()

// mirror serves packages and knows how to lock them.
type mirror struct {
	*httptest.Server
	files    map[string][]byte
	packages []baselock.Package
}

func newMirror(t *testing.T) *mirror {
	m := &mirror{files: map[string][]byte{}}
	m.Server = httptest.NewServer(http.StripPrefix("/debian/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := m.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	})))
	t.Cleanup(m.Close)
	return m
}

// add puts a package on the mirror. Names must come in order.
func (m *mirror) add(name string, entries ...debtest.Entry) {
	raw := debtest.Package(".xz", debtest.Stanza(name, "1.0", "amd64"), entries...)
	p := "pool/main/x/" + name + "_1.0_amd64.deb"
	sum := sha256.Sum256(raw)
	m.files[p] = raw
	m.packages = append(m.packages, baselock.Package{Name: name, Version: "1.0", Path: p, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(raw))})
}

// addBase puts the two packages on the mirror without which there is no base.
func (m *mirror) addBase() {
	m.add("base-files", debtest.Dir("./"), debtest.Symlink("./lib", "usr/lib"), debtest.Symlink("./bin", "usr/bin"), debtest.Symlink("./sbin", "usr/sbin"), debtest.Dir("./usr/lib/"),
		debtest.File("./usr/lib/os-release", "ID=debian\n"), debtest.File("./etc/debian_version", "13\n"), debtest.Entry{Name: "./tmp/", Type: tar.TypeDir, Mode: 0o1777},
		debtest.Entry{Name: "./root/", Type: tar.TypeDir, Mode: 0o700}, debtest.Entry{Name: "./var/local/", Type: tar.TypeDir, Mode: 0o2775}, debtest.Dir("./var/lock/"))
	m.add("ca-certificates", debtest.File("./usr/share/ca-certificates/mozilla/B.crt", certificate), debtest.File("./usr/share/ca-certificates/mozilla/A.crt", strings.TrimSpace(certificate)),
		debtest.Entry{Name: "./usr/sbin/update-ca-certificates", Body: "#!/bin/sh\n", Mode: 0o755})
}

// options writes the lock of what is on the mirror.
func (m *mirror) options(t *testing.T) Options {
	t.Helper()
	l := baselock.Lock{SchemaVersion: 1, Suite: "trixie", Date: "2026-11-24", Architectures: map[string][]baselock.Package{"amd64": m.packages, "arm64": m.packages}}
	raw, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "base.lock.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{LockFile: name, Mirrors: []string{m.URL + "/debian"}, Arch: "amd64", Out: filepath.Join(t.TempDir(), "out"), HTTP: fetch.Options{Attempts: 1}}
}

// contents returns path to "mode uid content-or-target" of a layer.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, layer.BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(tr)
		out[h.Name] = fmt.Sprintf("%o %d %s%s", h.Mode, h.Uid, h.Linkname, body)
	}
}
