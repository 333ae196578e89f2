// Package npmtest is an npm registry in memory, for tests: it serves tarballs, packuments with registry signatures, keys, and attestations that
// a Sigstore in memory made. What is wrong with a release is said in Release, and any answer can be replaced.
package npmtest

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
)

// Registry serves releases over HTTP on loopback. Change it before it is asked.
type Registry struct {
	URL      string // base address, with a path below which it lives
	Sigstore *sigstoretest.Sigstore
	Key      *Key   // signs releases that name no other
	Token    string // wanted as a bearer token with every request; "" wants none

	// Replace are handlers for paths below the base address, as they are escaped in the request: "-/npm/v1/attestations/a@1.0.0".
	Replace map[string]http.HandlerFunc

	mu       sync.Mutex
	asked    map[string]int
	releases map[string]map[string]*served // by name and version
	keys     []*Key
}

// served is a release with its answers.
type served struct {
	Release
	document     map[string]any
	attestations []Attestation
}

// base is where the registry lives, so that tests notice when a path is lost.
const base = "/registry/npm/"

// New starts a registry that signs with a key of its own and trusts s for attestations.
func New(t testing.TB, s *sigstoretest.Sigstore) *Registry {
	t.Helper()
	r := &Registry{Sigstore: s, asked: map[string]int{}, releases: map[string]map[string]*served{}, Replace: map[string]http.HandlerFunc{}}
	r.Key = r.NewKey(t)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL + base
	return r
}

// ServeHTTP answers like an npm registry.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path, ok := strings.CutPrefix(req.URL.EscapedPath(), base)
	if !ok {
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	r.asked[path]++
	r.mu.Unlock()
	if r.Token != "" && req.Header.Get("Authorization") != "Bearer "+r.Token {
		http.Error(w, "credentials wanted", http.StatusUnauthorized)
		return
	}
	if h := r.Replace[path]; h != nil {
		h(w, req)
		return
	}
	if answer := r.answer(strings.ReplaceAll(path, "%2f", "/")); answer == nil {
		http.NotFound(w, req)
	} else if raw, ok := answer.([]byte); ok {
		_, _ = w.Write(raw)
	} else {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// Asked tells how often a path was asked for.
func (r *Registry) Asked(path string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[path]
}

// Total is the number of requests.
func (r *Registry) Total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, c := range r.asked {
		n += c
	}
	return n
}

func (r *Registry) answer(path string) any {
	if path == "-/npm/v1/keys" {
		return r.keyList()
	}
	if id, ok := strings.CutPrefix(path, "-/npm/v1/attestations/"); ok {
		at := strings.LastIndex(id, "@")
		if s := r.releases[id[:max(at, 0)]][id[at+1:]]; s != nil && s.attestations != nil {
			return map[string]any{"attestations": s.attestations}
		}
		return nil
	}
	if versions, ok := r.releases[path]; ok {
		return packument(path, versions)
	}
	slash := strings.LastIndex(path, "/")
	if s := r.releases[path[:max(slash, 0)]][path[slash+1:]]; s != nil {
		return s.document
	}
	if name, file, ok := strings.Cut(path, "/-/"); ok {
		for _, s := range r.releases[name] {
			if file == filepath.Base(name)+"-"+s.Version+".tgz" {
				return s.Tarball
			}
		}
	}
	return nil
}

func packument(name string, versions map[string]*served) any {
	documents, times := map[string]any{}, map[string]any{}
	for v, s := range versions {
		documents[v] = s.document
		if !s.NoTime {
			times[v] = s.Published.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	return map[string]any{"name": name, "versions": documents, "time": times}
}

// Tarballs writes the tarballs of all releases as npm-fetch names them.
func (r *Registry) Tarballs(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, versions := range r.releases {
		for _, s := range versions {
			if err := os.WriteFile(filepath.Join(dir, "sha512-"+s.SHA512()+".tgz"), s.Tarball, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// Lock writes a package-lock.json with one version of every package; the root depends on subject.
func (r *Registry) Lock(t testing.TB, subject Release) string {
	t.Helper()
	packages := map[string]any{"": map[string]any{"name": "server", "dependencies": map[string]string{subject.Name: subject.Version}}}
	needs := map[string]string{}
	for name, versions := range r.releases {
		for v, s := range versions {
			if name == subject.Name && v != subject.Version {
				continue
			}
			packages["node_modules/"+name] = map[string]any{"version": v, "integrity": s.Integrity()}
			if name != subject.Name {
				needs[name] = v
			}
		}
	}
	packages["node_modules/"+subject.Name].(map[string]any)["dependencies"] = needs
	return WriteLock(t, packages)
}

// WriteLock writes a package-lock.json with these packages.
func WriteLock(t testing.TB, packages map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"name": "server", "lockfileVersion": 3, "packages": packages})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "package-lock.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// SHA512 is the tarball's hash in hexadecimal.
func (r Release) SHA512() string {
	sum := sha512.Sum512(r.Tarball)
	return hex.EncodeToString(sum[:])
}

// Integrity is the tarball's hash as npm writes it.
func (r Release) Integrity() string {
	sum := sha512.Sum512(r.Tarball)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
