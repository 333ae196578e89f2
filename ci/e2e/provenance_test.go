package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
)

// TestProvenance verifies the packages of one server of each protocol. What the registry signed differs between registries and mirrors, so only what
// holds for all of them is expected.
func TestProvenance(t *testing.T) {
	t.Parallel()
	c := here(t)
	for server, ecosystem := range map[string]string{"sequential-thinking": "npm", "time": "pypi", "filesystem-go": "go"} {
		var report struct {
			Status   string
			Subjects []struct{ Data provenance.Result }
		}
		raw := c.call(t, "provenance", "--server="+server, "json")
		if err := json.Unmarshal([]byte(raw), &report); err != nil || len(report.Subjects) != 1 {
			t.Errorf("%s: %v\n%s", server, err, raw)
			continue
		}
		r := report.Subjects[0].Data
		if r.Ecosystem != ecosystem || len(r.Dependencies) == 0 || len(r.Subject.Files) == 0 || len(r.Subject.Checks) == 0 {
			t.Errorf("%s: got %s with %d dependencies, %d files and %d checks of the server's own package, want %s and some of each",
				server, r.Ecosystem, len(r.Dependencies), len(r.Subject.Files), len(r.Subject.Checks), ecosystem)
		}
		for _, s := range []provenance.Status{provenance.Mismatch, provenance.Invalid, provenance.Unreachable} {
			if r.Counts[s] > 0 {
				t.Errorf("%s: %d packages are %s", server, r.Counts[s], s)
			}
		}
	}
}

// TestProvenanceGate expects what is not so of packages, and that nothing is built then.
func TestProvenanceGate(t *testing.T) {
	for _, c := range []struct {
		name, server, from, to string
		want                   []string
	}{
		{
			name: "another publisher", server: "sequential-thinking", from: "  repository_uri: https://github.com/modelcontextprotocol/servers",
			to: `  repository_uri: https://github.com/example/other
  attestations:
    available: true
    verified: true
    publisher: {kind: GitHub, repository: example/other, workflow: release.yml}`,
			want: []string{"provenance", "npm:@modelcontextprotocol/server-sequential-thinking@"},
		},
		{
			name: "another repository", server: "filesystem-go", from: "repository_uri: https://github.com/mark3labs/mcp-filesystem-server",
			to:   "repository_uri: https://github.com/example/other",
			want: []string{"go:github.com/mark3labs/mcp-filesystem-server@", "MISMATCH", "example/other"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			copy := here(t).catalogue(t)
			copy.edit(t, "servers/"+c.server+"/spec.yaml", c.from, c.to)
			copy.refused(t, []string{"build", "--server=" + c.server, "digest"}, c.want...)
		})
	}
	t.Run("offline", func(t *testing.T) {
		got := here(t).call(t, "--offline", "build", "--server=sequential-thinking", "summary")
		for _, want := range []string{"provenance  UNREACHABLE", "was not looked at, because the build is offline"} {
			if !strings.Contains(got, want) {
				t.Errorf("summary: got\n%s\nwant %q in it", got, want)
			}
		}
	})
}
