package wheel

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// member is one entry of a made wheel.
type member struct {
	name, text string
	mode       fs.FileMode // 0 is 0644
}

// made is a wheel to be written: a good one of NAME 1.0 unless fields say otherwise.
type made struct {
	file    string // "" is NAME-1.0-py3-none-any.whl
	project string
	points  string // entry_points.txt
	members []member
	record  func(lines []string) []string // changes RECORD; nil leaves it
	raw     func(w *zip.Writer)           // adds entries that RECORD does not list
	meta    string                        // METADATA; "" is a good one
	kind    string                        // WHEEL; "" is a good one
}

func (m made) folder() string { return strings.ReplaceAll(m.project, "-", "_") + "-1.0.dist-info" }

func (m made) filename() string {
	if m.file != "" {
		return m.file
	}
	return strings.ReplaceAll(m.project, "-", "_") + "-1.0-py3-none-any.whl"
}

// bytes makes the file.
func (m made) bytes(t testing.TB) []byte {
	t.Helper()
	if m.meta == "" {
		m.meta = "Metadata-Version: 2.4\nName: " + m.project + "\nVersion: 1.0\nSummary: a server\nLicense-Expression: MIT\nProject-URL: Source, https://git.test/x\n\nReadme\n<!-- mcp-name: io.github.x/" + m.project + " -->\n"
	}
	if m.kind == "" {
		m.kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
	}
	all := append(slices.Clone(m.members), member{name: m.folder() + "/METADATA", text: m.meta}, member{name: m.folder() + "/WHEEL", text: m.kind})
	if m.points != "" {
		all = append(all, member{name: m.folder() + "/entry_points.txt", text: m.points})
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	var lines []string
	for _, f := range all {
		add(t, w, f)
		sum := sha256.Sum256([]byte(f.text))
		lines = append(lines, fmt.Sprintf("%s,sha256=%s,%d", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.text)))
	}
	lines = append(lines, m.folder()+"/RECORD,,")
	if m.record != nil {
		lines = m.record(lines)
	}
	add(t, w, member{name: m.folder() + "/RECORD", text: strings.Join(lines, "\n") + "\n"})
	if m.raw != nil {
		m.raw(w)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func add(t testing.TB, w *zip.Writer, f member) {
	t.Helper()
	h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
	if f.mode == 0 {
		f.mode = 0o644
	}
	h.SetMode(f.mode)
	into, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(into, f.text); err != nil {
		t.Fatal(err)
	}
}

// server is a package with one console script.
func server(members ...member) made {
	return made{project: "demo-server", points: "[console_scripts]\ndemo = demo_server.cli:main\n[gui_scripts]\nx = y\n",
		members: append([]member{{name: "demo_server/__init__.py", text: "x = 1\n"}, {name: "demo_server/cli.py", text: "def main(): pass\n"}}, members...)}
}

// prepared writes wheels and a lock that names them, and returns options that install them.
func prepared(t testing.TB, wheels ...made) InstallOptions {
	t.Helper()
	dir := t.TempDir()
	o := InstallOptions{LockFile: filepath.Join(dir, "requirements.lock"), Wheels: filepath.Join(dir, "wheels"), Platform: "linux/amd64",
		Package: "Demo_Server[extra]", Version: "1.0", Python: "3.13", Glibc: "2.41", Out: filepath.Join(dir, "out")}
	var lock strings.Builder
	for _, m := range wheels {
		raw := m.bytes(t)
		write(t, filepath.Join(o.Wheels, m.filename()), raw)
		sum := sha256.Sum256(raw)
		fmt.Fprintf(&lock, "%s==1.0 --hash=sha256:%s\n", m.project, hex.EncodeToString(sum[:]))
	}
	write(t, o.LockFile, []byte(lock.String()))
	return o
}

func write(t testing.TB, name string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

// listing reads a layer: path to "MODE CONTENT" or "-> TARGET"; folders are left out.
func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "layer.tar.gz"))
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
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		switch h.Typeflag {
		case tar.TypeSymlink:
			out[h.Name] = "-> " + h.Linkname
		case tar.TypeReg:
			out[h.Name] = fmt.Sprintf("%o %s", h.Mode, raw)
		}
	}
}
