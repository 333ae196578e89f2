package wheel

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/elfcheck"
)

// foreign is the header of a library for 64-bit ARM, without segments.
var foreign = "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00\xb7\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 28) + "\x40\x00\x38\x00\x00\x00\x40\x00\x00\x00\x00\x00"

func TestRefusals(t *testing.T) {
	with := func(change func(m *made)) []made { m := server(); change(&m); return []made{m} }
	entry := func(name string, mode os.FileMode) []made {
		return with(func(m *made) {
			m.raw = func(w *zip.Writer) { add(t, w, member{name: name, text: "x", mode: mode}) }
		})
	}
	for name, c := range map[string]struct {
		wheels   []made
		category error
		want     string
	}{
		"other architecture":              {with(func(m *made) { m.file = "demo_server-1.0-cp313-cp313-manylinux_2_17_aarch64.whl" }), ErrPlatform, "cp313-cp313-manylinux_2_17_aarch64, want CPython 3.13 on x86_64"},
		"other Python":                    {with(func(m *made) { m.file = "demo_server-1.0-cp312-cp312-manylinux_2_17_x86_64.whl" }), ErrPlatform, "cp312"},
		"other system":                    {with(func(m *made) { m.file = "demo_server-1.0-py3-none-win_amd64.whl" }), ErrPlatform, "win_amd64"},
		"other C library":                 {with(func(m *made) { m.file = "demo_server-1.0-py3-none-musllinux_1_2_x86_64.whl" }), ErrPlatform, "musllinux"},
		"newer glibc":                     {with(func(m *made) { m.file = "demo_server-1.0-py3-none-manylinux_2_42_x86_64.whl" }), ErrPlatform, "glibc 2.41 or older"},
		"no wheel":                        {with(func(m *made) { m.file = "demo_server-1.0.tar.gz" }), ErrWheel, "want NAME-VERSION-PYTHON-ABI-PLATFORM.whl"},
		"file of another name":            {with(func(m *made) { m.file = "demoserver-1.0-py3-none-any.whl" }), ErrPackage, "demoserver==1.0, want demo-server==1.0"},
		"other version":                   {with(func(m *made) { m.file = "demo_server-1.1-py3-none-any.whl" }), ErrPackage, "demo-server==1.1"},
		"metadata of another":             {with(func(m *made) { m.meta = "Name: foo\nVersion: 1.0\n\n" }), ErrPackage, "METADATA is of foo==1.0"},
		"wheel format":                    {with(func(m *made) { m.kind = "Wheel-Version: 2.0\n" }), ErrWheel, `Wheel-Version "2.0"`},
		"two dist-info":                   {entry("demo-1.0.dist-info/METADATA", 0), ErrWheel, "want one .dist-info"},
		"absolute path":                   {entry("/etc/passwd", 0), ErrWheel, "/etc/passwd"},
		"path that climbs":                {entry("demo_server-1.0.data/data/../../../etc/passwd", 0), ErrWheel, "not a clean one"},
		"data path that climbs, recorded": {[]made{server(member{name: "demo_server-1.0.data/data/../../x", text: "x"})}, ErrWheel, "not a clean one"},
		"backslash":                       {entry(`demo_server\x.py`, 0), ErrWheel, "not a clean one"},
		"link":                            {entry("demo_server/link", os.ModeSymlink|0o777), ErrWheel, "want files and folders"},
		"device":                          {entry("demo_server/dev", os.ModeDevice|0o666), ErrWheel, "want files and folders"},
		"twice":                           {entry("demo_server/cli.py", 0), ErrWheel, "twice"},
		"not in RECORD":                   {entry("demo_server/extra.py", 0), ErrWheel, `"demo_server/extra.py" is not in RECORD`},
		"listed, not there":               {with(func(m *made) { m.record = func(l []string) []string { return append(l, "gone.py,sha256=x,1") } }), ErrWheel, `RECORD lists "gone.py", which`},
		"listed twice":                    {with(func(m *made) { m.record = func(l []string) []string { return append(l, l[0]) } }), ErrWheel, "twice"},
		"weak hash": {with(func(m *made) {
			m.record = func(l []string) []string { l[0] = "demo_server/__init__.py,md5=x,1"; return l }
		}), ErrWheel, "want a sha256 one"},
		"other bytes": {with(func(m *made) {
			m.record = func(l []string) []string { l[0] = "demo_server/__init__.py,sha256=AAAA,1"; return l }
		}), ErrWheel, "want AAAA as RECORD says"},
		"unknown scheme":         {[]made{server(member{name: "demo_server-1.0.data/etc/x", text: "x"})}, ErrWheel, `scheme "etc"`},
		"beside the schemes":     {[]made{server(member{name: "demo_server-1.0.data/x", text: "x"})}, ErrWheel, "lies beside"},
		"script in a folder":     {[]made{server(member{name: "demo_server-1.0.data/scripts/a/b", text: "x"})}, ErrWheel, "lies in a folder"},
		"other interpreter":      {[]made{server(member{name: "demo_server-1.0.data/scripts/python", text: "x"})}, ErrConflict, "/app/bin/python of demo-server==1.0 is there from the virtual environment"},
		"other environment":      {[]made{server(member{name: "demo_server-1.0.data/data/pyvenv.cfg", text: "x"})}, ErrConflict, "/app/pyvenv.cfg"},
		"code as script name":    {with(func(m *made) { m.points = "[console_scripts]\n../x = a:b\n" }), ErrWheel, "want NAME = MODULE:FUNCTION"},
		"code as reference":      {with(func(m *made) { m.points = "[console_scripts]\nx = a:b(); import os\n" }), ErrWheel, "want NAME = MODULE:FUNCTION"},
		"one path, two files":    {[]made{server(), {project: "other", members: []member{{name: "demo_server/cli.py", text: "evil\n"}}}}, ErrConflict, "cli.py of other==1.0 is there from demo-server==1.0"},
		"file and folder":        {[]made{server(), {project: "other", members: []member{{name: "demo_server", text: ""}}}}, ErrConflict, "demo_server"},
		"one script, two owners": {[]made{server(), {project: "other", points: "[console_scripts]\ndemo = evil:main\n"}}, ErrConflict, "/app/bin/demo of other==1.0 is there from demo-server==1.0"},
		"bomb":                   {[]made{server(member{name: "big.txt", text: strings.Repeat("\x00", 3<<20)})}, ErrLimit, "Ratio"},
		"foreign binary":         {[]made{server(member{name: "demo_server/x.so", text: foreign})}, elfcheck.ErrELF, "demo_server/x.so"},
	} {
		_, err := Install(prepared(t, c.wheels...))
		if err == nil || c.category != nil && !errors.Is(err, c.category) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %v: %q", name, err, c.category, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	for name, l := range map[string]Limits{
		"WheelBytes": {WheelBytes: 10}, "PackageBytes": {PackageBytes: 10}, "TotalBytes": {TotalBytes: 10}, "Entries": {Entries: 2}, "PathBytes": {PathBytes: 5}, "Depth": {Depth: -1},
	} {
		o := prepared(t, server())
		o.Limits = l
		if _, err := Install(o); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestHashes gives wheels whose bytes are not those of the lock and expects both hashes in the error.
func TestHashes(t *testing.T) {
	o := prepared(t, server())
	name := filepath.Join(o.Wheels, server().filename())
	want := sum(t, name)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, append(raw, 0))
	if _, err := Install(o); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), sum(t, name)) || !strings.Contains(err.Error(), want) {
		t.Errorf("other bytes: got %v", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(o); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), "was not fetched") {
		t.Errorf("no wheel: got %v", err)
	}
	o.Platform = "linux/riscv64"
	if _, err := Install(o); err == nil || !strings.Contains(err.Error(), "linux/riscv64") {
		t.Errorf("unknown platform: got %v", err)
	}
}

func sum(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := sha256.Sum256(raw)
	return hex.EncodeToString(s[:])
}

func TestTags(t *testing.T) {
	target, err := newTarget("linux/amd64", "3.13", "2.41")
	if err != nil {
		t.Fatal(err)
	}
	for tags, fits := range map[string]bool{
		"py3-none-any": true, "py2.py3-none-any": true, "py313-none-any": true, "py314-none-any": false, "py2-none-any": false, "cp313-cp313-manylinux_2_28_x86_64": true,
		"cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64": true, "cp314-abi3-manylinux1_x86_64": false, "cp312-cp312-any": false, "cp313-cp313t-manylinux2014_x86_64": false,
		"cp313-none-manylinux_2_41_x86_64": true, "py3-none-manylinux_2_42_x86_64": false, "py3-none-linux_x86_64": true, "pp310-pypy310_pp73-any": false, "py3-none-manylinux2014_aarch64": false,
		"py3-none-macosx_11_0_arm64.manylinux2010_x86_64": true,
	} {
		f, err := parseFilename("a-1-" + tags + ".whl")
		if err != nil {
			t.Fatal(err)
		}
		if err := target.check(f); (err == nil) != fits {
			t.Errorf("%s: got %v, want it to fit: %v", tags, err, fits)
		}
	}
}

func FuzzWheel(f *testing.F) {
	f.Add(server().bytes(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<20 {
			return
		}
		s := sha256.Sum256(raw)
		o := prepared(t)
		write(t, filepath.Join(o.Wheels, server().filename()), raw)
		write(t, o.LockFile, []byte("demo-server==1.0 --hash=sha256:"+hex.EncodeToString(s[:])+"\n"))
		o.Limits = Limits{PackageBytes: 1 << 20}
		Install(o)
	})
}

func FuzzEntryPoints(f *testing.F) {
	f.Add("[console_scripts]\na = b:c\n")
	f.Fuzz(func(t *testing.T, s string) {
		scripts, _ := consoleScripts([]byte(s))
		for _, s := range scripts {
			if strings.ContainsAny(s.name+s.module+s.function, "/\\\n ;()\"'") {
				t.Errorf("got %+v", s)
			}
		}
	})
}
