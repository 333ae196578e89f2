package base

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/stage/deb"
	"dagger/dockyard/pipeline/stage/deb/debtest"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/layer"
)

func TestRunRefusesDownloads(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *mirror, o *Options)
		is     error
		want   string
	}{
		"a wrong hash": {func(m *mirror, o *Options) {
			raw := m.files[m.packages[0].Path]
			m.files[m.packages[0].Path] = append(bytes.Clone(raw[:len(raw)-1]), raw[len(raw)-1]^1)
		}, fetch.ErrDigestMismatch, "base-files"},
		"a file that is too long": {func(m *mirror, o *Options) {
			m.files[m.packages[0].Path] = append(m.files[m.packages[0].Path], 'x')
		}, fetch.ErrLimit, "base-files"},
		"a mirror that fails":             {func(m *mirror, o *Options) { m.Close() }, fetch.ErrUnavailable, "ca-certificates"},
		"no mirror":                       {func(m *mirror, o *Options) { o.Mirrors = nil }, nil, "want at least one"},
		"a mirror that is not an address": {func(m *mirror, o *Options) { o.Mirrors = []string{"ftp://user:secret@x/"} }, nil, "ftp://user:xxxxx@x/"},
		"an unknown architecture":         {func(m *mirror, o *Options) { o.Arch = "m68k" }, nil, "want one of [amd64 arm64]"},
		"no lock":                         {func(m *mirror, o *Options) { o.LockFile += "x" }, os.ErrNotExist, "reading base lock"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			m.addBase()
			o := m.options(t)
			c.change(m, &o)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_, err := Run(ctx, o)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.want)
			}
			if _, err := os.Stat(filepath.Join(o.Out, ResultName)); err == nil {
				t.Error("got a result, want none")
			}
		})
	}
}

// library is the header of a 64-bit little-endian shared library for a machine.
func library(m elf.Machine) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(m), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	})
	return b.String()
}

func TestRunRefusesContents(t *testing.T) {
	file, link := debtest.File, debtest.Symlink
	of := func(kind byte) debtest.Entry { return debtest.Entry{Name: "./dev/x", Type: kind} }
	for _, c := range []struct {
		name    string
		entries []debtest.Entry
		is      error
		want    string
	}{
		{"traversal", []debtest.Entry{file("./usr/../../etc/x", "")}, ErrPackage, `"./usr/../../etc/x"`},
		{"dots that stay inside", []debtest.Entry{file("./usr/../etc/x", "")}, ErrPackage, `without ".."`},
		{"an absolute path", []debtest.Entry{file("/etc/x", "")}, ErrPackage, `"/etc/x"`},
		{"setuid", []debtest.Entry{{Name: "./usr/bin/su", Mode: 0o4755}}, ErrPackage, "no setuid"},
		{"setgid", []debtest.Entry{{Name: "./usr/bin/su", Mode: 0o2755}}, ErrPackage, "no setuid or setgid"},
		{"a character device", []debtest.Entry{of(tar.TypeChar)}, ErrPackage, "tar type '3'"},
		{"a block device", []debtest.Entry{of(tar.TypeBlock)}, ErrPackage, "tar type '4'"},
		{"a pipe", []debtest.Entry{of(tar.TypeFifo)}, ErrPackage, "tar type '6'"},
		{"a write through a link", []debtest.Entry{link("./srv/x", "/etc"), file("./srv/x/passwd", "")}, layer.ErrPath, `parent "srv/x" is a symbolic link`},
		{"a directory over a link", []debtest.Entry{link("./srv/x", "/etc"), debtest.Dir("./srv/x/")}, ErrPackage, "directory where another package has a link"},
		{"a link out of the root", []debtest.Entry{link("./srv/x", "../../etc")}, ErrPackage, "inside the root"},
		{"an absolute link out of the root", []debtest.Entry{link("./srv/x", "/../etc")}, ErrPackage, "inside the root"},
		{"a file of another package", []debtest.Entry{file("./etc/debian_version", "")}, layer.ErrPath, "taken"},
		{"a file made by rule", []debtest.Entry{file("./etc/passwd", "")}, layer.ErrPath, "taken"},
		{"a file twice", []debtest.Entry{file("./srv/x", ""), file("./srv/x", "")}, layer.ErrPath, "taken"},
		{"a hard link to nothing", []debtest.Entry{{Name: "./srv/x", Type: tar.TypeLink, Link: "./srv/y"}}, ErrPackage, "comes before it"},
		{"a hard link out of the root", []debtest.Entry{{Name: "./srv/x", Type: tar.TypeLink, Link: "../x"}}, ErrPackage, `".."`},
		{"another /lib64", []debtest.Entry{link("./lib64", "/srv")}, ErrPackage, "merged /usr"},
		{"a library of another machine", []debtest.Entry{file("./usr/lib/x.so", library(elf.EM_AARCH64))}, elfcheck.ErrELF, "usr/lib/x.so"},
		{"one in a folder for that machine", []debtest.Entry{file("./usr/lib/arm64/x.so", library(elf.EM_AARCH64))}, ErrPackage, `"usr/lib/arm64/x.so" is for arm64, want amd64`},
		{"a library that is cut off", []debtest.Entry{file("./usr/lib/x.so", library(elf.EM_X86_64)[:40])}, elfcheck.ErrELF, "not readable"},
		{"a certificate that is none", []debtest.Entry{file("./usr/share/ca-certificates/mozilla/X.crt", "x")}, ErrPackage, "want one PEM block"},
		{"too much in all", []debtest.Entry{file("./srv/x", strings.Repeat("x", 1<<20))}, deb.ErrLimit, "more than 1000000 bytes"},
		{"too much by hard links", []debtest.Entry{file("./srv/x", strings.Repeat("x", 600_000)), {Name: "./srv/y", Type: tar.TypeLink, Link: "srv/x"}}, deb.ErrLimit, "more than 1000000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMirror(t)
			m.addBase()
			m.add("evil", c.entries...)
			o := m.options(t)
			o.MaxUnpacked = 1_000_000
			_, err := Run(context.Background(), o)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.want)
			}
			if _, err := os.Stat(filepath.Join(o.Out, ResultName)); err == nil {
				t.Error("got a result, want none")
			}
		})
	}
}

func TestRunRefusesPackages(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *mirror)
		want   string
	}{
		"another version than locked": {func(m *mirror) { m.packages[0].Version = "1.1" }, `want "base-files" version "1.1" as locked`},
		"another architecture": {func(m *mirror) {
			raw := debtest.Package("", debtest.Stanza("odd", "1.0", "i386"))
			sum := sha256.Sum256(raw)
			m.files["pool/odd.deb"] = raw
			m.packages = append(m.packages, baselock.Package{Name: "odd", Version: "1.0", Path: "pool/odd.deb", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(raw))})
		}, `got architecture "i386"`},
		"no base-files":      {func(m *mirror) { m.packages = m.packages[1:] }, "want the package base-files"},
		"no ca-certificates": {func(m *mirror) { m.packages = m.packages[:1] }, "want the package ca-certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			m.addBase()
			c.change(m)
			if _, err := Run(context.Background(), m.options(t)); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrPackage with %q", err, c.want)
			}
		})
	}
}
