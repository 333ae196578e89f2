package base

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"dagger/dockyard/pipeline/stage/layer"
)

// Accounts of every base. 65532 is the user of all images; the numbers are those that distroless images made common.
const (
	passwd = "root:x:0:0:root:/root:/sbin/nologin\n" +
		"nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" +
		"nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
	group = "root:x:0:\ntty:x:5:\nstaff:x:50:\nnobody:x:65534:\nnonroot:x:65532:\n"
	// nsswitch keeps name look-ups to what libc has built in.
	nsswitch = "passwd: files\ngroup: files\nhosts: files dns\n"
)

const (
	bundlePath  = "etc/ssl/certs/ca-certificates.crt"
	mozillaPath = "usr/share/ca-certificates/mozilla/"
	nonroot     = 65532
)

// completeByRule makes what maintainer scripts would have made: accounts, writable directories, the certificate bundle. A tree without
// base-files or certificates is an error.
func completeByRule(t *layer.Tree) error {
	for _, want := range []string{"etc/debian_version", "usr/lib/os-release", "lib"} {
		if _, ok := t.Lookup(want); !ok {
			return fmt.Errorf("%w: completing the base: %q is missing, want the package base-files in the lock", ErrPackage, want)
		}
	}
	bundle, err := certificates(t)
	if err != nil {
		return err
	}
	dir := func(p string, uid int, mode fs.FileMode) layer.Entry {
		return layer.Entry{Path: p, Mode: fs.ModeDir | mode, UID: uid, GID: uid}
	}
	file := func(p, content string) layer.Entry {
		return layer.Entry{Path: p, Mode: 0o644, Data: layer.Bytes(content)}
	}
	link := func(p, target string) layer.Entry {
		return layer.Entry{Path: p, Mode: fs.ModeSymlink | 0o777, Link: target}
	}
	for _, e := range []layer.Entry{
		dir("tmp", 0, directoryMode("tmp")), dir("var/tmp", 0, directoryMode("var/tmp")), dir("home/nonroot", nonroot, 0o700),
		link("var/run", "/run"), file("etc/passwd", passwd), file("etc/group", group), file("etc/nsswitch.conf", nsswitch), file(bundlePath, string(bundle)),
	} {
		add := t.Add
		if e.Mode.IsDir() {
			add = t.Replace
		}
		if err := add(e); err != nil {
			return fmt.Errorf("completing the base: %w", err)
		}
	}
	if _, ok := t.Lookup("etc/os-release"); ok {
		return nil
	}
	return t.Add(link("etc/os-release", "../usr/lib/os-release"))
}

// certificates concatenates the certificates that ca-certificates ships, in the order of their paths, as update-ca-certificates does
// with its default configuration. Each file must hold one certificate.
func certificates(t *layer.Tree) ([]byte, error) {
	var bundle bytes.Buffer
	count := 0
	for _, e := range t.Entries() {
		if !strings.HasPrefix(e.Path, mozillaPath) || !strings.HasSuffix(e.Path, ".crt") || e.Data == nil {
			continue
		}
		r, err := e.Data.Open()
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		if err := checkCertificate(raw); err != nil {
			return nil, fmt.Errorf("%w: certificate %q: %w", ErrPackage, e.Path, err)
		}
		bundle.Write(bytes.TrimRight(raw, "\n"))
		bundle.WriteByte('\n')
		count++
	}
	if count == 0 {
		return nil, fmt.Errorf("%w: completing the base: got no certificate below %q, want the package ca-certificates in the lock", ErrPackage, mozillaPath)
	}
	return bundle.Bytes(), nil
}

func checkCertificate(raw []byte) error {
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return fmt.Errorf("want one PEM block of type CERTIFICATE")
	}
	_, err := x509.ParseCertificate(block.Bytes)
	return err
}
