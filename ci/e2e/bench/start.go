package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"dagger/dockyard/ci/e2e/mcp"
	"dagger/dockyard/ci/e2e/rootfs"
	"dagger/dockyard/ci/e2e/sandbox"
)

// minStarts is how often each way of starting a server runs at least: a start is short and its time varies.
const minStarts = 10

// packageLabel names the package an image was made from (pipeline/names, PackageLabel).
const packageLabel = "io.github.stacklok.dockyard.package"

const (
	startDirect = "start to tools/list, against node"
	startNpx    = "start to tools/list, against npx"
)

// unpacked is an image ready to start.
type unpacked struct {
	root   string
	config v1.Config
	path   string // PATH on which node is the image's own binary
}

// start compares the shipped entry point with other ways to start the same server, all with the same Node.js binary.
func (b *bench) start(ctx context.Context, idx v1.ImageIndex) []row {
	u, err := b.unpack(idx)
	if err != nil {
		return missing(err, startDirect, startNpx)
	}
	rounds := max(minStarts, b.rounds)
	say("start of the image against node and npx: %d rounds", rounds)
	rows := compareStarts(ctx, rounds, startDirect, "≤ 1.1", "node", u.sandboxed, u.direct)
	rows[0].Ratio = ratio(rows[0].Measured, rows[0].Against)
	npx, err := b.npx(ctx, u)
	if err != nil {
		return append(rows, missing(err, startNpx)...)
	}
	faster := compareStarts(ctx, rounds, startNpx, "≥ 2", "npx", u.sandboxed, npx)
	faster[0].Ratio = ratio(faster[0].Against, faster[0].Measured)
	return append(rows, faster...)
}

func ratio(a, b *amount) float64 {
	if a == nil || b == nil || b.Median == 0 {
		return 0
	}
	return a.Median / b.Median
}

func compareStarts(ctx context.Context, rounds int, name, target, against string, shipped, other func() (*exec.Cmd, error)) []row {
	timed := func(command func() (*exec.Cmd, error)) side {
		return func(context.Context, int) (time.Duration, error) {
			cmd, err := command()
			if err != nil {
				return 0, err
			}
			a, err := mcp.Tools(cmd)
			return a.Took, err
		}
	}
	times, err := interleave(ctx, rounds, timed(shipped), timed(other))
	if err != nil {
		return missing(err, name)
	}
	return []row{{Name: name, Measured: seconds("image", times[0]), Against: seconds(against, times[1]), Target: target}}
}

func (b *bench) unpack(idx v1.ImageIndex) (*unpacked, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("the sandbox that starts the image needs root")
	}
	img, err := rootfs.Platform(idx, runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	if e := f.Config.Entrypoint; len(e) < 2 || e[0] != "/"+nodePath {
		return nil, fmt.Errorf("reading the entry point: got %q, want node and a file of the package", e)
	}
	u := &unpacked{root: filepath.Join(b.dir, "root"), config: f.Config}
	if err := os.Mkdir(u.root, 0o755); err != nil {
		return nil, err
	}
	bin := filepath.Join(b.dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return nil, err
	}
	u.path = bin + ":" + os.Getenv("PATH")
	if err := os.Symlink(filepath.Join(u.root, nodePath), filepath.Join(bin, "node")); err != nil {
		return nil, err
	}
	return u, rootfs.Unpack(img, u.root)
}

// sandboxed starts the image's entry point as a container runtime would.
func (u *unpacked) sandboxed() (*exec.Cmd, error) { return sandbox.Command(u.root, u.config) }

// direct starts the same files with the same binary and nothing around them.
func (u *unpacked) direct() (*exec.Cmd, error) {
	args := append([]string{filepath.Join(u.root, u.config.Entrypoint[1])}, u.config.Entrypoint[2:]...)
	cmd := exec.Command(filepath.Join(u.root, nodePath), append(args, u.config.Cmd...)...)
	cmd.Env = []string{"PATH=" + u.path, "HOME=" + u.root}
	return cmd, nil
}

// npx starts the package by name with npx, as most users of npm do, from a cache that holds it.
func (b *bench) npx(ctx context.Context, u *unpacked) (func() (*exec.Cmd, error), error) {
	npx, err := exec.LookPath("npx")
	if err != nil {
		return nil, errors.New("this machine has no npx on PATH to compare with")
	}
	_, name, ok := strings.Cut(u.config.Labels[packageLabel], ":")
	if !ok {
		return nil, fmt.Errorf("finding the package's name: got %q in the label %s, want ECOSYSTEM:NAME@VERSION", u.config.Labels[packageLabel], packageLabel)
	}
	work := filepath.Join(b.dir, "npx")
	if err := os.Mkdir(work, 0o755); err != nil {
		return nil, err
	}
	command := func() (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, npx, append([]string{"--yes", name}, u.config.Cmd...)...)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "PATH="+u.path, "npm_config_cache="+filepath.Join(work, "cache"))
		return cmd, nil
	}
	cmd, err := command()
	if err == nil {
		_, err = mcp.Tools(cmd)
	}
	if err != nil {
		return nil, fmt.Errorf("filling npx's cache: %w", err)
	}
	return command, nil
}
