package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The engine mounts snapshots with overlayfs's "volatile" option where the kernel knows it. The kernel refuses a second such mount of one folder,
// and the pinned release makes one whenever two clients use a cache volume that an earlier run of the engine made (dagger issue 11795): calls
// that run side by side then fail with "failed to mount …: invalid argument". Its function that asks the kernel is therefore told to say no.
const (
	patchedModule = "github.com/dagger/dagger"
	patchedFile   = "engine/server/snapshotter.go"
	patchFrom     = "\treturn overlayVolatileOK\n"
	patchTo       = "\treturn false\n"
)

// patch writes the changed source file into the cache folder and returns the file that the go command's -overlay flag takes. The module cache
// stays as it was downloaded and verified.
func (e *Engine) patch(ctx context.Context, pins string) (string, error) {
	module, err := e.goTool(ctx, pins, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", patchedModule)
	if err != nil {
		return "", err
	}
	original := filepath.Join(strings.TrimSpace(module), filepath.FromSlash(patchedFile))
	raw, err := os.ReadFile(original)
	if err != nil {
		return "", fmt.Errorf("changing the engine's source: %w", err)
	}
	changed, err := patched(string(raw))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(e.cache, "patch")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	replacement, overlay := filepath.Join(dir, filepath.Base(patchedFile)), filepath.Join(dir, "overlay.json")
	index, err := json.Marshal(map[string]map[string]string{"Replace": {original: replacement}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(replacement, []byte(changed), 0o644); err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, index, 0o644)
}

// patched is the source file with the one change. A release that does not have the place, or has it twice, needs another look.
func patched(source string) (string, error) {
	if n := strings.Count(source, patchFrom); n != 1 {
		return "", fmt.Errorf("changing %s of %s: got %d places that read %q, want 1; see whether this release still needs the change", patchedFile, patchedModule, n, strings.TrimSpace(patchFrom))
	}
	return strings.Replace(source, patchFrom, patchTo, 1), nil
}
