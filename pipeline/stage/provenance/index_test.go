package provenance_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/stage/fetch"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// index is a Python index in memory with an integrity API, the lock of all it has, and the wheels that pip would have fetched.
type index struct {
	URL      string // of the simple index
	sigstore *sigstoretest.Sigstore
	dir      string // wheels and the lock
	html     bool   // serves pages in HTML only
	mirror   bool   // knows nothing of attestations
	user     string // wanted with every request; "" wants none
	lock     strings.Builder
	files    map[string][]*wheelFile     // by project
	objects  map[string]any              // provenance objects by file
	replace  map[string]http.HandlerFunc // by path
	mu       sync.Mutex
	asked    []string
}

// wheelFile is one file as the index lists it.
type wheelFile struct {
	name, sum string
	yanked    any // true, false or a reason
}

func newIndex(t testing.TB) *index {
	t.Helper()
	x := &index{sigstore: sigstoretest.New(t), dir: t.TempDir(), files: map[string][]*wheelFile{}, objects: map[string]any{}, replace: map[string]http.HandlerFunc{}}
	s := httptest.NewServer(x)
	t.Cleanup(s.Close)
	x.URL = s.URL + "/py/simple"
	return x
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	x.asked = append(x.asked, r.URL.Path)
	x.mu.Unlock()
	if user, password, _ := r.BasicAuth(); x.user != "" && user+":"+password != x.user {
		w.WriteHeader(401)
		return
	}
	if h := x.replace[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) == 3 && parts[1] == "simple" && x.files[parts[2]] != nil:
		x.page(w, parts[2])
	case len(parts) == 6 && parts[1] == "integrity" && !x.mirror && x.objects[parts[4]] != nil:
		_ = json.NewEncoder(w).Encode(x.objects[parts[4]])
	default:
		w.WriteHeader(404)
	}
}

func (x *index) page(w http.ResponseWriter, project string) {
	type file map[string]any
	var list []file
	for _, f := range x.files[project] {
		// Like PyPI's, the address has another host than the one that is asked.
		address := fmt.Sprintf("https://index.example.test/py/integrity/%s/%s/%s/provenance", project, strings.Split(f.name, "-")[1], f.name)
		if x.html {
			fmt.Fprintf(w, `<a href="../../files/%s#sha256=%s"`, f.name, f.sum)
			if f.yanked != nil {
				fmt.Fprintf(w, ` data-yanked="%v"`, f.yanked)
			}
			if x.objects[f.name] != nil && !x.mirror {
				fmt.Fprintf(w, ` data-provenance="%s"`, address)
			}
			fmt.Fprintf(w, ">%s</a><br>\n", f.name)
			continue
		}
		one := file{"filename": f.name, "hashes": map[string]string{"sha256": f.sum}, "yanked": false}
		if f.yanked != nil {
			one["yanked"] = f.yanked
		}
		if !x.mirror {
			one["provenance"] = nil
			if x.objects[f.name] != nil {
				one["provenance"] = address
			}
		}
		list = append(list, one)
	}
	if !x.html {
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.3"}, "name": project, "files": list})
	}
}

// add puts wheels of a release into the index, the lock and the folder, without attestations.
func (x *index) add(t testing.TB, project, version string, names ...string) []*wheelFile {
	t.Helper()
	var out []*wheelFile
	fmt.Fprintf(&x.lock, "%s==%s", pylock.CanonicalName(project), version)
	for _, name := range names {
		content := []byte("content of " + name)
		sum := sha256.Sum256(content)
		f := &wheelFile{name: name, sum: hex.EncodeToString(sum[:])}
		if err := os.WriteFile(filepath.Join(x.dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&x.lock, " --hash=sha256:%s", f.sum)
		out = append(out, f)
	}
	x.lock.WriteString("\n")
	key := pylock.CanonicalName(project)
	x.files[key] = append(x.files[key], out...)
	return out
}

// made says what of an attestation is not as it should be.
type made struct {
	id       sigstoretest.Identity // the zero value is widgets
	subject  string                // "" is the file's name
	sum      string                // "" is the file's hash
	kind     string                // predicate type; "" is a publish attestation
	making   sigstoretest.Making
	subjects int // 0 is one
}

// attest makes a PEP 740 attestation object of a bundle.
func (x *index) attest(t testing.TB, f *wheelFile, m made) map[string]any {
	t.Helper()
	if m.id == (sigstoretest.Identity{}) {
		m.id = widgets
	}
	or := func(s, zero string) string {
		if s == "" {
			return zero
		}
		return s
	}
	var predicate any
	kind := or(m.kind, pypi.PublishType)
	if kind != pypi.PublishType {
		predicate = sigstoretest.SLSA1(m.id)
	}
	var subjects []sigstoretest.Subject
	for range max(m.subjects, 1) {
		subjects = append(subjects, sigstoretest.Subject{Name: or(m.subject, f.name), Digest: map[string]string{"sha256": or(m.sum, f.sum)}})
	}
	raw := x.sigstore.Attest(t, m.id, sigstoretest.Statement(t, kind, predicate, subjects...), m.making)
	var b struct {
		Material struct {
			Certificate struct{ RawBytes string }
			TlogEntries []json.RawMessage
		} `json:"verificationMaterial"`
		Envelope struct {
			Payload    string
			Signatures []struct{ Sig string }
		} `json:"dsseEnvelope"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"version":               1,
		"verification_material": map[string]any{"certificate": b.Material.Certificate.RawBytes, "transparency_entries": b.Material.TlogEntries},
		"envelope":              map[string]any{"statement": b.Envelope.Payload, "signature": b.Envelope.Signatures[0].Sig},
	}
}

var github = map[string]any{"kind": "GitHub", "repository": "acme/widgets", "workflow": "release.yml", "environment": "pypi"}

// object is a provenance object with one publisher.
func object(publisher map[string]any, attestations ...map[string]any) map[string]any {
	return map[string]any{"version": 1, "attestation_bundles": []any{map[string]any{"publisher": publisher, "attestations": attestations}}}
}

// args are those of the subcommand, for the release of widgets-mcp.
func (x *index) args(t testing.TB, version string) []string {
	t.Helper()
	lock := filepath.Join(t.TempDir(), "requirements.lock")
	if err := os.WriteFile(lock, []byte(x.lock.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"--lock=" + lock, "--wheels=" + x.dir, "--index=" + x.URL, "--platform=linux/amd64", "--platform=linux/arm64",
		"--package=widgets_mcp[cli]", "--version=" + version, "--trusted-root=" + x.sigstore.TrustedRootFile(t)}
}

func judgePyPI(t testing.TB, args ...string) provenance.Result {
	t.Helper()
	out := filepath.Join(t.TempDir(), "provenance.json")
	var stderr bytes.Buffer
	if err := stage.PyPICommand(append(args, "--out="+out), &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return readResult(t, out)
}

// judgeRelease judges one file by its hash, with the trusted root that comes with the program.
func judgeRelease(t testing.TB, address, project, version, file, sum string, e attest.Expectations) provenance.Verdict {
	t.Helper()
	root, err := trust.Load(trust.Files{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		t.Fatal(err)
	}
	x, err := pypi.NewIndex(address, fetch.Options{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := verdict.New("pypi", project, version)
	j := &pypi.Judge{Verifier: v, Indexes: pypi.Indexes{x}}
	j.Release(t.Context(), d, []pypi.Artifact{{Project: project, Version: version, File: file, SHA256: sum}}, e)
	return d.Verdict()
}
