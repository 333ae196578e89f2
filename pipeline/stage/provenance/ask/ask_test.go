package ask_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/ask"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

var client = ask.Client{Registry: "the npm registry", Setting: "registry", Credentials: "--npmrc", Files: "an npmrc file"}

// TestGone: a registry that does not answer four questions in a row is asked no more; an answer in between begins the count anew.
func TestGone(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Path != "/good" {
			w.WriteHeader(503)
		}
	}))
	defer s.Close()
	r := ask.New(fetch.Options{Attempts: 1})
	for i, c := range []struct {
		path string
		want error
	}{
		{"/bad", fetch.ErrUnavailable}, {"/bad", fetch.ErrUnavailable}, {"/bad", fetch.ErrUnavailable}, {"/good", nil},
		{"/bad", fetch.ErrUnavailable}, {"/bad", fetch.ErrUnavailable}, {"/bad", fetch.ErrUnavailable}, {"/bad", fetch.ErrUnavailable}, {"/good", ask.ErrGone},
	} {
		if _, err := r.Get(t.Context(), s.URL+c.path, 10, ""); !errors.Is(err, c.want) {
			t.Errorf("question %d: got %v, want %v", i, err, c.want)
		}
	}
	if asked != 8 {
		t.Errorf("got %d requests, want 8", asked)
	}
}

// TestReport expects a true verdict on each kind of failure.
func TestReport(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want provenance.Status
		code string
	}{
		"unreadable": {ask.Malformed(errors.New("x")), provenance.Invalid, "MALFORMED"},
		"too large":  {fetch.ErrLimit, provenance.Invalid, "LIMIT"},
		"refused":    {fetch.ErrRefused, provenance.Unreachable, "REFUSED"},
		"no answer":  {fetch.ErrUnavailable, provenance.Unreachable, "UNREACHABLE"},
		"given up":   {ask.ErrGone, provenance.Unreachable, "UNREACHABLE"},
	} {
		d := verdict.New("npm", "a", "1.0.0")
		client.Report(d, "check", c.err)
		if v := d.Verdict(); v.Status != c.want || len(v.Reasons) != 1 || v.Reasons[0].Code != c.code {
			t.Errorf("%s: got %s %+v, want %s %s", name, v.Status, v.Reasons, c.want, c.code)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, bad := range []string{"", "host", "ftp://host/", "https://me:hunter2@host/", "https://host/?hunter2", "https://host/#hunter2", "https://hunter2 host/"} {
		if _, err := client.Address(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want an error that does not repeat it", bad, err)
		}
	}
	if u, err := client.Address("https://host/npm"); err != nil || u.Path != "/npm" {
		t.Errorf("got %v, %v", u, err)
	}
}
