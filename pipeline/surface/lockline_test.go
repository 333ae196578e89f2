package surface

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLockLine(t *testing.T) {
	s := full()
	s.Tools = append(s.Tools, json.RawMessage(`{"name":"with \"quotes\"","description":"In\nlines.","inputSchema":{"properties":{"description":{"type":"string"}}}}`))
	lock, err := EncodeLock(s)
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{"nothing"}, strings.Split(string(lock), "\n")...)
	for _, c := range []struct{ kind, name, field, want string }{
		{"tool", `with "quotes"`, "description", `      "description": "In\nlines.",`},
		{"tool", `with "quotes"`, "inputSchema.properties.description", `      "inputSchema": {`},
		{"tool", `with "quotes"`, "annotations.title", `    {`},
		{"tool", `with "quotes"`, "", `    {`},
		{"tool", "read", "name", `      "name": "read",`},
		{"tool", "gone", "name", "nothing"},
		{"prompt", "read", "name", "nothing"},
		{"folder", "read", "name", "nothing"},
		{"server", "notes", "instructions", `  "instructions": `},
		{"server", "", "serverInfo.name", `  "server": {`},
		{"server", "", "", "nothing"},
	} {
		n := LockLine(lock, c.kind, c.name, c.field)
		if got := lines[n]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %s: got line %d %q, want %q", c.kind, c.name, c.field, n, got, c.want)
		}
	}
	for _, odd := range []string{"", "{}", `{"tools":[{"name":"read"}]}`, "  \"tools\": [\n    {\n      \"name\": 1"} {
		if n := LockLine([]byte(odd), "tool", "read", "name"); n != 0 {
			t.Errorf("%q: got line %d, want 0", odd, n)
		}
	}
}
