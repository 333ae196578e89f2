package layer

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample is one entry of each kind.
var sample = []Entry{
	{Path: "tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
	{Path: "home/nonroot", Mode: fs.ModeDir | 0o700, UID: 65532, GID: 65532},
	{Path: "usr/bin/env", Mode: 0o755, Data: Bytes("program")},
	{Path: "usr/bin/e", Mode: fs.ModeSymlink | 0o777, Link: "env"},
	{Path: "usr/bin.txt", Mode: 0o644},
	{Path: "usr/" + strings.Repeat("long/", 60) + "näme", Mode: 0o644, Data: Bytes("x")},
}

func tree(t *testing.T, entries ...Entry) *Tree {
	t.Helper()
	var out Tree
	for _, e := range entries {
		if err := out.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return &out
}

// unpack returns a line for each entry of a written layer.
func unpack(t *testing.T, dir string) (lines []string, diffID string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	tr := tar.NewReader(io.TeeReader(zr, h))
	for {
		e, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(tr)
		lines = append(lines, fmt.Sprintf("%s %c %o %d:%d %s %q %v%s", e.Name, e.Typeflag, e.Mode, e.Uid, e.Gid, e.Linkname, body, e.ModTime.Equal(time.Unix(0, 0)), e.Uname+e.Gname))
	}
	_, _ = io.Copy(h, zr)
	return lines, "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func TestWriteKeepsEntries(t *testing.T) {
	dir := t.TempDir()
	d, err := Write(dir, tree(t, sample[:5]...))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`home/ 5 755 0:0  "" true`,
		`home/nonroot/ 5 700 65532:65532  "" true`,
		`tmp/ 5 1777 0:0  "" true`,
		`usr/ 5 755 0:0  "" true`,
		`usr/bin/ 5 755 0:0  "" true`,
		`usr/bin.txt 0 644 0:0  "" true`,
		`usr/bin/e 2 777 0:0 env "" true`,
		`usr/bin/env 0 755 0:0  "program" true`,
	}
	lines, diffID := unpack(t, dir)
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	blob, _ := os.ReadFile(filepath.Join(dir, BlobName))
	sum := sha256.Sum256(blob)
	if d.Digest != "sha256:"+hex.EncodeToString(sum[:]) || d.Size != int64(len(blob)) || d.DiffID != diffID || d.Unpacked != 7 || d.Entries != 8 || d.MediaType != MediaType {
		t.Errorf("got the descriptor %+v, want the diffID %s and %d bytes", d, diffID, len(blob))
	}
	if again, err := Read(dir); err != nil || again != d {
		t.Errorf("got %+v and %v, want %+v", again, err, d)
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	backwards := slices.Clone(sample)
	slices.Reverse(backwards)
	one, err := Write(a, tree(t, sample...))
	if err != nil {
		t.Fatal(err)
	}
	two, err := Write(b, tree(t, backwards...))
	if err != nil {
		t.Fatal(err)
	}
	if one != two {
		t.Errorf("got %+v, want %+v", two, one)
	}
	// The digest of the tar is a promise to users: the same tree has had it since the first release. The digest of the compressed layer
	// depends on the compressor's version and is not tested.
	if want := "sha256:58b4a643daf4565112a8da2ad9df4f7d7c6169214ddb4495681dae4aa07dc7bd"; one.DiffID != want {
		t.Errorf("got the diffID %s, want %s", one.DiffID, want)
	}
}

func TestAddRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		have []Entry
		add  Entry
		want string
	}{
		{"an absolute path", nil, Entry{Path: "/etc/x"}, "inside the root"},
		{"dots", nil, Entry{Path: "a/../b"}, "inside the root"},
		{"a path out of the root", nil, Entry{Path: "../b"}, "inside the root"},
		{"the root", nil, Entry{Path: ".", Mode: fs.ModeDir}, "inside the root"},
		{"an empty path", nil, Entry{}, "inside the root"},
		{"a trailing slash", nil, Entry{Path: "a/"}, "inside the root"},
		{"NUL", nil, Entry{Path: "a\x00"}, "inside the root"},
		{"a backslash", nil, Entry{Path: `a\b`}, "inside the root"},
		{"no UTF-8", nil, Entry{Path: "a\xff"}, "inside the root"},
		{"setuid", nil, Entry{Path: "a", Mode: fs.ModeSetuid | 0o755}, "setuid"},
		{"setgid", nil, Entry{Path: "a", Mode: fs.ModeDir | fs.ModeSetgid | 0o755}, "setuid or setgid"},
		{"a device", nil, Entry{Path: "a", Mode: fs.ModeDevice | 0o644}, "special file"},
		{"a pipe", nil, Entry{Path: "a", Mode: fs.ModeNamedPipe | 0o644}, "special file"},
		{"a link without target", nil, Entry{Path: "a", Mode: fs.ModeSymlink}, "target"},
		{"a target with NUL", nil, Entry{Path: "a", Mode: fs.ModeSymlink, Link: "b\x00"}, "target"},
		{"a file with a target", nil, Entry{Path: "a", Link: "b"}, "no symbolic link"},
		{"a path twice", []Entry{{Path: "a"}}, Entry{Path: "a"}, "taken"},
		{"a directory with another mode", []Entry{{Path: "a", Mode: fs.ModeDir | 0o755}}, Entry{Path: "a", Mode: fs.ModeDir | 0o700}, "taken"},
		{"a file over a directory", []Entry{{Path: "a/b"}}, Entry{Path: "a"}, "taken"},
		{"a path through a link", []Entry{{Path: "a", Mode: fs.ModeSymlink, Link: "/etc"}}, Entry{Path: "a/b/c"}, `parent "a" is a symbolic link`},
		{"a path through a file", []Entry{{Path: "a"}}, Entry{Path: "a/b"}, `parent "a" is a regular file`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := tree(t, c.have...)
			if err := tr.Add(c.add); !errors.Is(err, ErrPath) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrPath with %q", err, c.want)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	tr := tree(t, Entry{Path: "a/b", Data: Bytes("old")}, Entry{Path: "c", Mode: fs.ModeSymlink, Link: "x"})
	for _, e := range []Entry{{Path: "a/b", Data: Bytes("new")}, {Path: "a", Mode: fs.ModeDir | 0o700}, {Path: "c", Mode: fs.ModeDir | 0o755}} {
		if err := tr.Replace(e); err != nil {
			t.Error(err)
		}
		if got, _ := tr.Lookup(e.Path); !reflect.DeepEqual(got, e) {
			t.Errorf("got %+v, want %+v", got, e)
		}
	}
	if err := tr.Replace(Entry{Path: "a"}); !errors.Is(err, ErrPath) {
		t.Errorf("replacing a directory by a file: got %v, want ErrPath", err)
	}
}

func TestRemove(t *testing.T) {
	tr := tree(t, Entry{Path: "a/b"})
	for _, p := range []string{"a", "a/b", "nothing"} {
		tr.Remove(p)
	}
	if got := tr.Entries(); len(got) != 1 || got[0].Path != "a" {
		t.Errorf("got %+v, want the directory alone", got)
	}
}

func TestWriteNoticesAFileThatChanged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(name, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{4, 6} {
		dir := t.TempDir()
		if _, err := Write(dir, tree(t, Entry{Path: "a", Data: File{Path: name, Len: size}})); err == nil {
			t.Errorf("got no error for %d of 5 bytes", size)
		}
		if _, err := os.Stat(filepath.Join(dir, DescriptorName)); err == nil {
			t.Error("got a descriptor of a layer that is not whole")
		}
	}
}

func TestReadRefusesADamagedDescriptor(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if err := os.WriteFile(filepath.Join(dir, DescriptorName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil {
		t.Error("got no error for half a descriptor")
	}
}
