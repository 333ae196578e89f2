package sdist

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/a.tar.gz", targz(t,
		tar.Header{Typeflag: tar.TypeDir, Name: "a-1/"}, file("./a-1/pkg/x.py", "x"), tar.Header{Name: "a-1/run", Linkname: "#!", Mode: 0o775},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "a-1/pkg/y.py", Linkname: "../pkg/x.py"}))
	put(t, dir+"/a.zip", zipped(t, map[string]string{"a-1/": "", "a-1/pkg/x.py": "x"}))
	for _, name := range []string{"a.tar.gz", "a.zip"} {
		into := filepath.Join(t.TempDir())
		if err := unpack(filepath.Join(dir, name), into, Limits{}.withDefaults()); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(into + "/pkg/x.py")
		info, _ := os.Stat(into + "/pkg/x.py")
		if err != nil || string(raw) != "x" || !info.ModTime().Equal(epoch) {
			t.Errorf("%s: got %q, %v, %v", name, raw, err, info)
		}
		if name == "a.zip" {
			continue
		}
		if link, err := os.Readlink(into + "/pkg/y.py"); err != nil || link != "../pkg/x.py" {
			t.Errorf("got the link %q, %v", link, err)
		}
		if info, err := os.Stat(into + "/run"); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("got %v, %v", info, err)
		}
	}
}

// TestUnpackRefuses: nothing lies outside the folder afterwards, whatever the archive says.
func TestUnpackRefuses(t *testing.T) {
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	small := Limits{Unpacked: 10, Entries: 3, PathBytes: 20, Depth: 3}.withDefaults()
	for name, c := range map[string]struct {
		raw      []byte
		category error
		want     string
	}{
		"absolute":        {targz(t, file("/etc/x", "x")), ErrArchive, "not a clean one"},
		"dots":            {targz(t, file("a/../../x", "x")), ErrArchive, "not a clean one"},
		"backslash":       {targz(t, file(`a\..\x`, "x")), ErrArchive, "not a clean one"},
		"two folders":     {targz(t, file("a/x", "x"), file("b/x", "x")), ErrArchive, `has "a" and "b" at its top`},
		"file at the top": {targz(t, file("a", "x")), ErrArchive, "is a file, want one folder"},
		"link out":        {targz(t, link("a/x", "../../y")), ErrArchive, "points out"},
		"absolute link":   {targz(t, link("a/x", "/etc")), ErrArchive, "points out"},
		"through a link":  {targz(t, link("a/x", "."), file("a/x/../../y", "y")), ErrArchive, "not a clean one"},
		"over a link":     {targz(t, file("a/y", "y"), link("a/x", "y"), file("a/x", "z")), ErrArchive, "unpacking \"x\""},
		"hard link":       {targz(t, tar.Header{Typeflag: tar.TypeLink, Name: "a/x", Linkname: "/etc/passwd"}), ErrArchive, "of type"},
		"device":          {targz(t, tar.Header{Typeflag: tar.TypeChar, Name: "a/x"}), ErrArchive, "of type"},
		"twice":           {targz(t, file("a/x", "1"), file("a/x", "2")), ErrArchive, "unpacking \"x\""},
		"empty":           {targz(t), ErrArchive, "empty"},
		"not an archive":  {[]byte("x"), ErrArchive, ""},
		"cut off":         {targz(t, file("a/x", "x"))[:20], ErrArchive, ""},
		"oversized":       {targz(t, file("a/x", "12345678901")), ErrLimit, "Unpacked"},
		"many":            {targz(t, file("a/1", ""), file("a/2", ""), file("a/3", ""), file("a/4", "")), ErrLimit, "Entries"},
		"long path":       {targz(t, file("a/"+strings.Repeat("x", 30), "")), ErrLimit, "PathBytes"},
		"deep":            {targz(t, file("a/b/c/d/e", "")), ErrLimit, "Depth"},
		"zip out":         {zipped(t, map[string]string{"a/../../x": "x"}), ErrArchive, "not a clean one"},
		"zip oversized":   {zipped(t, map[string]string{"a/x": "12345678901"}), ErrLimit, "Unpacked"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			archive := filepath.Join(dir, "a.tar.gz")
			if strings.HasPrefix(name, "zip") {
				archive = filepath.Join(dir, "a.zip")
			}
			put(t, archive, c.raw)
			put(t, dir+"/in/tree/.keep", nil)
			err := unpack(archive, dir+"/in/tree", small)
			if !errors.Is(err, c.category) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v: %q", err, c.category, c.want)
			}
			if found, _ := filepath.Glob(dir + "/in/*"); len(found) != 1 {
				t.Errorf("got %q", found)
			}
		})
	}
}

func TestRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	put(t, name, targz(t, file("a/sub/pyproject.toml", "1"), file("a/pyproject.toml", "2")))
	if raw, err := read(name, "pyproject.toml", 10, Limits{}.withDefaults()); err != nil || string(raw) != "2" {
		t.Errorf("got %q, %v", raw, err)
	}
	if _, err := read(name, "pyproject.toml", 0, Limits{}.withDefaults()); !errors.Is(err, ErrLimit) {
		t.Errorf("got %v, want a limit", err)
	}
	// The whole archive is checked, also behind the file.
	put(t, name, targz(t, file("a/pyproject.toml", "2"), file("a/../x", "")))
	if _, err := read(name, "pyproject.toml", 10, Limits{}.withDefaults()); !errors.Is(err, ErrArchive) {
		t.Errorf("got %v, want an unsafe archive", err)
	}
}

// FuzzWalk expects that no path handed on leaves the folder.
func FuzzWalk(f *testing.F) {
	f.Add(targz(f, file("a/x", "x"), tar.Header{Typeflag: tar.TypeSymlink, Name: "a/y", Linkname: "x"}), false)
	f.Add(zipped(f, map[string]string{"a/x": "x"}), true)
	f.Fuzz(func(t *testing.T, raw []byte, zip bool) {
		name := filepath.Join(t.TempDir(), map[bool]string{true: "a.zip", false: "a.tar.gz"}[zip])
		put(t, name, raw)
		into := filepath.Join(t.TempDir(), "in")
		put(t, into+"/tree/.keep", nil)
		if err := unpack(name, into+"/tree", Limits{Unpacked: 1 << 20, Entries: 100}.withDefaults()); err != nil && errors.Is(err, os.ErrPermission) {
			t.Fatal(err)
		}
		if found, _ := filepath.Glob(into + "/*"); len(found) != 1 {
			t.Fatalf("got %q", found)
		}
	})
}
