package elfcheck

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/layer"
)

var (
	amd64 = sample{libs: []string{"libm.so.6", "libc.so.6"}, versions: []string{"GLIBC_2.2.5", "GLIBC_2.28", "GLIBC_PRIVATE", "GLIBCXX_3.4.99"}}.bytes()
	arm64 = sample{id: elf.EM_AARCH64, libs: []string{"libc.so.6"}, versions: []string{"GLIBC_2.99"}}.bytes()
	musl  = sample{libs: []string{"libc.musl-x86_64.so.1"}}.bytes()
	newer = sample{libs: []string{"libc.so.6"}, versions: []string{"GLIBC_2.9", "GLIBC_2.42"}}.bytes()
)

var amd64Base = Options{Platform: "linux/amd64", Glibc: "2.41"}

func TestAccepted(t *testing.T) {
	object := sample{kind: elf.ET_REL, phdrs: 1}.bytes()
	tests := map[string]struct {
		files   testTree
		options Options
		native  []string
		foreign []string // "path machine reason"
		glibc   string
	}{
		"no ELF file":          {files: testTree{"a.js": []byte("x"), "b": []byte("\x7fEL"), "c": nil}},
		"native":               {files: testTree{"m/a.node": amd64}, native: []string{"m/a.node"}, glibc: "2.28"},
		"native, old numbers":  {files: testTree{"a": sample{versions: []string{"GLIBC_2.2.5", "GLIBC_2.10"}}.bytes()}, native: []string{"a"}, glibc: "2.10"},
		"relative relocations": {files: testTree{"a": sample{versions: []string{"GLIBC_ABI_DT_RELR"}}.bytes()}, native: []string{"a"}, glibc: "2.36"},
		"glibc not checked":    {files: testTree{"a": newer}, options: Options{Platform: "linux/amd64"}, native: []string{"a"}, glibc: "2.42"},
		"program":              {files: testTree{"a": sample{kind: elf.ET_EXEC, interp: "/lib64/ld-linux-x86-64.so.2"}.bytes()}, native: []string{"a"}},
		"object file":          {files: testTree{"a.o": object}, native: []string{"a.o"}},
		"arm64": {files: testTree{"a": arm64, "x86_64/b": amd64}, options: Options{Platform: "linux/arm64"}, native: []string{"a"}, glibc: "2.99",
			foreign: []string{"x86_64/b amd64 for amd64"}},
		"machine in folder":    {files: testTree{"prebuilds/linux-arm64/a.node": arm64}, foreign: []string{"prebuilds/linux-arm64/a.node arm64 for arm64"}},
		"machine in package":   {files: testTree{"@s/lib_Linux_AArch64/a": arm64}, foreign: []string{"@s/lib_Linux_AArch64/a arm64 for arm64"}},
		"machine in file name": {files: testTree{"a.linux-arm-gnueabihf.node": header32(elf.EM_ARM, elf.ET_DYN)}, foreign: []string{"a.linux-arm-gnueabihf.node arm for arm"}},
		"32-bit x86":           {files: testTree{"ia32/a": header32(elf.EM_386, elf.ET_EXEC)}, foreign: []string{"ia32/a 386 for 386"}},
		"big-endian":           {files: testTree{"s390x/a": sample{id: elf.EM_S390, data: elf.ELFDATA2MSB}.bytes()}, foreign: []string{"s390x/a s390x for s390x"}},
		"musl in path": {files: testTree{"linuxmusl-x64/a.node": musl},
			foreign: []string{"linuxmusl-x64/a.node amd64 for another system: library libc.musl-x86_64.so.1"}},
		"musl interpreter": {files: testTree{"alpine/a": sample{interp: "/lib/ld-musl-x86_64.so.1"}.bytes()},
			foreign: []string{"alpine/a amd64 for another system: interpreter /lib/ld-musl-x86_64.so.1"}},
		"musl path, glibc too new": {files: testTree{"a.musl.node": newer}, foreign: []string{"a.musl.node amd64 needs GLIBC_2.42"}},
		"FreeBSD in path": {files: testTree{"freebsd-x64/a": sample{abi: elf.ELFOSABI_FREEBSD}.bytes()},
			foreign: []string{"freebsd-x64/a amd64 for another system: ABI ELFOSABI_FREEBSD"}},
		"Android in path": {files: testTree{"android-x64/a": sample{libs: []string{"libc.so"}}.bytes()},
			foreign: []string{"android-x64/a amd64 for another system: library libc.so"}},
		"system of a foreign machine": {files: testTree{"android/a": sample{id: elf.EM_AARCH64, libs: []string{"libc.so"}}.bytes()},
			foreign: []string{"android/a arm64 for arm64"}},
		"sibling": {files: testTree{"linux-x64/a.node": amd64, "linux-arm/a.node": arm64},
			native: []string{"linux-x64/a.node"}, glibc: "2.28", foreign: []string{"linux-arm/a.node arm64 for arm64"}},
		"broken object file": {files: testTree{"a.o": sample{kind: elf.ET_REL, class: 7}.bytes()},
			foreign: []string{"a.o e_machine 62, class 7, data 1 not readable: class: got 7, want 1 (32-bit) or 2 (64-bit)"}},
		"magic alone": {files: testTree{"a": []byte(elf.ELFMAG)},
			foreign: []string{"a e_machine 0, class 0, data 0 not readable: class: got 0, want 1 (32-bit) or 2 (64-bit)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := tt.options
			if o.Platform == "" {
				o = amd64Base
			}
			res, err := Check(tt.files.layer(t), o)
			if err != nil {
				t.Fatal(err)
			}
			var native, foreign []string
			for p := range res.Native {
				native = append(native, p)
			}
			for _, f := range res.Foreign {
				foreign = append(foreign, f.Path+" "+f.Machine+" "+f.Reason)
			}
			if !slices.Equal(native, tt.native) {
				t.Errorf("native: got %q, want %q", native, tt.native)
			}
			if !slices.Equal(foreign, tt.foreign) {
				t.Errorf("foreign: got %q, want %q", foreign, tt.foreign)
			}
			if res.Glibc != tt.glibc {
				t.Errorf("glibc: got %q, want %q", res.Glibc, tt.glibc)
			}
			if want := len(tt.native) + len(tt.foreign); res.Checked != want || res.Foreign == nil {
				t.Errorf("checked: got %d (foreign %v), want %d", res.Checked, res.Foreign, want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	cut := amd64[:len(amd64)-8]
	fat := bytes.Clone(amd64)
	fat[54] = 57 // e_phentsize
	lost := bytes.Clone(amd64)
	lost[64+16] = 1 // p_vaddr of the load segment: the tables are no longer in it
	lost[64+18] = 2
	tests := map[string]struct {
		files testTree
		max   int64
		want  []string
	}{
		"other machine":             {testTree{"m/a.node": arm64}, 0, []string{"m/a.node: got a file for arm64, want amd64 for linux/amd64"}},
		"path names another":        {testTree{"linux-arm/a": arm64}, 0, []string{"linux-arm/a: got a file for arm64, want amd64"}},
		"part of a word":            {testTree{"charm64/a": arm64}, 0, []string{"charm64/a: got a file for arm64"}},
		"object of other machine":   {testTree{"a.o": sample{kind: elf.ET_REL, id: elf.EM_AARCH64}.bytes()}, 0, []string{"a.o: got a file for arm64"}},
		"core of other machine":     {testTree{"core": sample{kind: elf.ET_CORE, id: elf.EM_AARCH64}.bytes()}, 0, []string{"core: got a file for arm64"}},
		"32-bit class":              {testTree{"a": header32(elf.EM_X86_64, elf.ET_EXEC)}, 0, []string{"a: got a file for e_machine 62, class 1"}},
		"unknown machine":           {testTree{"a": sample{id: 4711}.bytes()}, 0, []string{"a: got a file for e_machine 4711"}},
		"musl":                      {testTree{"linux-x64/a": musl}, 0, []string{"linux-x64/a: got a file for another system: library libc.musl-x86_64.so.1, want linux/amd64 with glibc"}},
		"musl interpreter":          {testTree{"a": sample{interp: "/lib/ld-musl-x86_64.so.1"}.bytes()}, 0, []string{"a: got a file for another system: interpreter"}},
		"unknown interpreter":       {testTree{"a": sample{interp: "/bin/ld-mine"}.bytes()}, 0, []string{"interpreter /bin/ld-mine"}},
		"other ABI":                 {testTree{"a": sample{abi: elf.ELFOSABI_OPENBSD}.bytes()}, 0, []string{"ABI ELFOSABI_OPENBSD"}},
		"other C library":           {testTree{"a": sample{libs: []string{"libc.so.7"}}.bytes()}, 0, []string{"library libc.so.7"}},
		"glibc too new":             {testTree{"a": newer}, 0, []string{"a: got a file that needs GLIBC_2.42, want at most GLIBC_2.41 of the base; pick a version"}},
		"glibc too new, named":      {testTree{"prebuilds/linux-x64/a": newer}, 0, []string{"needs GLIBC_2.42"}},
		"glibc version unreadable":  {testTree{"a": sample{versions: []string{"GLIBC_2.x"}}.bytes()}, 0, []string{`got "GLIBC_2.x"`}},
		"own path beside a sibling": {testTree{"linux-x64/a": arm64, "linux-arm64/a": amd64}, 0, []string{"linux-x64/a: got a file for arm64"}},
		"no sibling without words":  {testTree{"a.b": arm64, "a-b": amd64}, 0, []string{"a.b: got a file for arm64"}},
		"sibling that does not fit": {testTree{"linux-arm/a": arm64, "linux-x64/a": newer}, 0, []string{"linux-arm/a: got a file for arm64", "linux-x64/a"}},
		"too large":                 {testTree{"a": amd64}, int64(len(amd64)) - 1, []string{"a: got a file that is not readable: size: got more than"}},
		"cut off":                   {testTree{"a": cut}, 0, []string{"a: got a file that is not readable: segment"}},
		"cut off, foreign path":     {testTree{"arm64/a": arm64[:70]}, 0, []string{"arm64/a: got a file that is not readable"}},
		"short header":              {testTree{"a": amd64[:40]}, 0, []string{"header: got 40 bytes, want 64"}},
		"program header size":       {testTree{"a": fat}, 0, []string{"program header: got 57 bytes, want 56"}},
		"program header table":      {testTree{"a": sample{phdrs: 2000}.bytes()}, 0, []string{"table: got 112000 bytes, want at most 65536"}},
		"address outside":           {testTree{"a": lost}, 0, []string{"address outside the segments of the file"}},
		"long interpreter":          {testTree{"a": sample{interp: strings.Repeat("x", maxString)}.bytes()}, 0, []string{"interpreter: got 4097 bytes, want at most 4096"}},
		"long name":                 {testTree{"a": sample{libs: []string{strings.Repeat("x", maxString)}}.bytes()}, 0, []string{"got more than 4096 bytes"}},
		"many libraries":            {testTree{"a": sample{libs: make([]string, maxNeeded+1)}.bytes()}, 0, []string{"libraries needed: got 1025, want at most 1024"}},
		"many versions":             {testTree{"a": sample{versions: make([]string, maxVersions+1)}.bytes()}, 0, []string{"version needs: got more than 4096"}},
		"large dynamic section":     {testTree{"a": sample{libs: make([]string, maxDynamic/16)}.bytes()}, 0, []string{"dynamic section: got 1048608 bytes, want at most 1048576"}},
		"all together":              {testTree{"a": arm64, "b": musl, "c": newer}, 0, []string{"\n  a: ", "\n  b: ", "\n  c: "}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := amd64Base
			o.MaxBytes = tt.max
			_, err := Check(tt.files.layer(t), o)
			if !errors.Is(err, ErrELF) {
				t.Fatalf("got %v, want %v", err, ErrELF)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got %q, want it to contain %q", err, w)
				}
			}
			if got := strings.Count(err.Error(), "\n"); len(tt.want) > 1 && got != len(tt.want) {
				t.Errorf("lines: got %d, want %d", got, len(tt.want))
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Platform: "linux/386"}, {Platform: "linux/amd64", Glibc: "two"}, {Platform: "linux/amd64", MaxBytes: -1}} {
		if _, err := Check(&layer.Tree{}, o); err == nil || errors.Is(err, ErrELF) || !strings.Contains(err.Error(), "got") {
			t.Errorf("%+v: got %v, want an error about the options", o, err)
		}
	}
}

// stream is a source without random access; size is what it claims.
type stream struct {
	data []byte
	size int64
	err  error
}

func (s stream) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewBuffer(s.data)), s.err }
func (s stream) Size() int64                  { return s.size }

func TestSources(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(name, amd64, 0o600); err != nil {
		t.Fatal(err)
	}
	size := int64(len(amd64))
	tests := map[string]struct {
		source layer.Source
		want   string // part of the error; "": none
	}{
		"disk":                    {layer.File{Path: name, Len: size}, ""},
		"stream":                  {stream{data: amd64, size: size}, ""},
		"stream that lies":        {stream{data: append(bytes.Clone(amd64), 0), size: 1}, "size: got more than"},
		"claim above limit":       {stream{data: amd64, size: size + 1}, "size: got more than"},
		"file that is not there":  {layer.File{Path: name + "x", Len: 1}, "reading \"a\""},
		"stream that cannot open": {stream{err: errors.New("no")}, "reading \"a\": no"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree := &layer.Tree{}
			if err := tree.Add(layer.Entry{Path: "a", Mode: 0o755, Data: tt.source}); err != nil {
				t.Fatal(err)
			}
			o := amd64Base
			o.MaxBytes = size
			res, err := Check(tree, o)
			if tt.want == "" && (err != nil || !res.Native["a"]) {
				t.Errorf("got %+v, %v, want a native file", res, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestToolchain holds the check against a file that was not made by this test: its own binary.
func TestToolchain(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	files := testTree{}
	if files["self"], err = os.ReadFile(self); err != nil {
		t.Fatal(err)
	}
	want, err := elf.NewFile(bytes.NewReader(files["self"]))
	if err != nil {
		t.Skip("tests do not run as ELF files here")
	}
	platform := map[elf.Machine]string{elf.EM_X86_64: "linux/amd64", elf.EM_AARCH64: "linux/arm64"}[want.Machine]
	if platform == "" {
		t.Skipf("no platform for %v", want.Machine)
	}
	if sh, err := exec.LookPath("sh"); err == nil { // dynamic where the system has a C library
		files["sh"], _ = os.ReadFile(sh)
	}
	res, err := Check(files.layer(t), Options{Platform: platform})
	if !res.Native["self"] {
		t.Errorf("got %+v, %v, want a native file", res, err)
	}
	t.Logf("%+v %v", res, err)
}

func FuzzCheck(f *testing.F) {
	for _, b := range [][]byte{amd64, arm64, musl, newer, header32(elf.EM_386, elf.ET_DYN), {}, []byte(elf.ELFMAG)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		files := testTree{"a": b, "linux-arm64/a": b, "linuxmusl-x64/a": b}
		res, err := Check(files.layer(t), amd64Base)
		if err != nil && !errors.Is(err, ErrELF) {
			t.Fatalf("got %v, want %v or none", err, ErrELF)
		}
		if IsELF(b) != (res.Checked == len(files)) {
			t.Fatalf("checked %d of %d", res.Checked, len(files))
		}
		if err == nil && len(res.Native)+len(res.Foreign) != res.Checked {
			t.Fatalf("%d native and %d foreign of %d", len(res.Native), len(res.Foreign), res.Checked)
		}
	})
}
