package catalogue

import (
	"os"
	"strings"
	"testing"
)

// TestPeer loads a whole repository in the layout PROTOCOL/NAME with every field and every laxity that such catalogues have: each server is there,
// and what is unusual about it is a warning.
func TestPeer(t *testing.T) {
	c, problems := Load(os.DirFS("testdata/peer"), Options{Label: "servers"})
	if blocking := problems.Blocking(); len(blocking) > 0 {
		t.Errorf("got blocking problems %v", blocking)
	}
	var text strings.Builder
	for _, p := range problems {
		text.WriteString(p.String() + "\n")
	}
	golden(t, "testdata/peer.txt", text.String())
	golden(t, "testdata/peer-list.txt", c.List(0))
	for _, name := range []string{"context7", "npx/heroku-mcp-server", "pagerduty-mcp", "go/netbird"} {
		s, err := c.Find(name)
		if err != nil {
			t.Errorf("Find(%q): %v", name, err)
			continue
		}
		if want := "r/p/" + s.Dir; s.Spec.ImageName("r/p") != want {
			t.Errorf("image name: got %s, want %s", s.Spec.ImageName("r/p"), want)
		}
	}
	if _, err := c.Find("pagerduty"); err == nil {
		t.Error("found a server by the name in its spec, want by its folder")
	}
}
