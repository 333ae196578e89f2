package upstream

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/spec"
)

func TestParseRef(t *testing.T) {
	for s, want := range map[string]Ref{
		"npm:@upstash/context7-mcp":       {spec.NPX, "@upstash/context7-mcp", ""},
		"npm:@upstash/context7-mcp@4.1.1": {spec.NPX, "@upstash/context7-mcp", "4.1.1"},
		"npm:x@1.0.0":                     {spec.NPX, "x", "1.0.0"},
		"pypi:mcp-server-time[cli]":       {spec.UVX, "mcp-server-time[cli]", ""},
		"go:example.com/a/b@v1.0.0":       {spec.Go, "example.com/a/b", "v1.0.0"},
	} {
		if got, err := ParseRef(s); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "x", "npm:", "docker:x", "npm:x@", ":x", "npm"} {
		if got, err := ParseRef(s); err == nil {
			t.Errorf("%q: got %+v, want an error", s, got)
		}
	}
}

func TestServerName(t *testing.T) {
	for s, want := range map[string]string{
		"npm:@upstash/context7-mcp": "context7", "pypi:mcp-server-time": "time", "npm:@modelcontextprotocol/server-filesystem": "filesystem",
		"pypi:awslabs.aws-documentation-mcp-server": "aws-documentation", "npm:@playwright/mcp": "playwright", "pypi:arxiv_mcp_server": "arxiv",
		"go:github.com/github/github-mcp-server/cmd/github-mcp-server": "github", "go:github.com/grafana/mcp-grafana/v2": "grafana",
		"npm:mcp": "", "npm:@sentry/mcp-server": "sentry", "pypi:Foo.Bar_mcp[x]": "bar", "npm:mongodb-mcp-server": "mongodb",
	} {
		r, err := ParseRef(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := ServerName(r); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestRepositoryURI(t *testing.T) {
	for s, want := range map[string]string{
		"git+https://github.com/upstash/context7.git": "https://github.com/upstash/context7",
		"git+ssh://git@github.com/a/b.git":            "https://github.com/a/b",
		"git@gitlab.com:group/sub/b.git":              "https://gitlab.com/group/sub/b",
		"a/b":                                         "https://github.com/a/b",
		"gitlab:a/b":                                  "https://gitlab.com/a/b",
		"https://github.com/a/b/tree/main/packages/x#read": "https://github.com/a/b",
		"https://gitlab.com/g/s/b/-/tree/main":             "https://gitlab.com/g/s/b",
		"http://GitHub.com/a/b/":                           "https://github.com/a/b",
		"":                                                 "", "https://example.com": "", "javascript:alert(1)": "", "https://user:pw@github.com/a/b": "",
	} {
		if got := RepositoryURI(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestNPM(t *testing.T) {
	got, err := NPM([]byte(`{"name":"@a/b-mcp","version":"1.2.3","description":"Two\n lines\u001b[31m","repository":{"type":"git","url":"git+https://github.com/a/b.git"},
		"bin":{"b-mcp":"x.js","b":"y.js"},"license":"MIT","dist":{"attestations":{"url":"u","provenance":{"predicateType":"https://slsa.dev/provenance/v1"}}},
		"maintainers":["zoe <z@example.com>","amy <a@example.com>"],"scripts":{"postinstall":"node setup.js","test":"x"}}`))
	want := Release{
		Name: "@a/b-mcp", Version: "1.2.3", Description: "Two lines [31m", License: "MIT", Repository: "https://github.com/a/b", Executables: []string{"b", "b-mcp"},
		Publishers: []string{"amy", "zoe"}, Scripts: []string{"postinstall: node setup.js"}, Attested: true,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	got, err = NPM([]byte(`{"name":"b","version":"1.0.0","bin":"x.js","license":{"type":"ISC"},"deprecated":"use c","repository":"a/b","maintainers":[{"name":"zoe","email":"z"}]}`))
	want = Release{Name: "b", Version: "1.0.0", License: "ISC", Repository: "https://github.com/a/b", Executables: []string{"b"}, Publishers: []string{"zoe"}, Deprecated: "use c"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("older forms: got %+v, %v\nwant %+v", got, err, want)
	}
	for _, raw := range []string{"", "[]", `[{"name":"a","version":"1.0.0"},{"name":"a","version":"1.0.1"}]`, `{"error":{"code":"E404"}}`, `"1.0.0"`} {
		if _, err := NPM([]byte(raw)); !errors.Is(err, ErrPackage) {
			t.Errorf("%q: got %v, want ErrPackage", raw, err)
		}
	}
}

func TestNewestNPM(t *testing.T) {
	const history = `{"time":{"created":"2025-01-01T00:00:00Z","modified":"2026-11-20T00:00:00Z","1.9.0":"2026-10-01T00:00:00Z","1.10.0":"2026-10-02T00:00:00Z",
		"2.0.0-rc.1":"2026-10-03T00:00:00Z","2.0.0":"2026-11-20T00:00:00Z","3.0.0":"2026-09-01T00:00:00Z","1.11.0":"soon"},"dist-tags":{"latest":"2.0.0"}}`
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	for _, c := range []struct{ cutoff, current, want string }{
		{"2026-11-17", "", "1.10.0"}, {"2026-11-21", "", "2.0.0"}, {"2026-11-17", "1.10.0", "1.10.0"}, {"2026-11-17", "2.0.0-rc.1", "2.0.0-rc.1"}, {"2026-10-01", "1.0.0", "1.9.0"},
	} {
		if got, err := NewestNPM([]byte(history), day(c.cutoff), c.current); err != nil || got != c.want {
			t.Errorf("until %s from %q: got %q, %v, want %q", c.cutoff, c.current, got, err, c.want)
		}
	}
	if _, err := NewestNPM([]byte(history), day("2024-01-01"), ""); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), "2024-01-01") {
		t.Errorf("nothing old enough: got %v", err)
	}
	for _, raw := range []string{"", "{}", `{"time":{},"dist-tags":{"latest":"next"}}`} {
		if _, err := NewestNPM([]byte(raw), day("2026-11-17"), ""); !errors.Is(err, ErrPackage) {
			t.Errorf("%q: got %v, want ErrPackage", raw, err)
		}
	}
}

func TestSemverOrder(t *testing.T) {
	// The example of section 11.4 of Semantic Versioning 2.0.0, with some neighbours.
	order := []string{"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "2.0.0"}
	for i := range order {
		for j := range order {
			v, _ := parseSemver(order[i])
			w, _ := parseSemver(order[j])
			if got := v.compare(w); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s to %s: got %d", order[i], order[j], got)
			}
		}
	}
}

func FuzzNPM(f *testing.F) {
	f.Add([]byte(`{"name":"a","version":"1.0.0","bin":{},"repository":"x/y"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := NPM(raw)
		if err == nil && (r.Name == "" || len([]rune(r.Description)) > maxLine) {
			t.Errorf("got %+v", r)
		}
		_, _ = NewestNPM(raw, time.Unix(1e9, 0), "")
	})
}

func FuzzPyPI(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":1,"name":"a","version":"1.0","repository":"https://github.com/x/y","scripts":["a"]}`), "a==1.0 --hash=sha256:"+strings.Repeat("a", 64)+"\n")
	f.Fuzz(func(t *testing.T, facts []byte, resolved string) {
		r, err := PyPI(facts)
		if err == nil && (r.Name == "" || r.Version == "" || len([]rune(r.Description)) > maxLine) {
			t.Errorf("got %+v", r)
		}
		if p, err := ResolvedPyPI(resolved, "a"); err == nil && p.Name != "a" {
			t.Errorf("got %+v, want the package asked for", p)
		}
	})
}

// TestOversized: an answer beyond the bound is refused before it is read.
func TestOversized(t *testing.T) {
	raw := append([]byte(`{"name":"a","version":"1.0.0"}`), make([]byte, MaxAnswer)...)
	if _, err := NPM(raw); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("NPM: got %v", err)
	}
	if _, err := NewestNPM(raw, time.Unix(1e9, 0), ""); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("NewestNPM: got %v", err)
	}
}
