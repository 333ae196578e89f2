package npm

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/vectors"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// online is a judge that asks a registry, with the keys that come with the program.
func online(t testing.TB, h http.Handler) *Judge {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	root, err := trust.Load(trust.Files{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		t.Fatal(err)
	}
	registries, err := NewRegistries(npmregistry.Registries{Default: server.URL}, fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Judge{Registries: registries, Verifier: v, Keys: root.NPM}
}

// replies serves answers by the path of the request as it is escaped.
func replies(answers map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, ok := answers[req.URL.EscapedPath()]
		if !ok {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(raw)
	})
}

// TestVectorsOnline judges real attestations of real packages, served over HTTP and verified with the real keys. All but the hash of the
// tarball is covered: the tarballs are not among the vectors.
func TestVectorsOnline(t *testing.T) {
	dir := vectors.Dir(t)
	for _, c := range vectors.Read(t, dir).NPM {
		t.Run(filepath.Base(c.File)+"/"+c.Version+"/"+c.WantProvenance, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			sum, err := hex.DecodeString(c.SHA512)
			if err != nil {
				t.Fatal(err)
			}
			document, err := json.Marshal(map[string]any{"name": c.Name, "version": c.Version, "repository": c.Repo, "dist": map[string]any{
				"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum), "attestations": map[string]any{"url": "http://elsewhere.invalid"},
			}})
			if err != nil {
				t.Fatal(err)
			}
			path := strings.ReplaceAll(c.Name, "/", "%2f")
			j := online(t, replies(map[string][]byte{"/" + path + "/" + c.Version: document, "/-/npm/v1/attestations/" + path + "@" + c.Version: raw}))
			d := verdict.New("npm", c.Name, c.Version)
			j.Check(t.Context(), d, Artifact{c.Name, c.Version, c.SHA512}, attest.Expectations{Repository: c.Repo})
			v := d.Verdict()
			if want := wanted(c.WantPublish, c.WantProvenance); v.Status != want {
				t.Errorf("got %s (%s), want %s", v.Status, v.Because(), want)
			}
			if v.Status == provenance.Verified && (v.Repository != c.Repo || v.Builder != c.Builder) {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// wanted is the status that the words of cases.json stand for.
func wanted(publish, build string) provenance.Status {
	status := provenance.Verified
	for _, w := range []string{publish, build} {
		switch {
		case w == "ok" || status == provenance.Invalid:
		case w == "fail:" || w == "fail:payload hash" || w == "fail:predicateType mismatch":
			status = provenance.Invalid
		case w == "fail:no provenance":
			status = provenance.Signed
		default:
			status = provenance.Mismatch
		}
	}
	return status
}

// TestRealRegistrySignatures are by a key of the public registry that has ended, so the time of publication counts too.
func TestRealRegistrySignatures(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(vectors.Dir(t), "npm", "registry-signatures.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Packages []struct {
			Name, Version string
			Dist          map[string]any
			Want          string
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil || len(doc.Packages) < 5 {
		t.Fatalf("got %d packages, %v", len(doc.Packages), err)
	}
	for _, p := range doc.Packages {
		for published, want := range map[string]provenance.Status{"2022-06-01T00:00:00.000Z": "SIGNED", "2025-06-01T00:00:00.000Z": "INVALID", "": "HASH-ONLY"} {
			if strings.HasPrefix(p.Want, "fail") {
				want = provenance.Invalid
			}
			integrity, _ := p.Dist["integrity"].(string)
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(integrity, "sha512-"))
			if err != nil {
				t.Fatal(err)
			}
			delete(p.Dist, "attestations")
			one := map[string]any{"name": p.Name, "version": p.Version, "dist": p.Dist}
			document, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			all, err := json.Marshal(map[string]any{"name": p.Name, "time": map[string]any{p.Version: published}, "versions": map[string]any{p.Version: one}})
			if err != nil {
				t.Fatal(err)
			}
			j := online(t, replies(map[string][]byte{"/" + p.Name + "/" + p.Version: document, "/" + p.Name: all}))
			d := verdict.New("npm", p.Name, p.Version)
			j.Check(t.Context(), d, Artifact{p.Name, p.Version, hex.EncodeToString(sum)}, attest.Expectations{})
			if v := d.Verdict(); v.Status != want {
				t.Errorf("%s@%s published %q: got %s (%s), want %s", p.Name, p.Version, published, v.Status, v.Because(), want)
			}
		}
	}
}
