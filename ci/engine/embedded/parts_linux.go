package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// key names a part by what it is made from, so that a change of a pin makes a new part and never meets an old one.
func key(inputs ...string) string {
	h := sha256.New()
	for _, in := range inputs {
		fmt.Fprintf(h, "%d:%s", len(in), in)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func (e *Engine) part(kind, key string) string {
	return filepath.Join(e.cache, "parts", kind+"-"+key)
}

// build makes the part at KIND-KEY unless it is there. make gets an empty folder, which takes its final name only when make succeeded: an
// interrupted build leaves nothing that could be taken for a part.
func (e *Engine) build(kind, key, title string, make func(dir string) error) error {
	final := e.part(kind, key)
	if _, err := os.Stat(final); err == nil {
		return nil
	}
	tmp := final + ".partial"
	if err := os.RemoveAll(tmp); err != nil {
		return fmt.Errorf("removing an interrupted build: %w", err)
	}
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	if err := e.progress.step(title, func() error { return make(tmp) }); err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	return os.Rename(tmp, final)
}

// keepUnused is how long a part stays that nothing was started from: checkouts of different versions share the cache folder.
const keepUnused = 14 * 24 * time.Hour

// sweep marks the parts that are used now and removes those that nobody has used for long. It runs under the build lock.
func (e *Engine) sweep(used ...string) {
	now := time.Now()
	for _, dir := range used {
		os.Chtimes(dir, now, now)
	}
	entries, _ := os.ReadDir(filepath.Join(e.cache, "parts"))
	for _, entry := range entries {
		dir := filepath.Join(e.cache, "parts", entry.Name())
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > keepUnused && !inUse(dir) {
			os.RemoveAll(dir)
		}
	}
}

// inUse tells whether a supervisor holds the part: each keeps a shared lock on the folders its engine was started from.
func inUse(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// lock takes an exclusive lock on a file until the returned function is called; waiting says what it waits for, once.
func lock(name string, waiting func()) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		waiting()
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			f.Close()
			return nil, fmt.Errorf("locking %q: %w", name, err)
		}
	}
	return func() { f.Close() }, nil
}

// tail returns the last lines of a log for an error message.
func tail(name string, lines int) string {
	raw, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}
