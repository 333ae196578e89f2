package capture

import (
	"context"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"dagger/dockyard/pipeline/surface"
)

// official is a server of the official SDK that speaks some versions of the protocol, newest first; nil for all it knows.
func official(t *testing.T, versions []string) *session {
	t.Helper()
	s := mcp.NewServer(&mcp.Implementation{Name: "official", Version: "1"}, &mcp.ServerOptions{Instructions: "read me", PageSize: 2, SupportedProtocolVersions: versions})
	type in struct {
		Query string `json:"query" jsonschema:"what to find"`
	}
	for _, name := range []string{"c", "a", "b"} {
		mcp.AddTool(s, &mcp.Tool{Name: name, Description: "does " + name}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{}, nil, nil
		})
	}
	s.AddPrompt(&mcp.Prompt{Name: "p"}, func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) { return nil, nil })
	s.AddResource(&mcp.Resource{URI: "mem://r", Name: "r"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) { return nil, nil })
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "mem://{x}", Name: "t"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) { return nil, nil })
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go s.Run(ctx, &mcp.IOTransport{Reader: inR, Writer: outW})
	return connect(t, inW, outR)
}

// TestOfficial reads servers of the official SDK, of every version of the protocol and in both ways of opening, and expects one surface.
func TestOfficial(t *testing.T) {
	newest := func(s *session) (hello, error) { return s.greetNewest(quick.Start) }
	for _, c := range []struct {
		what     string
		versions []string
		greet    func(*session) (hello, error)
		want     string
	}{
		{"handshake", nil, (*session).greet, "2025-11-25"},
		{"newest", nil, newest, "2026-07-28"},
		{"old server, handshake", []string{"2025-06-18"}, (*session).greet, "2025-06-18"},
		{"old server, newest", []string{"2024-11-05"}, newest, "2024-11-05"},
		{"stateless only", []string{"2026-07-28"}, newest, "2026-07-28"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := official(t, c.versions)
			h, err := c.greet(s)
			if err != nil {
				t.Fatal(err)
			}
			if h.version != c.want || h.server.Name != "official" || h.instructions != "read me" {
				t.Errorf("got version %q, server %+v, instructions %q", h.version, h.server, h.instructions)
			}
			l, err := s.lists(h)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.use(l); err != nil {
				t.Error(err)
			}
			first := official(t, nil)
			fh, err := first.greet()
			if err != nil {
				t.Fatal(err)
			}
			want, err := first.lists(fh)
			if err != nil {
				t.Fatal(err)
			}
			if d := compare(surface.SecondStart, want, l); len(d) > 0 || len(l.items["tools"]) != 3 || l.pages["tools"] != 2 || len(l.items) != 4 {
				t.Errorf("got %v, pages %v, differences %v", l.items, l.pages, d)
			}
			if w := s.warnings(); w != nil {
				t.Errorf("warnings: %q", w)
			}
		})
	}
}
