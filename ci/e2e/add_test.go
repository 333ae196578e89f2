package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestAdd adds a package of each ecosystem, whose specs and locks must be in order as they come.
func TestAdd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ref, name, version, source string }{
		{"npm:@modelcontextprotocol/server-memory", "memory", "2026.8.31", "https://github.com/modelcontextprotocol/servers"},
		{"pypi:mcp-server-time@2025.9.25", "old-time", "2025.9.25", ""}, // its wheel names no repository
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			co := here(t).catalogue(t)
			removeAll(t, filepath.Join(co.dir, "servers"))
			co.call(t, "--auto-apply", "add", "--package="+c.ref, "--name="+c.name, "--before=2026-11-17")
			spec := co.read(t, "servers/"+c.name+"/spec.yaml")
			wanted := []string{"name: " + c.name + "\n", "version: " + c.version + "\n", "description: "}
			if c.source != "" {
				wanted = append(wanted, "repository_uri: "+c.source+"\n")
			}
			for _, want := range wanted {
				if !strings.Contains(spec, want) {
					t.Errorf("spec: got\n%s\nwant %q in it", spec, want)
				}
			}
			co.call(t, "validate", "assert")
			co.refused(t, []string{"add", "--package=" + c.ref, "--name=" + c.name}, "the catalogue has a server of that name")
		})
	}
}

// TestUpdate takes a server back to an older release and expects the newer one to be proposed, explained and written.
func TestUpdate(t *testing.T) {
	t.Parallel()
	const spec = "servers/sequential-thinking/spec.yaml"
	c := here(t).catalogue(t)
	c.edit(t, spec, "version: 2026.8.31", "version: 2026.7.4 # reviewed")
	c.call(t, "--auto-apply", "lock", "--server=sequential-thinking", "--before=2026-08-01")
	told := c.call(t, "updates", "--server=sequential-thinking", "--before=2026-11-17", "summary")
	for _, want := range []string{"2026.7.4 to 2026.8.31", "dependencies moved", "update: PASSED: 1 passed"} {
		if !strings.Contains(told, want) {
			t.Errorf("updates: got\n%s\nwant %q in it", told, want)
		}
	}
	c.call(t, "--auto-apply", "update", "--server=sequential-thinking", "--before=2026-11-17")
	if got := c.read(t, spec); !strings.Contains(got, "version: 2026.8.31 # reviewed\n") {
		t.Errorf("spec: got\n%s\nwant the newer version and the comment", got)
	}
	c.call(t, "validate", "assert")
}
