package npm_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dagger/dockyard/pipeline/stage/npm"
)

// guarded is a registry that wants a token and remembers what it was sent.
type guarded struct {
	*httptest.Server
	mu    sync.Mutex
	sent  map[string]bool // values of Authorization
	asked []string
}

func newGuarded(t *testing.T, r *registry, token string) *guarded {
	g := &guarded{sent: map[string]bool{}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g.mu.Lock()
		g.sent[req.Header.Get("Authorization")] = true
		g.asked = append(g.asked, req.URL.Path)
		g.mu.Unlock()
		if req.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *guarded) host() string { return strings.TrimPrefix(g.URL, "http://") }

// TestFetchScoped: the packages of a scope come from its registry and all others from the main one; each is sent the credentials of its own host
// alone, also when there are none for it.
func TestFetchScoped(t *testing.T) {
	for name, c := range map[string]struct {
		line string // credentials for the scope's registry
		want string
	}{
		"each its own":            {"_authToken=of-acme", ""},
		"the main one's for both": {"_authToken=of-main", "401"},
		"none for the scope":      {"", "401"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t).server()
			r.add("node_modules/@acme/tool", "@acme/tool", nil, manifest("@acme/tool", ""))
			r.entries["node_modules/server"].(map[string]any)["dependencies"] = map[string]string{"@acme/tool": "1.0.0"}
			main, acme := newGuarded(t, r, "of-main"), newGuarded(t, r, "of-acme")
			dir := t.TempDir()
			text := "//" + main.host() + "/:_authToken=of-main\n"
			if c.line != "" {
				text += "//" + acme.host() + "/:" + c.line + "\n"
			}
			if err := os.WriteFile(filepath.Join(dir, "npmrc"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			err := npm.FetchCommand([]string{"--lock=" + r.lock(dir), "--registry=" + main.URL, "--scope-registry=@acme=" + acme.URL + "/", "--platform=linux/amd64",
				"--out=" + filepath.Join(dir, "out"), "--npmrc=" + filepath.Join(dir, "npmrc")}, &stderr)
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "@acme/tool")) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if main.sent["Bearer of-acme"] || acme.sent["Bearer of-main"] != (c.line == "_authToken=of-main") {
				t.Errorf("credentials went to another host: the main registry got %v, the scope's %v", main.sent, acme.sent)
			}
			if strings.Contains(strings.Join(main.asked, " "), "@acme") || strings.Contains(strings.Join(acme.asked, " "), "/server") {
				t.Errorf("the main registry was asked for %q, the scope's for %q", main.asked, acme.asked)
			}
		})
	}
}
