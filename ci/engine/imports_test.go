package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestStandardLibraryOnly keeps the bootstrap small: it is compiled before anything else is there, and the root module, which it belongs to,
// must not grow for its sake. Of the project's own packages it takes one, which has no imports of its own.
func TestStandardLibraryOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		if !strings.HasPrefix(pkg, "dagger/dockyard/ci/engine") && pkg != "dagger/dockyard/pipeline/aptsource" {
			t.Errorf("imports %q, want the standard library only", pkg)
		}
	}
}
