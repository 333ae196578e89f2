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
	c := here(t).clone(t, "")
	c.edit(t, "servers/sequential-thinking/spec.yaml", "version: 2026.8.31", `version: 2026.8.31
  overrides:
    - package: chalk
      version: 5.3.0
      reason: a test of overrides, which takes an older version
  system_packages: [git]`)
	c.call(t, "--auto-apply", "lock", "--server=sequential-thinking")
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
