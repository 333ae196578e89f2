package scanreport

import (
	"strings"
	"testing"

	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/surface"
)

// TestStderr expects the error output of a server that did not run in the reports, bounded and harmless, and none of one that ran.
func TestStderr(t *testing.T) {
	c := surface.Capture{SchemaVersion: surface.CaptureVersion, Status: surface.NotScanned, Reason: surface.ReasonExited,
		Stderr: strings.Repeat("line\n", 50) + "```\n\x1b[2J last words " + strings.Repeat("x", 5000)}
	r := New([]gate.Verdict{gate.Judge(gate.Input{Server: "a", Capture: c})}, Options{})
	for name, got := range map[string]string{"summary": r.Summary(), "markdown": r.Markdown()} {
		if !strings.Contains(got, "standard error ends with") || !strings.Contains(got, "last words") || strings.Contains(got, "\x1b") {
			t.Errorf("%s: got\n%s", name, got)
		}
		if n := strings.Count(got, "line\n"); n > maxStderr || len(got) > 5000 {
			t.Errorf("%s: got %d lines and %d bytes, want it bounded", name, n, len(got))
		}
	}
	if md := r.Markdown(); !strings.Contains(md, "````text") {
		t.Errorf("a line of the server can end the block:\n%s", md)
	}
	c.Status, c.Reason, c.Surface = surface.Captured, "", &surface.Surface{SchemaVersion: 1, Source: surface.SourceRunning}
	if got := New([]gate.Verdict{gate.Judge(gate.Input{Server: "a", Capture: c})}, Options{}).Summary(); strings.Contains(got, "last words") {
		t.Errorf("of a server that ran: got\n%s", got)
	}
}
