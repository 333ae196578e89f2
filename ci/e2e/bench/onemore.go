package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// allowance is what the target leaves for starting the CLI and loading the module, in seconds.
const allowance = 4

// maxLock bounds the package lock that is read, in bytes.
const maxLock = 32 << 20

const lockName = "package-lock.json"

// oneMore builds a server of which the engine has nothing yet, for both platforms, on an engine that has everything else, and compares with
// `npm ci` of the same lock, which installs for one platform.
func (b *bench) oneMore(ctx context.Context) []row {
	const name = "one more server"
	say("%s against `npm ci`: %d rounds", name, b.rounds)
	npm, err := exec.LookPath("npm")
	if err != nil {
		return missing(errors.New("this machine has no npm on PATH to compare with"), name)
	}
	lock, err := b.readLock()
	if err != nil {
		return missing(err, name)
	}
	ran := map[string]bool{}
	times, err := interleave(ctx, b.rounds, func(ctx context.Context, _ int) (time.Duration, error) {
		return b.buildNew(ctx, lock, ran)
	}, func(ctx context.Context, round int) (time.Duration, error) {
		return b.npmCI(ctx, npm, lock, round)
	})
	if err != nil {
		return missing(err, name)
	}
	r := row{Name: name, Measured: seconds("build digest", times[0]), Against: seconds("npm ci", times[1]), Target: "≤ 2"}
	r.Ratio = (r.Measured.Median - allowance) / r.Against.Median
	r.Note = fmt.Sprintf("The ratio is of what is left of the build after taking %d s off.", allowance)
	for _, warm := range []string{"stage build", "base", "node", "pip", "wheels"} {
		if ran[warm] {
			r.Note += fmt.Sprintf(" The engine was not warm: %q ran too.", warm)
		}
	}
	return []row{r}
}

func (b *bench) readLock() ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(b.top, "servers", b.server, lockName))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("finding the lock of %q: servers/%s/%s is not there", b.server, b.server, lockName)
	}
	raw, err := os.ReadFile(found[0])
	if err == nil && len(raw) > maxLock {
		err = fmt.Errorf("reading %q: it has %d bytes, want at most %d", found[0], len(raw), maxLock)
	}
	return raw, err
}

// buildNew builds the server from a catalogue of its own. White space behind the lock makes it one that no engine has seen: what depends on
// it is fetched and installed again.
func (b *bench) buildNew(ctx context.Context, lock []byte, ran map[string]bool) (time.Duration, error) {
	catalogue, err := os.MkdirTemp(b.dir, "catalogue-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(catalogue)
	dir := filepath.Join(catalogue, b.server)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(b.top, "servers", b.server))); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, lockName), append(slices.Clone(lock), whiteNonce()...), 0o644); err != nil {
		return 0, err
	}
	c, err := call(ctx, b.project, "--servers="+catalogue, "build", "--server="+b.server, "digest")
	if err != nil {
		return 0, err
	}
	fetched := false
	for _, s := range steps(c.lines) {
		ran[s.name] = true
		fetched = fetched || s.name == "npm-fetch"
	}
	if !fetched {
		return 0, errors.New("building a server with a new lock: its packages were not fetched again")
	}
	return c.took, nil
}

// whiteNonce is 64 random bits, each a space or a line break.
func whiteNonce() []byte {
	var bits [8]byte
	rand.Read(bits[:])
	var out []byte
	for i := range 64 {
		out = append(out, " \n"[bits[i/8]>>(i%8)&1])
	}
	return append(out, '\n')
}
