package registry

import (
	"io"
	"net"
	"net/http"
	"testing"
)

func TestServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(l, "127.0.0.1", Options{Tokens: map[string]bool{"token": true}, Users: map[string]string{"user": "password"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Put("/a", File{Body: []byte("fixed")})
	s.Handle("/b/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Path+r.Header.Get("Authorization"))
	}))
	for _, c := range []struct {
		path   string
		auth   func(*http.Request)
		status int
		body   string
	}{
		{"/a", func(r *http.Request) {}, 401, ""},
		{"/a", func(r *http.Request) { r.SetBasicAuth("user", "other") }, 401, ""},
		{"/a", func(r *http.Request) { r.SetBasicAuth("nobody", "") }, 401, ""},
		{"/a", func(r *http.Request) { r.Header.Set("Authorization", "Bearer other") }, 401, ""},
		{"/a", func(r *http.Request) { r.SetBasicAuth("user", "password") }, 200, "fixed"},
		{"/b/c", func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }, 200, "/c"},
		{"/none", func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }, 404, ""},
	} {
		req, err := http.NewRequest("GET", s.URL(c.path), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.auth(req)
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || c.body != "" && string(body) != c.body {
			t.Errorf("%s: got %d %q, want %d %q", c.path, resp.StatusCode, body, c.status, c.body)
		}
	}
	if got := len(s.Requests()); got != 7 {
		t.Errorf("got %d requests, want 7", got)
	}
}
