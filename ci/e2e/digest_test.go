package e2e

import (
	"strings"
	"testing"
)

// TestSameDigestOnTwoEngines builds a server of each protocol on a second engine, which starts with no state at all, from a copy of the project in
// another folder, and compares. Nothing is shared but the registries and the Debian archive.
func TestSameDigestOnTwoEngines(t *testing.T) {
	needRoot(t)
	first := here(t)
	second := first.clone(t, "e2e-second")
	t.Cleanup(func() { second.purge(t) })
	second.purge(t)
	for _, server := range []string{"context7", "time"} {
		want := first.call(t, "build", "--server="+server, "digest")
		if got := second.call(t, "build", "--server="+server, "digest"); got != want {
			t.Errorf("%s: got %s on the second engine, %s on the first", server, got, want)
		}
	}
}

// TestLabelRebuildsNoDependencyLayer changes a description and expects another image made of the same layers.
func TestLabelRebuildsNoDependencyLayer(t *testing.T) {
	t.Parallel()
	c := here(t).catalogue(t)
	before, old := exported(t, c, "sequential-thinking")
	c.edit(t, "servers/sequential-thinking/spec.yaml", "description: ", "description: Changed. ")
	r := c.run(t, "", "ci/dagger", "--progress=plain", "call", "build", "--server=sequential-thinking", "digest")
	if r.err != nil {
		t.Fatalf("%v\n%s", r.err, last(r.stderr, 40))
	}
	if after := strings.TrimSpace(r.stdout); after == before {
		t.Error("the digest did not change with the label")
	}
	for _, stage := range []string{"stage base", "stage node", "stage npm-fetch", "stage npm-install"} {
		for _, line := range strings.Split(r.stderr, "\n") {
			if strings.Contains(line, "/usr/local/bin/"+stage) && strings.Contains(line, "DONE") && !strings.Contains(line, "CACHED") {
				t.Errorf("%s ran again: %s", stage, line)
			}
		}
	}
	_, changed := exported(t, c, "sequential-thinking")
	for _, arch := range []string{"amd64", "arm64"} {
		if got, want := layers(t, platform(t, changed, arch)), layers(t, platform(t, old, arch)); got != want {
			t.Errorf("layers for %s: got %s, want %s", arch, got, want)
		}
	}
}
