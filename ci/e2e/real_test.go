package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/ci/e2e/registry"
)

// maxAnswer bounds what is read of a registry's description of a package, in bytes.
const maxAnswer = 64 << 20

func readVector(dir, name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }

// publicNPM asks this machine's npm for the registry that it uses.
func publicNPM(t *testing.T) *url.URL {
	t.Helper()
	out, err := exec.Command("npm", "config", "get", "registry").Output()
	if err != nil {
		t.Skipf("this machine has no npm that would tell its registry: %v", err)
	}
	u, err := url.Parse(strings.TrimSpace(string(out)))
	if err != nil || u.Host == "" {
		t.Skip("this machine has no npm registry")
	}
	return u
}

// npmProxy passes on what the npm registry of this machine has, below /npm/.
func (p *closed) npmProxy(t *testing.T) {
	t.Helper()
	to := publicNPM(t)
	p.Handle("/npm/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = to.Host }})
}

// attestReal serves the document of one version of a public package with attestations, in both of its forms; its tarball comes through the proxy.
func (p *closed) attestReal(t *testing.T, name, version string, attestations []byte) {
	t.Helper()
	resp, err := http.Get(publicNPM(t).JoinPath(name).String())
	if err != nil {
		t.Skipf("this machine's registry does not answer: %v", err)
	}
	defer resp.Body.Close()
	var doc struct {
		Name     string
		Time     map[string]string
		Versions map[string]map[string]any
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&doc); err != nil || doc.Versions[version] == nil {
		t.Skipf("this machine's registry has no %s@%s: %v", name, version, err)
	}
	one := doc.Versions[version]
	one["dist"].(map[string]any)["attestations"] = map[string]any{"provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"}}
	for path, v := range map[string]any{
		"/npm/" + name + "/" + version: one,
		"/npm/" + name: map[string]any{
			"name": name, "versions": map[string]any{version: one}, "time": map[string]string{version: doc.Time[version]}, "dist-tags": map[string]string{"latest": version},
		},
	} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		p.Put(path, registry.File{Type: "application/json", Body: raw})
	}
	p.Put("/npm/-/npm/v1/attestations/"+name+"@"+version, registry.File{Type: "application/json", Body: attestations})
}
