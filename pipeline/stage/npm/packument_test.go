package npm_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadPackument: a registry that does not have a tarball where it is by convention, and describes the package in a form that cannot be read.
func TestBadPackument(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		want   string
	}{
		"malformed":  {func(w http.ResponseWriter) { fmt.Fprint(w, `{"versions": {`) }, "reading the registry's description"},
		"other type": {func(w http.ResponseWriter) { fmt.Fprint(w, `{"versions": ["1.0.0"]}`) }, "reading the registry's description"},
		"no version": {func(w http.ResponseWriter) { fmt.Fprint(w, `{"versions": {}}`) }, "names no tarball for version 1.0.0"},
		"no address": {func(w http.ResponseWriter) {
			fmt.Fprint(w, `{"versions": {"1.0.0": {"dist": {"tarball": "file:///etc/passwd"}}}}`)
		}, "names no tarball for version 1.0.0"},
		"oversized":  {func(w http.ResponseWriter) { w.Header().Set("Content-Length", fmt.Sprint(64<<20+1)) }, "MaxBytes"},
		"of no JSON": {func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, "reading the registry's description"},
	} {
		t.Run(name, func(t *testing.T) {
			r, dir := newRegistry(t).server(), t.TempDir()
			delete(r.files, "/server/-/server-1.0.0.tgz")
			r.before = func(w http.ResponseWriter, req *http.Request) bool {
				if req.URL.Path != "/server" {
					return false
				}
				c.answer(w)
				return true
			}
			err := r.fetch(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "server@1.0.0") {
				t.Errorf("got %v, want %q and the package's name", err, c.want)
			}
			if files, _ := os.ReadDir(filepath.Join(dir, "tarballs")); len(files) > 0 {
				t.Errorf("got files %v, want none", files)
			}
		})
	}
}
