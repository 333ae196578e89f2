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

// patchedModule is the module whose source is changed before it is compiled.
const patchedModule = "github.com/dagger/dagger"

// A change replaces one place in a file of patchedModule.
type change struct{ file, from, to string }

// changes keep calls from failing for faults of the pinned release and of the runc that Debian has.
func changes() []change {
	return []change{
		// Snapshots are mounted with overlayfs's "volatile" option where the kernel knows it. The kernel refuses a second such mount of one
		// folder, and the release makes one whenever two clients use a cache volume that an earlier run of the engine made (dagger issue
		// 11795): "failed to mount …: invalid argument". The function that asks the kernel is told to say no.
		{"engine/server/snapshotter.go", "\treturn overlayVolatileOK\n", "\treturn false\n"},

		// The cache is pruned a second after each session's end, whatever other sessions do: one then finds "snapshot … does not exist", or
		// asks the wrong client for a folder that had been read before. It waits until no session is there, and a new one waits for it.
		{
			"engine/server/gc.go", "func (srv *Server) gc() {\n\tsrv.gcmu.Lock()\n\tdefer srv.gcmu.Unlock()\n",
			"func (srv *Server) gc() {\n\tsrv.gcmu.Lock()\n\tdefer srv.gcmu.Unlock()\n\tsrv.daggerSessionsMu.Lock()\n\tdefer srv.daggerSessionsMu.Unlock()\n\tif len(srv.daggerSessions) > 0 {\n\t\treturn\n\t}\n",
		},

		// Once in some ten thousand starts runc ends before it has made anything of the container: "waiting for init preliminary setup: read
		// init-p: connection reset by peer" (runc 1.1.15, whose first step copies its own program into memory and seals it). The step then
		// fails like a command that failed. With "--keep" runc knows every container whose first process ran, so one that it does not know
		// can be started again without doing anything twice, unless the first try may have read of the step's input. "--keep" also leaves
		// the failed start's empty folder, which makes runc refuse the name ("container with given ID already exists"), until
		// "delete --force" (runc's delete.go).
		{
			"engine/buildkit/executor_spec.go", runOnce, "\t\t\tfor again := 0; ; again++ {\n" + runOnce +
				"\t\t\t\tif err == nil || again == 3 || ctx.Err() != nil || state.procInfo.Stdin != nil {\n\t\t\t\t\treturn err\n\t\t\t\t}\n" +
				"\t\t\t\tif _, unknown := w.runc.State(ctx, state.id); unknown == nil || !strings.Contains(unknown.Error(), \"does not exist\") {\n\t\t\t\t\treturn err\n\t\t\t\t}\n" +
				"\t\t\t\tbklog.G(ctx).Warnf(\"container %s was not made, trying again: %v\", state.id, err)\n" +
				"\t\t\t\tif left := w.runc.Delete(ctx, state.id, &runc.DeleteOpts{Force: true}); left != nil {\n\t\t\t\t\treturn errors.Join(err, left)\n\t\t\t\t}\n" +
				"\t\t\t\tstarted = nil // closed; it told of the first try\n\t\t\t}\n",
		},
	}
}

// runOnce is where the release starts a container.
const runOnce = "\t\t\t_, err = w.runc.Run(ctx, state.id, bundle, &runc.CreateOpts{\n\t\t\t\tStarted:   started,\n\t\t\t\tIO:        io,\n\t\t\t\tExtraArgs: []string{\"--keep\"},\n\t\t\t})\n"

// patch makes a copy of the release's module with the changes and returns the file for the go command's -modfile flag that puts it in the
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
	for _, c := range changes() {
		if err := c.apply(changed); err != nil {
			return "", err
		}
	}
	return modfile(pins, dir, changed)
}

// apply changes the file below dir.
func (c change) apply(dir string) error {
	file := filepath.Join(dir, filepath.FromSlash(c.file))
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("changing the engine's source: %w", err)
	}
	source, err := c.patched(string(raw))
	if err != nil {
		return err
	}
	// Writing to a linked file would change the module cache.
	if err := os.Remove(file); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(source), 0o644)
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

// patched is the source file with the change. A release that does not have the place, or has it twice, needs another look.
func (c change) patched(source string) (string, error) {
	if n := strings.Count(source, c.from); n != 1 {
		return "", fmt.Errorf("changing %s of %s: got %d places that read %q, want 1; see whether this release still needs the change", c.file, patchedModule, n, strings.TrimSpace(c.from))
	}
	return strings.Replace(source, c.from, c.to, 1), nil
}
