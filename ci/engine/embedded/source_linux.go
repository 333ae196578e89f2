package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// sourceDir is ci/engine of the checkout this program was built from. The pins lie in nested modules, which go:embed cannot reach.
func sourceDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if ok && filepath.IsAbs(file) {
		dir := filepath.Dir(filepath.Dir(file))
		if _, err := os.Stat(filepath.Join(dir, "dagger", "go.sum")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("finding the pins of the engine: got %q, want ci/engine of a checkout; build this program there, without -trimpath", file)
}

// pinned returns the contents of files below ci/engine, as inputs of a key. A file that is missing counts as empty: the build that needs it
// will say so.
func pinned(names ...string) []string {
	dir, err := sourceDir()
	if err != nil {
		return nil
	}
	out := make([]string, len(names))
	for i, n := range names {
		raw, _ := os.ReadFile(filepath.Join(dir, n))
		out[i] = string(raw)
	}
	return out
}
