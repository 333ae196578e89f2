package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	startTimeout = 60 * time.Second // from starting the engine's process to its first answer
	stopTimeout  = 20 * time.Second // for the engine to close its databases before it is killed
)

// Up brings the engine up: it builds what is missing, replaces an engine of other pins, heals one that died or does not answer, and
// returns when the socket answers. Calls at the same time wait for each other.
func (e *Engine) Up(ctx context.Context) error {
	key := key(binariesKey(), rootKey(), sdkKey(), "instance-1")
	if e.answers() && e.running().Key == key {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: it needs root for namespaces and mounts; run as root, or start Docker and put dagger %s or newer on PATH", ErrUnsupported, Version)
	}
	unlock, err := lock(filepath.Join(e.cache, "build.lock"), func() { e.progress.say("another process is building the engine; waiting for it") })
	if err != nil {
		return fmt.Errorf("locking the cache folder: %w", err)
	}
	defer unlock()
	if e.answers() && e.running().Key == key {
		return nil
	}
	if err := e.buildParts(ctx); err != nil {
		return fmt.Errorf("%w\nthe whole log: %s", err, e.buildLog())
	}
	if err := e.stop(); err != nil {
		return err
	}
	return e.progress.step("starting engine "+e.name, func() error { return e.startSupervisor(ctx, key) })
}

// Down ends the engine and removes what it left outside its folder. What was built, and the engine's own cache, stay.
func (e *Engine) Down(ctx context.Context) error {
	if _, err := os.Stat(e.instance()); os.IsNotExist(err) {
		return nil
	}
	unlock, err := lock(filepath.Join(e.cache, "build.lock"), func() { e.progress.say("another process is bringing the engine up; waiting for it") })
	if err != nil {
		return fmt.Errorf("locking the cache folder: %w", err)
	}
	defer unlock()
	return e.stop()
}

func (e *Engine) buildParts(ctx context.Context) error {
	bin, root, sdk := binariesKey(), rootKey(), sdkKey()
	if err := e.build("root", root, "making the engine's Debian root ("+strings.Join(enginePackages, ", ")+")", func(dir string) error {
		return e.buildDebian(ctx, dir, enginePackages)
	}); err != nil {
		return err
	}
	if err := e.build("bin", bin, "building Dagger "+Version+" from its Go modules (4 to 6 minutes on 2 cores)", func(dir string) error {
		return e.buildBinaries(ctx, dir)
	}); err != nil {
		return err
	}
	if err := e.build("sdk", sdk, "making the Go SDK image", func(dir string) error { return e.buildSDK(ctx, dir) }); err != nil {
		return err
	}
	e.sweep(e.part("bin", bin), e.part("root", root), e.part("sdk", sdk))
	return nil
}
