package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
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

// patch makes a copy of the release's module with the one change and returns the file for the go command's -modfile flag that puts it in the
// module's place. The copy is of hard links: the module cache stays as it was downloaded and verified.
func (e *Engine) patch(ctx context.Context, pins string) (string, error) {
	module, err := e.moduleDir(ctx, pins, patchedModule)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(e.cache, "patch")
	changed := filepath.Join(dir, "module")
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := linkTree(module, changed); err != nil {
		return "", fmt.Errorf("copying the engine's source: %w", err)
	}
	file := filepath.Join(changed, filepath.FromSlash(patchedFile))
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("changing the engine's source: %w", err)
	}
	source, err := patched(string(raw))
	if err != nil {
		return "", err
	}
	// Writing to a linked file would change the module cache.
	if err := os.Remove(file); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		return "", err
	}
	return modfile(pins, dir, changed)
}

// moduleDir is the folder of a pinned module in the module cache, downloaded and verified when it was not there.
func (e *Engine) moduleDir(ctx context.Context, pins, module string) (string, error) {
	out, err := e.goTool(ctx, pins, "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var m struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &m); err != nil || m.Dir == "" {
		return "", fmt.Errorf("looking for the module %s: got %q (%v), want its folder", module, out, err)
	}
	return m.Dir, nil
}

// linkTree makes a folder like another, with hard links to its files. Both are in the cache folder, thus on one file system.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(name, filepath.Join(to, rel))
	})
}

// modfile writes go.mod and go.sum of the pins into dir, with a folder in the place of the changed module.
func modfile(pins, dir, folder string) (string, error) {
	for _, name := range []string{"go.mod", "go.sum"} {
		raw, err := os.ReadFile(filepath.Join(pins, name))
		if err != nil {
			return "", err
		}
		if name == "go.mod" {
			raw = fmt.Appendf(raw, "\nreplace %s => %q\n", patchedModule, folder)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "go.mod"), nil
}

// patched is the source file with the one change. A release that does not have the place, or has it twice, needs another look.
func patched(source string) (string, error) {
	if n := strings.Count(source, patchFrom); n != 1 {
		return "", fmt.Errorf("changing %s of %s: got %d places that read %q, want 1; see whether this release still needs the change", patchedFile, patchedModule, n, strings.TrimSpace(patchFrom))
	}
	return strings.Replace(source, patchFrom, patchTo, 1), nil
}
