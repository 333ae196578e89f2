package npm

import (
	"archive/tar"
	"bytes"
	"path"
	"strings"
	"testing"
)

// FuzzTarReader feeds plain tars, which is what a .tgz is once its layer of compression is off.
func FuzzTarReader(f *testing.F) {
	seed := func(headers ...tar.Header) {
		var b bytes.Buffer
		tw := tar.NewWriter(&b)
		for _, h := range headers {
			if err := tw.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
			if _, err := tw.Write(make([]byte, h.Size)); err != nil && h.Size > 0 {
				f.Fatal(err)
			}
		}
		tw.Close()
		f.Add(b.Bytes())
	}
	seed(tar.Header{Name: "package/a", Mode: 0o755, Size: 3}, tar.Header{Name: "package/../b", Size: 1}, tar.Header{Name: "package/.gitignore"})
	seed(tar.Header{Name: "package/" + strings.Repeat("long/", 40), Typeflag: tar.TypeDir}, tar.Header{Name: "package/l", Typeflag: tar.TypeSymlink, Linkname: "../../x"})
	s, err := newSpool(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.close() })
	limits := Limits{PackageBytes: 1 << 20, FileBytes: 1 << 19, Entries: 100, PathBytes: 200, Depth: 10, Ratio: 50}.withDefaults()
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _ := readTarball(&counter{r: bytes.NewReader(raw)}, s, limits)
		var sum int64
		for name, file := range c.files {
			if sum += file.data.length; path.Clean("/"+name) != "/"+name || strings.Contains(name, "\\") || len(name) > limits.PathBytes {
				t.Fatalf("took the path %q", name)
			}
		}
		if sum > limits.PackageBytes || len(c.files) > limits.Entries {
			t.Fatalf("took %d bytes in %d files", sum, len(c.files))
		}
	})
}
