package e2e

import (
	"encoding/json"
	"testing"

	"dagger/dockyard/pipeline/surface"
)

// TestSurface captures every server of the catalogue from its image, and expects that each ran there.
func TestSurface(t *testing.T) {
	c := here(t)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			var got surface.Surface
			raw := c.call(t, "build", "--server="+s.name, "surface", "contents")
			if err := json.Unmarshal([]byte(raw), &got); err != nil {
				t.Fatalf("%v\n%s", err, raw)
			}
			if got.Source != surface.SourceRunning || got.Server.Name == "" || got.ProtocolVersion == "" {
				t.Errorf("got the source %q, server %+v, version %q; want a server that ran", got.Source, got.Server, got.ProtocolVersion)
			}
			for _, item := range got.Tools {
				var tool struct{ Name string }
				if json.Unmarshal(item, &tool) == nil && tool.Name == s.tool {
					return
				}
			}
			t.Errorf("tools: got %s, want %q among them", got.Tools, s.tool)
		})
	}
}
