package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// allowance is what the target leaves for starting the CLI and loading the module, in seconds.
const allowance = 4

// maxLock bounds the package lock that is read, in bytes.
const maxLock = 32 << 20

const lockName = "package-lock.json"

// newServer is a server that is built as if it were new: with a lock that no engine has seen.
type newServer struct {
	name, lock string // lock is the name of its file
	step       string // that runs again
}

// oneMore builds a server of which the engine has nothing yet, for both platforms, on an engine that has everything else, and compares with
// `npm ci` of the same lock, which installs for one platform.
func (b *bench) oneMore(ctx context.Context) []row {
	const name = "one more server"
	say("%s against `npm ci`: %d rounds", name, b.rounds)
	npm, err := exec.LookPath("npm")
	if err != nil {
		return missing(errors.New("this machine has no npm on PATH to compare with"), name)
	}
	lock, err := b.readLock(b.server, lockName)
	if err != nil {
		return missing(err, name)
	}
	ran := map[string]bool{}
	times, err := interleave(ctx, b.rounds, func(ctx context.Context, _ int) (time.Duration, error) {
		return b.buildNew(ctx, newServer{b.server, lockName, "npm-fetch"}, ran)
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

func (b *bench) readLock(server, name string) ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(b.top, "servers", server, name))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("finding the lock of %q: servers/%s/%s is not there", server, server, name)
	}
	raw, err := os.ReadFile(found[0])
	if err == nil && len(raw) > maxLock {
		err = fmt.Errorf("reading %q: it has %d bytes, want at most %d", found[0], len(raw), maxLock)
	}
	return raw, err
}

// buildNew builds the server from a catalogue of its own. White space behind the lock makes it one that no engine has seen: what depends on
// it is fetched and installed again.
func (b *bench) buildNew(ctx context.Context, s newServer, ran map[string]bool) (time.Duration, error) {
	catalogue, err := b.catalogue(s.name, s.lock, func(lock []byte) []byte { return append(lock, whiteNonce()...) })
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(catalogue)
	c, err := call(ctx, b.project, "--servers="+catalogue, "build", "--server="+s.name, "digest")
	if err != nil {
		return 0, err
	}
	again := false
	for _, found := range steps(c.lines) {
		ran[found.name] = true
		again = again || found.name == s.step
	}
	if !again {
		return 0, fmt.Errorf("building %s with a new lock: the step %q did not run again", s.name, s.step)
	}
	return c.took, nil
}

// catalogue is a folder with one server, of which one file is changed.
func (b *bench) catalogue(server, file string, change func([]byte) []byte) (string, error) {
	dir, err := os.MkdirTemp(b.dir, "catalogue-")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(filepath.Join(dir, server), os.DirFS(filepath.Join(b.top, "servers", server))); err != nil {
		return "", err
	}
	name := filepath.Join(dir, server, file)
	raw, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(name, change(raw), 0o644)
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
