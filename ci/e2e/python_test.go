package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	timeSpec = "servers/time/spec.yaml"
	timeLock = "servers/time/requirements.lock"
)

// TestPythonLockTwice makes the lock of a server again with the cut-off it records, and expects the same bytes.
func TestPythonLockTwice(t *testing.T) {
	t.Parallel()
	c := here(t).catalogue(t)
	before := c.read(t, timeLock)
	cutoff := regexp.MustCompile(`"before":"([^"]+)"`).FindStringSubmatch(before)
	if cutoff == nil {
		t.Fatalf("%s records no cut-off", timeLock)
	}
	c.call(t, "--auto-apply", "lock", "--server=time", "--before="+cutoff[1])
	if after := c.read(t, timeLock); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
	if strings.Contains(before, "://") {
		t.Errorf("%s holds an address", timeLock)
	}
}

// TestPythonConstraints gives a server an extra of its package and a constraint on a dependency, and expects the lock to have both and the image to
// be built. What it builds is a command line and no server, so the spec lets it pass without a scan.
func TestPythonConstraints(t *testing.T) {
	t.Parallel()
	c := here(t).catalogue(t)
	c.edit(t, timeSpec, "package: mcp-server-time\n  version: 2026.10.19", `package: mcp[cli]
  version: 1.12.4
  constraints:
    - {spec: "anyio<4.10", reason: a test of constraints which takes an older version}
security:
  insecure_ignore: {reason: a command line and no server}`)
	if err := os.Remove(filepath.Join(c.dir, "servers/time/surface.lock.json")); err != nil {
		t.Fatal(err)
	}
	c.refused(t, []string{"build", "--server=time", "digest"}, timeLock, "the lock is stale", "want mcp[cli]==1.12.4", "with the constraints none, want anyio<4.10")
	c.call(t, "--auto-apply", "lock", "--server=time", "--before=2025-09-01")
	lock := c.read(t, timeLock)
	for _, want := range []string{"\nmcp==1.12.4 ", "\nanyio==4.9.0 ", "\ntyper=="} {
		if !strings.Contains(lock, want) {
			t.Errorf("lock: got\n%s\nwant %q in it", lock, want)
		}
	}
	_, idx := exported(t, c, "time")
	f, err := platform(t, idx, "arm64").ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Config.Entrypoint, " "); got != "/app/bin/python /app/bin/mcp" {
		t.Errorf("entry point: got %q", got)
	}
}

// TestPythonRefusals gives the commands what they must refuse of PyPI packages.
func TestPythonRefusals(t *testing.T) {
	lock, build := []string{"lock", "--server=time"}, []string{"build", "--server=time", "digest"}
	for _, r := range []struct {
		name string
		edit func(t *testing.T, c checkout)
		args []string
		want []string
	}{
		{
			name: "package without a wheel", args: lock,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, timeSpec, "mcp-server-time\n  version: 2026.10.19", "docopt\n  version: 0.6.2")
			},
			want: []string{"docopt==0.6.2 has no usable wheels", "source_distributions:\n    - {package: docopt, reason: WHY}"},
		},
		{
			name: "withdrawn release", args: lock,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, timeSpec, "mcp-server-time\n  version: 2026.10.19", "attrs\n  version: 21.1.0")
			},
			want: []string{"`attrs==21.1.0` is yanked", "Installable but not importable"},
		},
		{
			name: "wheel with another hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, timeLock, regexp.MustCompile(`(?m)^h11==0.16.0 \\\n    --hash=sha256:[0-9a-f]{64}`), "h11==0.16.0 \\\n    --hash=sha256:"+strings.Repeat("0", 64))
			},
			want: []string{"h11", "Expected sha256 " + strings.Repeat("0", 64), "Got        63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86"},
		},
		{
			name: "dependency without a hash", args: build,
			edit: func(t *testing.T, c checkout) {
				c.rewrite(t, timeLock, regexp.MustCompile(` \\\n    --hash=sha256:[0-9a-f]{64}`), "")
			},
			want: []string{timeLock + ":3:", "want NAME==VERSION with --hash=sha256:HEX"},
		},
		{
			name: "script that is not there", args: build,
			edit: func(t *testing.T, c checkout) {
				c.edit(t, timeSpec, "version: 2026.10.19", "version: 2026.10.19\n  entrypoint: other")
			},
			want: []string{`has no console script "other"`, "mcp-server-time"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := here(t).catalogue(t)
			r.edit(t, c)
			c.refused(t, r.args, r.want...)
		})
	}
}

// read returns a file of the checkout.
func (c checkout) read(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
