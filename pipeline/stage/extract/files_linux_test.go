package extract

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestArguments has arguments that name no program: what lies there is of no use, and may not be opened.
func TestArguments(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ root, arg string }{{dir, "/"}, {dir, "/fifo"}, {dir, "/missing"}, {dir, "/node_modules/missing/x.js"}, {"/", dir}} {
		done := make(chan error, 1)
		go func() {
			_, err := Extract(os.DirFS(c.root), []string{"/server", c.arg})
			done <- err
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%q: got %v", c.arg, err)
			}
		case <-time.After(2 * time.Second):
			t.Errorf("%q: hangs", c.arg)
		}
	}
}
