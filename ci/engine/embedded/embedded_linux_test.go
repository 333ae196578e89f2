package embedded

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, log *bytes.Buffer) *Engine {
	t.Helper()
	e, err := Open(Options{Log: log, Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, cache, want string }{
		{"../up", "", "want lower-case letters"},
		{"Upper", "", "want lower-case letters"},
		{"ok", "/" + strings.Repeat("long/", 30), "socket path"},
	} {
		if _, err := Open(Options{Name: c.name, Cache: c.cache}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%q, %q): got %v, want an error with %q", c.name, c.cache, err, c.want)
		}
	}
}

// TestBuildKeepsNothingHalfMade interrupts a part's build and expects the next one to begin with an empty folder.
func TestBuildKeepsNothingHalfMade(t *testing.T) {
	e := open(t, &bytes.Buffer{})
	broken := errors.New("interrupted")
	half := func(dir string) error {
		os.WriteFile(filepath.Join(dir, "half"), nil, 0o644)
		return broken
	}
	if err := e.build("root", "1", "making", half); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	if _, err := os.Stat(e.part("root", "1")); !os.IsNotExist(err) {
		t.Fatalf("the part is there after an interrupted build (%v)", err)
	}
	whole := func(dir string) error {
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("the folder is not empty: %v", entries)
		}
		return os.WriteFile(filepath.Join(dir, "whole"), nil, 0o644)
	}
	if err := e.build("root", "1", "making", whole); err != nil {
		t.Fatal(err)
	}
	if err := e.build("root", "1", "making", half); err != nil {
		t.Errorf("a part that is there was built again: %v", err)
	}
}

func TestSweepKeepsWhatWasUsed(t *testing.T) {
	e := open(t, &bytes.Buffer{})
	old := time.Now().Add(-2 * keepUnused)
	for _, key := range []string{"now", "running", "recent", "old"} {
		if err := os.MkdirAll(e.part("bin", key), 0o755); err != nil {
			t.Fatal(err)
		}
		if key != "recent" {
			os.Chtimes(e.part("bin", key), old, old)
		}
	}
	if err := holdShared(e.part("bin", "running")); err != nil {
		t.Fatal(err)
	}
	e.sweep(e.part("bin", "now"))
	for key, want := range map[string]bool{"now": true, "running": true, "recent": true, "old": false} {
		if _, err := os.Stat(e.part("bin", key)); (err == nil) != want {
			t.Errorf("part %q there: %v, want %v", key, err == nil, want)
		}
	}
}

func TestProgressSaysWhatAndHowLong(t *testing.T) {
	var log bytes.Buffer
	e := open(t, &log)
	e.progress.step("building a thing", func() error { return nil })
	e.progress.step("building another", func() error { return errors.New("no") })
	for _, want := range []string{"[ 0:00] building a thing ...", "building a thing: done in 0s", "building another: failed after 0s"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("got %q, want a line with %q", log.String(), want)
		}
	}
}

func TestKeyDependsOnEachInput(t *testing.T) {
	if key("a", "bc") == key("ab", "c") || key("a") == key("a", "") {
		t.Error("different inputs give one key")
	}
}

// TestStaleRecordsAreNoEngine leaves what a machine that lost power would: a socket nobody listens on and the id of some other process.
func TestStaleRecordsAreNoEngine(t *testing.T) {
	e := open(t, &bytes.Buffer{})
	os.MkdirAll(e.instance("run"), 0o755)
	os.WriteFile(e.socket(), nil, 0o644)
	os.WriteFile(e.instance("supervisor.pid"), []byte("1"), 0o644)
	if s := e.Status(); s.Answers || s.Pid != 0 {
		t.Errorf("got %+v, want no engine", s)
	}
}

// TestPatched expects a release whose source moved on to be noticed, whichever way it did.
func TestPatched(t *testing.T) {
	for _, c := range changes() {
		if got, err := c.patched("a\n" + c.from + "b\n"); err != nil || got != "a\n"+c.to+"b\n" {
			t.Errorf("%s: got %q, %v", c.file, got, err)
		}
		for _, source := range []string{"", c.from + c.from} {
			if _, err := c.patched(source); err == nil || !strings.Contains(err.Error(), "want 1") {
				t.Errorf("patching %s, %q: got %v, want an error", c.file, source, err)
			}
		}
	}
}
