// Package debtest makes Debian packages for tests, sound ones and others.
package debtest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Entry is one entry of a tar archive. The zero Type is a regular file, the zero Mode 0644, or 0755 for directories.
type Entry struct {
	Name, Body, Link string
	Type             byte
	Mode             int64
}

// Member is one member of an ar archive.
type Member struct {
	Name string
	Body []byte
}

// Dir is an Entry for a directory.
func Dir(name string) Entry { return Entry{Name: name, Type: tar.TypeDir, Mode: 0o755} }

// File is an Entry for a regular file.
func File(name, body string) Entry { return Entry{Name: name, Body: body} }

// Symlink is an Entry for a symbolic link.
func Symlink(name, target string) Entry {
	return Entry{Name: name, Link: target, Type: tar.TypeSymlink}
}

// Stanza is a control file.
func Stanza(name, version, arch string) string {
	return fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: A Person <a@example.org>\nDescription: short\n long text\n", name, version, arch)
}

// Package returns a whole .deb whose archives are compressed with suffix: "", ".gz", ".xz" or ".zst".
func Package(suffix, stanza string, data ...Entry) []byte {
	return Ar(
		Member{"debian-binary", []byte("2.0\n")},
		Member{"control.tar" + suffix, Compress(suffix, Tar(File("./control", stanza), File("./md5sums", "d41d8cd98f00b204e9800998ecf8427e  x\n"), File("./postinst", "#!/bin/sh\nexit 1\n")))},
		Member{"data.tar" + suffix, Compress(suffix, Tar(data...))},
	)
}

// Tar returns an archive with the entries in their order.
func Tar(entries ...Entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.Name, Linkname: e.Link, Typeflag: e.Type, Mode: e.Mode, Size: int64(len(e.Body))}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		must(w.WriteHeader(h))
		_, err := w.Write([]byte(e.Body))
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// Ar returns an archive with the members in their order.
func Ar(members ...Member) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for _, m := range members {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", m.Name, 0, 0, 0, "100644", len(m.Body))
		b.Write(m.Body)
		if len(m.Body)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// Compress packs raw as the suffix says.
func Compress(suffix string, raw []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch suffix {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".xz":
		w, err = xz.NewWriter(&b)
	case ".zst":
		w, err = zstd.NewWriter(&b)
	default:
		return raw
	}
	must(err)
	_, err = w.Write(raw)
	must(err)
	must(w.Close())
	return b.Bytes()
}

// must ends the test: the writers above fail only on a bug in the test itself.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
