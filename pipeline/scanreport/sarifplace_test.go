package scanreport

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/surface"
)

// TestSARIFPlace expects findings at the line of the lock that shows their text, and at the spec where no lock does.
func TestSARIFPlace(t *testing.T) {
	lock, err := surface.EncodeLock(&surface.Surface{SchemaVersion: 1, Source: surface.SourceRunning, Tools: []json.RawMessage{
		[]byte(`{"name":"a","description":"first"}`), []byte(`{"name":"read_note","description":"second"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for n, line := range strings.Split(string(lock), "\n") {
		if strings.Contains(line, `"second"`) {
			want = n + 1
		}
	}
	tree := fstest.MapFS{"notes/surface.lock.json": {Data: lock}}
	f := finding.Finding{Kind: "tool", Item: "read_note", Field: "description"}
	v := gate.Verdict{Server: "notes"}
	v.Coverage.Pinned = true
	unpinned, other := v, v
	unpinned.Coverage.Pinned, other.Server = false, "other"
	for _, c := range []struct {
		name string
		s    sarif
		v    gate.Verdict
		item string
		file string
		line int
	}{
		{"pinned", sarif{locks: locks(tree)}, v, "read_note", "surface.lock.json", want},
		{"new tool", sarif{locks: locks(tree)}, v, "write_note", "spec.yaml", 1},
		{"not pinned", sarif{locks: locks(tree)}, unpinned, "read_note", "spec.yaml", 1},
		{"lock of another server", sarif{locks: locks(tree)}, other, "read_note", "spec.yaml", 1},
		{"no catalogue", sarif{locks: locks(nil)}, v, "read_note", "spec.yaml", 1},
	} {
		f.Item = c.item
		if file, line := c.s.place(c.v, f); file != c.file || line != c.line {
			t.Errorf("%s: got %s:%d, want %s:%d", c.name, file, line, c.file, c.line)
		}
	}
}
