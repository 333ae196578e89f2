package npm_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"dagger/dockyard/pipeline/stage/npm"
)

const token = "very-secret-token"

// TestFetchWithCredentials: a registry that wants a token gets it, and a host that the registry redirects to does not.
func TestFetchWithCredentials(t *testing.T) {
	r := newRegistry(t).server()
	var leaked atomic.Bool
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		leaked.Store(leaked.Load() || req.Header.Get("Authorization") != "")
		r.ServeHTTP(w, req)
	}))
	defer store.Close()
	private := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, req, store.URL+strings.TrimPrefix(req.URL.Path, "/private"), http.StatusFound)
	}))
	defer private.Close()

	for name, c := range map[string]struct{ npmrc, want string }{
		"right token": {"//" + strings.TrimPrefix(private.URL, "http://") + "/private/:_authToken=" + token, ""},
		"wrong path":  {"//" + strings.TrimPrefix(private.URL, "http://") + "/other/:_authToken=" + token, "401"},
		"wrong token": {"//" + strings.TrimPrefix(private.URL, "http://") + "/private/:_authToken=x" + token, "401"},
		"none":        {"", "401"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			npmrc := filepath.Join(dir, "npmrc")
			if err := os.WriteFile(npmrc, []byte(c.npmrc), 0o600); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			err := npm.FetchCommand([]string{"--lock=" + r.lock(dir), "--registry=" + private.URL + "/private/", "--platform=linux/amd64",
				"--out=" + filepath.Join(dir, "out"), "--npmrc=" + npmrc}, &stderr)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error()+stderr.String(), token) {
				t.Errorf("the token is in the message: %v", err)
			}
		})
	}
	if leaked.Load() {
		t.Error("the token went to the host of the redirect")
	}
}
