package gomod

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/fetch"
)

// TestDefaultKey compares the key with that of the go command's own source.
func TestDefaultKey(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go command")
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src/cmd/go/internal/modfetch/key.go"))
	if err != nil {
		t.Skipf("the source of the go command is absent: %v", err)
	}
	if !bytes.Contains(raw, []byte("+"+defaultKey+`"`)) {
		t.Errorf("the go command's source does not have the key %q", defaultKey)
	}
	name, err := exec.Command("go", "env", "-u=false", "GOSUMDB").Output()
	if err != nil {
		name, err = exec.Command("env", "-u", "GOSUMDB", "GOENV=off", "go", "env", "GOSUMDB").Output()
		must(t, err)
	}
	def := strings.TrimSpace(string(name))
	if def == "off" {
		t.Skip("GOSUMDB is off")
	}
	db, err := Env{SumDB: def}.database()
	if err != nil || db.base != "" || db.direct != "https://"+def {
		t.Errorf("got %+v, %v", db, err)
	}
	alias := strings.TrimSuffix(def, ".org") + ".google.cn"
	if db, err = (Env{SumDB: alias}).database(); err != nil || db.name != def || db.base != "https://"+alias {
		t.Errorf("alias: got %+v, %v", db, err)
	}
}

func TestDatabaseRefuses(t *testing.T) {
	for _, s := range []string{"", "other.test", "a b c", "other.test+00000000+AAAA", "off on", "x.google.cn"} {
		if db, err := (Env{SumDB: s}).database(); err == nil {
			t.Errorf("GOSUMDB=%q: got %+v, want an error", s, db)
		}
	}
}

func TestParseEnvRefuses(t *testing.T) {
	for _, s := range []string{"", "[]", "{}", `{"GOPROXY":"direct"}`, `{"GOPROXY":1,"GOSUMDB":"off"}`, strings.Repeat(" ", maxEnv+1)} {
		if e, err := ParseEnv([]byte(s)); err == nil {
			t.Errorf("%.20q: got %+v, want an error", s, e)
		}
	}
}

func TestBelongsTo(t *testing.T) {
	for _, c := range []struct {
		path, repository string
		want             Belonging
	}{
		{"github.com/a/b", "https://github.com/a/b", Belongs},
		{"github.com/a/b/v2", "https://github.com/a/b.git", Belongs},
		{"github.com/A/b/sub/dir", "git+https://github.com/a/B/", Belongs},
		{"github.com/a/bc", "https://github.com/a/b", Contradicts},
		{"github.com/a/b", "https://github.com/a/bc", Contradicts},
		{"github.com/a/b", "https://github.com/a", Contradicts},
		{"github.com/a/b", "https://example.test/a/b", Contradicts},
		{"github.com/a/b/c", "https://github.com/a/b/c", Contradicts},
		{"gitlab.com/a/b/c/d", "https://gitlab.com/a/b/c", Belongs},
		{"gitlab.com/a/b/c", "https://gitlab.com/a/x", Contradicts},
		{"gopkg.in/yaml.v3", "https://github.com/go-yaml/yaml", Belongs},
		{"gopkg.in/a/b.v1/sub", "https://github.com/a/b", Belongs},
		{"gopkg.in/yaml.v3", "https://github.com/yaml/go-yaml", Contradicts},
		{"example.test/a/b", "https://example.test/a/b", Belongs},
		{"example.test/a.git/b", "https://example.test/a.git", Belongs},
		{"example.test/a.git/b", "https://example.test/b", Contradicts},
		{"example.test/b", "https://example.test/a", Unknown},
		{"go.example.test/b", "https://github.com/a/b", Unknown},
		{"github.com/a/b", "nonsense", Unknown},
		{"github.com/a/b", "", Unknown},
	} {
		if got := BelongsTo(c.path, c.repository); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.path, c.repository, got, c.want)
		}
	}
}

func FuzzEnv(f *testing.F) {
	f.Add(`{"GOPROXY":"https://a.test|https://b.test,direct","GOSUMDB":"a.test+00000000+AAAA https://c.test","GOPRIVATE":"*.a.test"}`)
	f.Add(`{"GOPROXY":"off","GOSUMDB":"off"}`)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEnv([]byte(s))
		if err != nil {
			return
		}
		e.skips("example.test/a")
		if db, err := e.database(); err == nil && (db.name == "" || !strings.HasPrefix(db.key, db.name+"+")) {
			t.Errorf("got %+v", db)
		}
		if list, _, err := e.proxies(); err == nil {
			for _, p := range list {
				if !strings.Contains(p.address, ":/") {
					t.Errorf("got %+v", p)
				}
			}
		}
	})
}

func FuzzBelongsTo(f *testing.F) {
	f.Add("github.com/a/b/v2", "https://github.com/a/b")
	f.Add("gopkg.in/yaml.v3", "git+https://x.test/y.git")
	f.Fuzz(func(t *testing.T, path, repository string) {
		if BelongsTo(path, repository) == Belongs && path == "" {
			t.Error("an empty path belongs to a repository")
		}
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzAnswer gives a database's answers to lookups and for tiles: without its key nothing can be proven.
func FuzzAnswer(f *testing.F) {
	p := newPeer(f, 1)
	p.run(nil)
	env, err := ParseEnv([]byte(`{"GOPROXY":"http://a.test","GOSUMDB":"` + p.verifier + `"}`))
	must(f, err)
	db, err := env.database()
	must(f, err)
	f.Add([]byte("0\ngithub.com/acme/server v1.0.0 h1:x\n\ngo.sum database tree\n1\nAAAA\n\n— "+dbName+" AAAA\n"), []byte("x"))
	f.Fuzz(func(t *testing.T, record, tile []byte) {
		r := newRemote(t.Context(), env, db, fetch.Options{Attempts: 1, Transport: transport(func(q *http.Request) (*http.Response, error) {
			body := record
			if strings.Contains(q.URL.Path, "/tile/") {
				body = tile
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body)), Request: q, ContentLength: int64(len(body))}, nil
		})})
		if got, err := r.lookup(server, "v1.0.0"); err == nil {
			t.Errorf("got %+v", got)
		}
	})
}
