package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dagger/dockyard/ci/e2e/project"
)

// npmTimeout bounds one npm command.
const npmTimeout = 10 * time.Minute

// npmCI installs from the lock with an empty cache and without install scripts, as the build does.
func (b *bench) npmCI(ctx context.Context, npm string, lock []byte, round int) (time.Duration, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("npm-%d", round))
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	manifest, err := packageJSON(lock)
	if err != nil {
		return 0, err
	}
	for name, raw := range map[string][]byte{"package.json": manifest, lockName: lock} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, npmTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache="+filepath.Join(dir, "cache"))
	cmd.Dir = dir
	begun := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("npm ci: %w\n%s", err, project.LastLines(string(out), maxErrorLines))
	}
	return time.Since(begun), nil
}

// packageJSON is the manifest that a lock (version 3, "packages") was made from: its root entry.
func packageJSON(lock []byte) ([]byte, error) {
	var l struct {
		Packages map[string]json.RawMessage `json:"packages"`
	}
	if err := json.Unmarshal(lock, &l); err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	root, ok := l.Packages[""]
	if !ok || !strings.HasPrefix(strings.TrimSpace(string(root)), "{") {
		return nil, errors.New("reading the lock: it has no entry for the root")
	}
	return root, nil
}
