package gomod

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
)

const (
	dbName    = "sum.example.test"
	server    = "github.com/acme/server"
	toolchain = "1.25.14"
)

// peer is a module cache with its lock, a checksum database that knows the modules, and a module proxy in front of it.
type peer struct {
	t        testing.TB
	dir      string
	signer   string
	verifier string
	lines    map[string]string // by PATH@VERSION: what the database logs
	log      *sumdb.TestServer
	address  string
	env      map[string]string
	before   func(w http.ResponseWriter, r *http.Request) bool // answers instead of the database; nil does not
	requests chan string
}

// newPeer has the server's module, n modules it depends on, and a toolchain.
func newPeer(t testing.TB, n int) *peer {
	t.Helper()
	p := &peer{t: t, dir: t.TempDir(), lines: map[string]string{}, requests: make(chan string, 10000)}
	var err error
	if p.signer, p.verifier, err = note.GenerateKey(nil, dbName); err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("// dockyard: {\"before\":\"2026-01-01T00:00:00Z\",\"package\":%q}\nmodule lock\n\ngo 1.25.0\n\ntoolchain go%s\n\ntool %s\n\nrequire %s v1.0.0\n\nrequire (\n",
		server+"/cmd/server", toolchain, server+"/cmd/server", server)
	p.module(server, "v1.0.0")
	for i := range n {
		path := fmt.Sprintf("example.test/Dep%03d", i)
		p.module(path, "v1.0.0")
		mod += fmt.Sprintf("\t%s v1.0.0 // indirect\n", path)
	}
	path, version, _ := strings.Cut(golock.ToolchainID(toolchain, "amd64"), "@")
	p.module(path, version)
	p.write("go.mod", mod+")\n")
	p.log = p.database(p.lines)
	s := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(s.Close)
	p.address = s.URL
	p.env = map[string]string{"GOPROXY": s.URL, "GOSUMDB": p.verifier}
	p.lock()
	return p
}

func (p *peer) write(name, content string) {
	p.t.Helper()
	name = filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) cached(path string) cached {
	c, err := inCache(filepath.Join(p.dir, "modules"), path, "v1.0.0")
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// module puts one into the cache and its lines into the log.
func (p *peer) module(path, version string) {
	p.t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"go.mod", "main.go"} {
		w, err := z.Create(path + "@" + version + "/" + name)
		if err != nil {
			p.t.Fatal(err)
		}
		fmt.Fprintf(w, "module %s\n", path)
	}
	if err := z.Close(); err != nil {
		p.t.Fatal(err)
	}
	c, err := inCache("modules", path, version)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(c.zip, b.String())
	p.write(c.mod, "module "+path+"\n")
	c, _ = inCache(filepath.Join(p.dir, "modules"), path, version)
	sum, err := c.hash()
	if err != nil {
		p.t.Fatal(err)
	}
	modSum, err := c.hashMod()
	if err != nil {
		p.t.Fatal(err)
	}
	p.lines[path+"@"+version] = fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", path, version, sum, path, version, modSum)
}

// lock writes go.sum with what is in the log now.
func (p *peer) lock() {
	var sums strings.Builder
	for _, id := range slices.Sorted(maps.Keys(p.lines)) {
		sums.WriteString(p.lines[id])
	}
	p.write("go.sum", sums.String())
}

// database is a log with all the lines in it.
func (p *peer) database(lines map[string]string) *sumdb.TestServer {
	p.t.Helper()
	s := sumdb.NewTestServer(p.signer, func(path, version string) ([]byte, error) {
		if l, ok := lines[path+"@"+version]; ok {
			return []byte(l), nil
		}
		return nil, fs.ErrNotExist
	})
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		path, version, _ := strings.Cut(id, "@")
		if _, err := s.Lookup(context.Background(), module.Version{Path: path, Version: version}); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

func (p *peer) serve(w http.ResponseWriter, r *http.Request) {
	p.requests <- r.URL.Path
	if p.before != nil && p.before(w, r) {
		return
	}
	if r.URL.Path == "/sumdb/"+dbName+"/supported" {
		return
	}
	respond(p.log, w, r)
}

// respond is what a log says. The library's test server panics when it is asked for a tile that is not full yet; that is a 404.
func respond(log *sumdb.TestServer, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			w.WriteHeader(http.StatusNotFound)
		}
	}()
	http.StripPrefix("/sumdb/"+dbName, sumdb.NewServer(log)).ServeHTTP(w, r)
}

func (p *peer) options() Options {
	p.t.Helper()
	raw, err := json.Marshal(p.env)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("goenv.json", string(raw))
	at := func(name string) string { return filepath.Join(p.dir, name) }
	return Options{Mod: at("go.mod"), Sum: at("go.sum"), Modules: at("modules"), GoEnv: at("goenv.json"), Package: server + "/cmd/server", Version: "v1.0.0",
		Fetch: fetch.Options{Attempts: 1}}
}

func (p *peer) run(change func(*Options)) provenance.Result {
	p.t.Helper()
	o := p.options()
	if change != nil {
		change(&o)
	}
	r, err := Run(context.Background(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// find returns the verdict on the module whose path ends so.
func find(t testing.TB, r provenance.Result, suffix string) provenance.Verdict {
	t.Helper()
	for _, v := range append([]provenance.Verdict{r.Subject}, r.Dependencies...) {
		if strings.HasSuffix(v.Package, suffix) {
			return v
		}
	}
	t.Fatalf("no verdict on %q", suffix)
	return provenance.Verdict{}
}
