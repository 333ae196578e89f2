package gomod

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"dagger/dockyard/pipeline/provenance"
)

func TestSigned(t *testing.T) {
	p := newPeer(t, 3)
	r := p.run(func(o *Options) { o.Repository = "acme/server" })
	if r.Counts[provenance.Signed] != 5 || r.Subject.Package != server || len(r.Dependencies) != 4 || !strings.HasPrefix(r.TrustedRoot, "sha256:") {
		t.Fatalf("got %+v", r)
	}
	s := r.Subject
	if s.LogIndex == nil || len(s.Files) != 1 || !strings.HasPrefix(s.Files[0].Digest, "h1:") || len(s.Checks) != 4 {
		t.Errorf("got %+v", s)
	}
	for _, c := range s.Checks {
		if c.Outcome != provenance.Passed {
			t.Errorf("got %+v, want passed", c)
		}
	}
}

// lookups answers lookups of the module whose path ends so, in the escaped form.
func lookups(suffix string, instead http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/lookup/") || !strings.Contains(r.URL.Path, suffix) {
			return false
		}
		instead(w, r)
		return true
	}
}

func tiles(change func(w http.ResponseWriter, tile []byte), p *peer) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/tile/") {
			return false
		}
		rec := httptest.NewRecorder()
		respond(p.log, rec, r)
		change(w, rec.Body.Bytes())
		return true
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// TestOutcomes has one case for each thing that can be wrong with one dependency.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(p *peer)
		want  provenance.Status
		code  string
		says  string
	}{
		{"tampered zip", func(p *peer) {
			other, _ := os.ReadFile(p.cached("example.test/Dep001").zip)
			must(p.t, os.WriteFile(p.cached("example.test/Dep000").zip, other, 0o644))
		}, provenance.Mismatch, "HASH", "as in go.sum"},
		{"no zip", func(p *peer) {
			must(p.t, os.WriteFile(p.cached("example.test/Dep000").zip, []byte("PK"), 0o644))
		}, provenance.Mismatch, "HASH", "not a valid zip"},
		{"tampered go.mod", func(p *peer) {
			must(p.t, os.WriteFile(p.cached("example.test/Dep000").mod, []byte("module x\n"), 0o644))
		}, provenance.Mismatch, "HASH", "as in go.sum"},
		{"huge go.mod", func(p *peer) {
			must(p.t, os.Truncate(p.cached("example.test/Dep000").mod, maxMod+1))
		}, provenance.Mismatch, "HASH", "maxMod"},
		{"not fetched", func(p *peer) { must(p.t, os.Remove(p.cached("example.test/Dep000").zip)) }, provenance.Unreachable, "NOT-FETCHED", "module cache"},
		{"another hash in the log", func(p *peer) { p.relog("v1.0.0 h1:") }, provenance.Mismatch, "LOG", "and go.sum has"},
		{"another hash of go.mod in the log", func(p *peer) { p.relog("v1.0.0/go.mod h1:") }, provenance.Mismatch, "LOG", "v1.0.0/go.mod"},
		{"record of another module", func(p *peer) {
			p.before = lookups("dep000", func(w http.ResponseWriter, r *http.Request) {
				r.URL.Path = strings.Replace(r.URL.Path, "dep000", "dep001", 1)
				respond(p.log, w, r)
			})
		}, provenance.Invalid, "PROOF", "which has no hash of"},
		{"404", func(p *peer) { p.before = lookups("dep000", status(404)) }, provenance.HashOnly, "NOT-LOGGED", "404"},
		{"410", func(p *peer) { p.before = lookups("dep000", status(410)) }, provenance.HashOnly, "NOT-LOGGED", "410"},
		{"500", func(p *peer) { p.before = lookups("dep000", status(500)) }, provenance.Unreachable, "UNREACHABLE", "500"},
		{"401", func(p *peer) { p.before = lookups("dep000", status(401)) }, provenance.Unreachable, "UNREACHABLE", "401"},
		{"no record", func(p *peer) {
			p.before = lookups("dep000", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") })
		}, provenance.Invalid, "PROOF", "malformed"},
		{"oversized answer", func(p *peer) {
			p.before = lookups("dep000", func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), maxAnswer+1)) })
		}, provenance.Invalid, "PROOF", "MaxBytes"},
		{"tampered record", func(p *peer) {
			p.before = lookups("dep000", func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				respond(p.log, rec, r)
				fmt.Fprint(w, strings.Replace(rec.Body.String(), "Dep000", "Dep00X", 1))
			})
		}, provenance.Invalid, "PROOF", "cannot authenticate record"},
		{"tampered head", func(p *peer) {
			p.before = lookups("dep000", func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				respond(p.log, rec, r)
				fmt.Fprint(w, strings.Replace(rec.Body.String(), "\n4\n", "\n5\n", 1))
			})
		}, provenance.Invalid, "PROOF", "invalid signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, 2)
			c.spoil(p)
			r := p.run(nil)
			v := find(t, r, "Dep000")
			if v.Status != c.want || len(v.Reasons) == 0 || v.Reasons[0].Code != c.code || !strings.Contains(v.Because(), c.says) {
				t.Errorf("got %s %+v, want %s %s that says %q", v.Status, v.Reasons, c.want, c.code, c.says)
			}
			if r.Counts[provenance.Signed] != 3 {
				t.Errorf("got %v, want the others signed", r.Counts)
			}
		})
	}
}

// relog has the log say another hash than the lock for Dep000, in the line with before.
func (p *peer) relog(before string) {
	lines := maps.Clone(p.lines)
	id := "example.test/Dep000@v1.0.0"
	head, sum, _ := strings.Cut(lines[id], before)
	other := byte('A')
	if sum[0] == other {
		other = 'B'
	}
	lines[id] = head + before + string(other) + sum[1:]
	p.log = p.database(lines)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestBrokenLog has what is wrong with the log as a whole.
func TestBrokenLog(t *testing.T) {
	_, other, err := note.GenerateKey(nil, dbName)
	must(t, err)
	for _, c := range []struct {
		name  string
		spoil func(p *peer)
		want  provenance.Status
		says  string
	}{
		{"tampered tile", func(p *peer) {
			p.before = tiles(func(w http.ResponseWriter, tile []byte) { tile[3] ^= 1; w.Write(tile) }, p)
		}, provenance.Invalid, "downloaded inconsistent tile"},
		{"short tile", func(p *peer) {
			p.before = tiles(func(w http.ResponseWriter, tile []byte) { w.Write(tile[1:]) }, p)
		}, provenance.Invalid, "bad result slice"},
		{"oversized tile", func(p *peer) {
			p.before = tiles(func(w http.ResponseWriter, _ []byte) { w.Write(make([]byte, maxAnswer+1)) }, p)
		}, provenance.Invalid, "MaxBytes"},
		{"missing tile", func(p *peer) {
			p.before = tiles(func(w http.ResponseWriter, _ []byte) { w.WriteHeader(404) }, p)
		}, provenance.Unreachable, "404"},
		{"other key", func(p *peer) { p.env["GOSUMDB"] = other }, provenance.Invalid, "no verifiable signatures"},
		{"proxy fails", func(p *peer) {
			p.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
		}, provenance.Unreachable, "503"},
		{"database at another address", func(p *peer) {
			p.env["GOSUMDB"] += " " + p.address + "/nothing"
		}, provenance.HashOnly, "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, 2)
			c.spoil(p)
			r := p.run(nil)
			if r.Counts[c.want] != 4 || !strings.Contains(r.Subject.Because(), c.says) {
				t.Errorf("got %v, %q, want all %s that say %q", r.Counts, r.Subject.Because(), c.want, c.says)
			}
		})
	}
}

// TestFork: the database shows one asker a longer log with other records.
func TestFork(t *testing.T) {
	p := newPeer(t, 2)
	lines := map[string]string{}
	for i := range 50 {
		lines[fmt.Sprintf("a.test/x%d@v1.0.0", i)] = fmt.Sprintf("a.test/x%d v1.0.0 h1:x\n", i)
	}
	maps.Copy(lines, p.lines)
	fork := p.database(lines)
	p.before = func(w http.ResponseWriter, r *http.Request) bool {
		ours := strings.Contains(r.URL.Path, "dep000") || strings.HasSuffix(r.URL.Path, ".p/54")
		if ours {
			respond(fork, w, r)
		}
		return ours
	}
	r := p.run(nil)
	said := ""
	for _, v := range append(r.Dependencies, r.Subject) {
		if v.Status == provenance.Invalid {
			said += v.Because()
		}
	}
	if r.Counts[provenance.Invalid] == 0 || !strings.Contains(said, "different logs to different askers") {
		t.Errorf("got %v, %q", r.Counts, said)
	}
}

func TestCredentials(t *testing.T) {
	p := newPeer(t, 1)
	p.before = func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "hunter2" {
			w.WriteHeader(401)
			return true
		}
		return false
	}
	if r := p.run(nil); r.Counts[provenance.Unreachable] != 3 || !strings.Contains(r.Subject.Because(), "401") {
		t.Errorf("without: got %v, %q", r.Counts, r.Subject.Because())
	}
	p.write("netrc", "machine "+strings.TrimPrefix(p.address, "http://")+" login me password hunter2\n")
	r := p.run(func(o *Options) { o.Netrc = filepath.Join(p.dir, "netrc") })
	if r.Counts[provenance.Signed] != 3 {
		t.Errorf("netrc: got %v, %q", r.Counts, r.Subject.Because())
	}
	p.env["GOPROXY"] = strings.Replace(p.address, "http://", "http://me:hunter2@", 1)
	if r = p.run(nil); r.Counts[provenance.Signed] != 3 {
		t.Errorf("address: got %v, %q", r.Counts, r.Subject.Because())
	}
	for _, bad := range []string{"http://me:hunter2@127.0.0.1:1", strings.Replace(p.address, "http://", "http://you:hunter2@", 1)} {
		p.env["GOPROXY"] = bad
		raw, err := json.Marshal(p.run(nil))
		if must(t, err); bytes.Contains(raw, []byte("hunter2")) || !bytes.Contains(raw, []byte("UNREACHABLE")) {
			t.Errorf("the result shows a password: %s", raw)
		}
	}
}

func TestNotAsked(t *testing.T) {
	for name, c := range map[string]struct {
		env     map[string]string
		offline bool
		want    provenance.Status // of Dep000
		code    string
		signed  int
	}{
		"off":                           {map[string]string{"GOSUMDB": "off"}, false, provenance.HashOnly, "SUMDB-OFF", 0},
		"offline":                       {nil, true, provenance.Unreachable, "OFFLINE", 0},
		"private":                       {map[string]string{"GOPRIVATE": "other.test,example.test/*"}, false, provenance.HashOnly, "PRIVATE", 2},
		"nosumdb":                       {map[string]string{"GONOSUMDB": "*.test,github.com,golang.org"}, false, provenance.HashOnly, "PRIVATE", 1},
		"GONOPROXY":                     {map[string]string{"GONOPROXY": "*"}, false, provenance.Signed, "", 3},
		"GONOSUMDB overrides GOPRIVATE": {map[string]string{"GOPRIVATE": "*", "GONOSUMDB": "none"}, false, provenance.Signed, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, 1)
			maps.Copy(p.env, c.env)
			r := p.run(func(o *Options) { o.Offline = c.offline })
			v := find(t, r, "Dep000")
			if v.Status != c.want || c.code != "" && v.Reasons[0].Code != c.code || r.Counts[provenance.Signed] != c.signed {
				t.Errorf("got %s %+v, %v", v.Status, v.Reasons, r.Counts)
			}
			if c.signed == 0 && len(p.requests) > 0 {
				t.Errorf("got the request %s, want none", <-p.requests)
			}
		})
	}
}

func TestProxies(t *testing.T) {
	p := newPeer(t, 1)
	bad := func(code int) string {
		s := httptest.NewServer(status(code))
		t.Cleanup(s.Close)
		return s.URL
	}
	for _, c := range []struct {
		proxy string
		base  string // "" is a failure
	}{
		{p.address, p.address + "/sumdb/" + dbName},
		{" , " + p.address + "/ ,direct", p.address + "/sumdb/" + dbName},
		{bad(404) + "," + p.address, p.address + "/sumdb/" + dbName},
		{bad(410) + "|" + p.address, p.address + "/sumdb/" + dbName},
		{bad(500) + "|" + p.address, p.address + "/sumdb/" + dbName},
		{bad(500) + "," + p.address, ""},
		{bad(403) + "," + p.address, ""},
		{bad(500) + "|direct", "https://" + dbName},
		{bad(500) + "|off", ""},
		{bad(404) + ",off", "https://" + dbName},
		{bad(404), "https://" + dbName},
		{bad(500) + "|" + bad(404), ""},
		{"direct", "https://" + dbName},
		{"off", "https://" + dbName},
		{"off," + p.address, "https://" + dbName},
		{"file:///proxy", ""},
		{"ssh://host", ""},
	} {
		e := Env{Proxy: c.proxy, SumDB: p.verifier}
		db, err := e.database()
		must(t, err)
		r := newRemote(t.Context(), e, db, p.options().Fetch)
		r.findBase()
		if got := r.base; r.baseErr == nil && got != c.base || (r.baseErr != nil) != (c.base == "") {
			t.Errorf("GOPROXY=%s: got %q, %v, want %q", c.proxy, got, r.baseErr, c.base)
		}
	}
}

func TestToolchainOfAnotherMachine(t *testing.T) {
	p := newPeer(t, 0)
	must(t, os.RemoveAll(filepath.Join(p.dir, "modules", "cache", "download", filepath.FromSlash(toolchainModule))))
	if v := find(t, p.run(nil), "toolchain"); v.Status != provenance.Unreachable || v.Reasons[0].Code != "NOT-FETCHED" {
		t.Errorf("got %+v", v)
	}
}

func TestContradictingRepository(t *testing.T) {
	p := newPeer(t, 1)
	for repository, want := range map[string]provenance.Status{
		"https://github.com/acme/server": provenance.Signed, "https://github.com/Acme/Server.git": provenance.Signed, "acme/other": provenance.Mismatch,
		"https://gitlab.com/acme/server": provenance.Mismatch, "https://github.com/acme": provenance.Mismatch,
	} {
		r := p.run(func(o *Options) { o.Repository = repository })
		if r.Subject.Status != want || r.Counts[provenance.Signed] < 2 {
			t.Errorf("%s: got %s %q, want %s", repository, r.Subject.Status, r.Subject.Because(), want)
		}
	}
}

func TestCommand(t *testing.T) {
	p := newPeer(t, 1)
	o := p.options()
	out := filepath.Join(p.dir, "result.json")
	args := []string{"--mod=" + o.Mod, "--sum=" + o.Sum, "--modules=" + o.Modules, "--goenv=" + o.GoEnv, "--package=" + o.Package, "--version=v1.0.0", "--out=" + out}
	must(t, Command(args, t.Output()))
	raw, err := os.ReadFile(out)
	must(t, err)
	if r, err := provenance.Read(raw); err != nil || r.Counts[provenance.Signed] != 3 || r.Ecosystem != "go" {
		t.Errorf("got %+v, %v", r, err)
	}
	for name, c := range map[string]struct{ arg, want string }{
		"stale lock": {"--version=v1.0.1", "stale"},
		"no env":     {"--goenv=" + o.Mod, "go env -json"},
		"missing":    {"--sum=" + filepath.Join(p.dir, "none"), "no such file"},
	} {
		if err := Command(append(args, c.arg), t.Output()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// BenchmarkRun is a lock with 100 modules.
func BenchmarkRun(b *testing.B) {
	p := newPeer(b, 100)
	for b.Loop() {
		for len(p.requests) > 0 {
			<-p.requests
		}
		if r := p.run(nil); r.Counts[provenance.Signed] != 102 {
			b.Fatalf("got %v", r.Counts)
		}
	}
}
