package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// nowhere expects no secret in the files below the folders, nor in the engine's log and in what the engine wrote to its state since the test began.
func (p *closed) nowhere(t *testing.T, dirs ...string) {
	t.Helper()
	instance, err := p.project().Instance()
	if err != nil {
		t.Fatal(err)
	}
	searched, state := 0, filepath.Join(instance, "state")
	for _, root := range append(dirs, filepath.Join(instance, "engine.log"), state) {
		found := 0
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // the engine removes things as it goes
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			info, err := e.Info()
			if err != nil || root == state && info.ModTime().Before(p.begun) { // what is exported may bear the time of a cached step
				return nil
			}
			found++
			if what := held(t, name, p.spellings()); what != "" {
				t.Errorf("%s holds the secret for %s", name, what)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if found == 0 {
			t.Errorf("there is no file of this test in %s", root)
		}
		searched += found
	}
	t.Logf("searched %d files for secrets", searched)
}

// held tells which of the texts a file has, as it is or, for a gzip archive, unpacked; "" is none.
func held(t *testing.T, name string, texts map[string]string) string {
	t.Helper()
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if gz, err := gzip.NewReader(r); err == nil {
			return contains(gz, texts)
		}
	}
	return contains(r, texts)
}

// contains reads to the end, or to the first thing that cannot be read, which for a file of another kind that begins like gzip may be at once.
func contains(r io.Reader, texts map[string]string) string {
	const overlap = 1 << 10 // longer than any of the texts
	window := make([]byte, 0, 1<<18)
	for {
		n, err := r.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if len(window) < cap(window) && err == nil {
			continue
		}
		for what, s := range texts {
			if bytes.Contains(window, []byte(s)) {
				return what
			}
		}
		if err != nil {
			return ""
		}
		window = window[:copy(window, window[len(window)-overlap:])]
	}
}
