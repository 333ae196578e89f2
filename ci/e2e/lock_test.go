package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOverridesAndSystemPackages gives a server another version of a dependency and a Debian package, and looks for both in the image, which
// must still start.
func TestOverridesAndSystemPackages(t *testing.T) {
	t.Parallel()
	needRoot(t)
	c := here(t).catalogue(t)
	c.edit(t, "servers/sequential-thinking/spec.yaml", "version: 2026.8.31", `version: 2026.8.31
  overrides:
    - package: chalk
      version: 5.3.0
      reason: a test of overrides, which takes an older version
  system_packages: [git]`)
	c.call(t, "--auto-apply", "lock", "--server=sequential-thinking", "--before=2026-11-17")
	if got := c.call(t, "validate", "status"); got != "PASSED" {
		t.Errorf("validate after lock: got %s\n%s", got, c.call(t, "validate", "summary"))
	}
	_, idx := exported(t, c, "sequential-thinking")
	for arch, want := range map[string]int{"amd64": 4, "arm64": 4} {
		if got := strings.Fields(layers(t, platform(t, idx, arch))); len(got) != want {
			t.Errorf("%s: got %d layers, want %d: base, system packages, Node.js, packages", arch, len(got), want)
		}
	}
	img := platform(t, idx, "amd64")
	root := unpack(t, img)
	if _, err := os.Stat(filepath.Join(root, "usr/bin/git")); err != nil {
		t.Errorf("git is not in the image: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(root, "app/node_modules/chalk/package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var chalk struct{ Version string }
	if err := json.Unmarshal(raw, &chalk); err != nil || chalk.Version != "5.3.0" {
		t.Errorf("chalk: got version %q (%v), want 5.3.0", chalk.Version, err)
	}
	starts(t, root, img, "sequentialthinking")
}

// TestDriftedBase names a package version in the base lock that the archive does not have, and expects a build from what it signs today that
// says so.
func TestDriftedBase(t *testing.T) {
	t.Parallel()
	c := here(t).clone(t, "")
	name := "pipeline/base/node.lock.json"
	raw, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	gone := strings.ReplaceAll(string(raw), "/media-types_13.0.0_all.deb", "/media-types_0.0.1_all.deb")
	if gone == string(raw) {
		t.Fatalf("%s holds no media-types 13.0.0", name)
	}
	gone = strings.ReplaceAll(gone, `"version": "13.0.0"`, `"version": "0.0.1"`)
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(gone), 0o644); err != nil {
		t.Fatal(err)
	}
	got := c.call(t, "build", "--server=sequential-thinking", "summary")
	for _, want := range []string{"DRIFTED", "media-types 0.0.1", "lock-base"} {
		if !strings.Contains(got, want) {
			t.Errorf("summary: got\n%s\nwant %q in it", got, want)
		}
	}
	c.call(t, "--auto-apply", "lock-base")
	mended, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mended), "0.0.1") {
		t.Errorf("lock-base left the version that is gone")
	}
	if got := c.call(t, "build", "--server=sequential-thinking", "summary"); strings.Contains(got, "DRIFTED") {
		t.Errorf("summary after lock-base: got\n%s\nwant nothing of drift", got)
	}
}

// TestLockAll locks a catalogue of three servers, of which two cannot be locked: both are named, and nothing is written. Without these, the lock of
// the third is written.
func TestLockAll(t *testing.T) {
	c := here(t).catalogue(t)
	entries, err := os.ReadDir(filepath.Join(c.dir, "servers"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != "pdf-reader" && name != "time" && name != "fetch" {
			remove(t, filepath.Join(c.dir, "servers", name))
		}
	}
	remove(t, filepath.Join(c.dir, "servers/pdf-reader/package-lock.json"))
	before := cutoff(t, here(t).dir+"/servers/pdf-reader/package-lock.json")
	c.edit(t, "servers/fetch/spec.yaml", "version: 2026.10.24", "version: 0.0.0")
	c.edit(t, timeSpec, "version: 2026.10.19", "version: latest")
	c.refused(t, []string{"lock", "--before=" + before}, "2 of 3 servers could not be locked", `locking "fetch"`, "mcp-server-fetch==0.0.0", `locking "time"`,
		timeSpec+":7: spec.version", "nothing was written")
	if _, err := os.Stat(filepath.Join(c.dir, "servers/pdf-reader/package-lock.json")); err == nil {
		t.Error("a lock was written although servers failed")
	}
	remove(t, filepath.Join(c.dir, "servers/fetch"))
	remove(t, filepath.Join(c.dir, "servers/time"))
	c.call(t, "--auto-apply", "lock", "--before="+before)
	if got, want := c.read(t, "servers/pdf-reader/package-lock.json"), here(t).read(t, "servers/pdf-reader/package-lock.json"); got != want {
		t.Errorf("got\n%s\nwant the committed lock", got)
	}
}
