package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/ci/e2e/registry"
	"dagger/dockyard/pipeline/provenance"
)

// acme is the workflow that built the packages of these tests, as their specs expect it.
var acme = workflow{
	Repository: "https://github.com/acme/mcp", Workflow: ".github/workflows/release.yml", Ref: "refs/tags/v1.0.0", Commit: "0123456789012345678901234567890123456789",
}

// attested is the part of a spec that expects attestations of a repository, as OWNER/NAME.
func attested(repository string) string {
	return fmt.Sprintf(`provenance:
  repository_uri: https://github.com/%[1]s
  repository_ref: refs/tags/v1.0.0
  attestations:
    available: true
    verified: true
    publisher: {kind: GitHub, repository: %[1]s, workflow: release.yml}
`, repository)
}

// gates is a server with good attestations, and others that must not be built, each with a reason.
type gates struct {
	*closed
	flags     []string
	ecosystem string
	good      string
	refused   map[string]string // server to what the refusal says beside the server's package
}

// run locks all servers, has the good one verified and built, and expects the others to be refused before anything is made of them.
func (g gates) run(t *testing.T) {
	t.Helper()
	if _, err := g.ask(t, g.flags, "lock", "--before="+privateCutoff); err != nil {
		t.Fatal(err)
	}
	raw, err := g.ask(t, g.flags, "provenance", "--server="+g.good, "json")
	if err != nil {
		t.Fatal(err)
	}
	r := result1(t, raw)
	v := r.Subject
	if r.Ecosystem != g.ecosystem || v.Status != provenance.Verified || v.Repository != acme.Repository || v.Workflow != acme.Workflow || v.Ref != acme.Ref || v.Commit != acme.Commit || v.LogIndex == nil {
		t.Errorf("%s: got %+v, want VERIFIED by %+v", g.good, v, acme)
	}
	if got := statuses(r); got["private-dependency"] != provenance.Verified {
		t.Errorf("dependencies: got %v, want private-dependency VERIFIED", got)
	}
	summary, err := g.ask(t, g.flags, "build", "--server="+g.good, "summary")
	if want := "VERIFIED from " + acme.Repository + " at " + acme.Commit; err != nil || !strings.Contains(summary, want) {
		t.Errorf("build: got %v\n%s\nwant %q in the summary", err, summary, want)
	}
	for server, want := range g.refused {
		_, err := g.ask(t, g.flags, "build", "--server="+server, "digest")
		if err == nil {
			t.Errorf("%s: got an image, want it refused with %q", server, want)
			continue
		}
		for _, w := range []string{"provenance", g.ecosystem + ":", want} {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: got %v, want an error with %q", server, err, w)
			}
		}
	}
}

// result1 reads the report of one server.
func result1(t *testing.T, raw string) provenance.Result {
	t.Helper()
	var report struct {
		Subjects []struct{ Data provenance.Result }
	}
	if err := json.Unmarshal([]byte(raw), &report); err != nil || len(report.Subjects) != 1 {
		t.Fatalf("got %v in\n%s\nwant a report of one server", err, raw)
	}
	return report.Subjects[0].Data
}

// statuses are those of the dependencies by name.
func statuses(r provenance.Result) map[string]provenance.Status {
	out := map[string]provenance.Status{}
	for _, d := range r.Dependencies {
		out[d.Package] = d.Status
	}
	return out
}

// TestVerifiedNPM is packages with registry signatures, publish attestations and SLSA provenance, from a registry of
// their scope and a Sigstore of their own; what they depend on is in another registry.
func TestVerifiedNPM(t *testing.T) {
	p := startClosed(t)
	s := &signer{dir: t.TempDir(), Identity: acme}
	server := func(name string) registry.NPMPackage {
		return registry.NPMPackage{
			Name: name, Version: "1.0.0", Published: published, Files: map[string]string{"server.js": nodeServer},
			Manifest: map[string]any{"bin": map[string]string{"server": "server.js"}, "dependencies": map[string]string{"private-dependency": "1.0.0"}, "license": "MIT"},
		}
	}
	s.add(t, server("@acme/mcp"), npmOrder{})
	s.add(t, server("@acme/stripped"), npmOrder{SignedOnly: true})
	s.add(t, server("@acme/swapped"), npmOrder{Attested: "1.0.1"})
	s.add(t, registry.NPMPackage{
		Name: "private-dependency", Version: "1.0.0", Published: published, Files: map[string]string{"index.js": "exports.name = 'private'\n"}, Manifest: map[string]any{"main": "index.js"},
	}, npmOrder{})
	signed := s.sign(t)
	for _, o := range s.NPM {
		a := signed.NPM[o.Name+"@"+o.Version]
		o.make.Dist, o.make.Attestations = a.Dist, a.Attestations
		root := "/npm/"
		if strings.HasPrefix(o.Name, "@acme/") {
			root = "/acme/"
		}
		if _, err := p.PutNPM(root, o.make); err != nil {
			t.Fatal(err)
		}
	}
	credentials := fmt.Sprintf("//%s/npm/:_authToken=%[2]s\n//%[1]s/acme/:_authToken=%[2]s\n", p.Host(), p.secrets["npm"])
	p.write(t, "npmrc", "registry="+p.URL("/npm/")+"\n@acme:registry="+p.URL("/acme/")+"\n"+credentials)
	for _, name := range []string{"mcp", "stripped", "swapped"} {
		p.spec(t, name, "npx", "@acme/"+name, "1.0.0", attested("acme/mcp"))
	}
	p.spec(t, "elsewhere", "npx", "@acme/mcp", "1.0.0", attested("acme/other"))
	gates{closed: p, flags: append(s.trust(), "--npmrc="+p.file("npmrc")), ecosystem: "npm", good: "mcp", refused: map[string]string{
		"elsewhere": "npm:@acme/mcp@1.0.0 is MISMATCH",
		"stripped":  "npm:@acme/stripped@1.0.0 is SIGNED, want VERIFIED",
		"swapped":   "npm:@acme/swapped@1.0.0 is MISMATCH",
	}}.run(t)
}

// TestVerifiedPyPI is wheels with PEP 740 attestations.
func TestVerifiedPyPI(t *testing.T) {
	p := startClosed(t)
	s := &signer{dir: t.TempDir(), Identity: acme}
	p.write(t, "pip.conf", fmt.Sprintf(legacy+"index-url = https://pip-user:%s@%s/simple/\nextra-index-url = %s\n", p.secrets["pip"], p.Host(), publicIndex(t)))
	wheels := map[string]registry.Distribution{}
	wheel := func(name string, files map[string]string, metadata, scripts []string) registry.Distribution {
		file, raw, err := registry.Wheel(name, "1.0.0", files, metadata, scripts)
		if err != nil {
			t.Fatal(err)
		}
		s.file(t, file, raw)
		wheels[file] = registry.Distribution{Version: "1.0.0", Name: file, Body: raw, Published: published}
		return wheels[file]
	}
	publisher := map[string]string{"kind": "GitHub", "repository": "acme/mcp", "workflow": "release.yml", "environment": "pypi"}
	for _, name := range []string{"acme_mcp", "acme_stripped", "acme_swapped"} {
		d := wheel(name, map[string]string{name + ".py": pythonServer}, []string{"Requires-Dist: private-dependency==1.0.0"}, []string{"server = " + name + ":main"})
		o := pypiOrder{Wheel: d.Name, As: publisher}
		if name == "acme_swapped" {
			o.Name = strings.Replace(d.Name, "1.0.0", "1.0.1", 1)
		}
		s.PyPI = append(s.PyPI, o)
	}
	s.PyPI = append(s.PyPI, pypiOrder{Wheel: wheel("private_dependency", map[string]string{"private_dependency.py": "NAME = 'private'\n"}, nil, nil).Name, As: publisher})
	signed := s.sign(t)
	for file, d := range wheels {
		name, _, _ := strings.Cut(file, "-")
		if name != "acme_stripped" {
			d.Provenance = signed.PyPI[file]
		}
		if err := p.PutPyPI("/simple/", strings.ReplaceAll(name, "_", "-"), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"mcp", "stripped", "swapped"} {
		p.spec(t, name, "uvx", "acme-"+name, "1.0.0", attested("acme/mcp"))
	}
	p.spec(t, "elsewhere", "uvx", "acme-mcp", "1.0.0", attested("acme/other"))
	flags := append(s.trust(), "--uv-config="+p.file("uv.toml"), "--netrc="+p.file("netrc"), "--pip-config="+p.file("pip.conf"))
	gates{closed: p, flags: flags, ecosystem: "pypi", good: "mcp", refused: map[string]string{
		"elsewhere": "pypi:acme-mcp@1.0.0 is MISMATCH",
		"stripped":  "pypi:acme-stripped@1.0.0 is HASH-ONLY, want VERIFIED",
		"swapped":   "pypi:acme-swapped@1.0.0 is MISMATCH",
	}}.run(t)
	file, raw, err := registry.Wheel("acme_mcp", "1.1.0", map[string]string{"acme_mcp.py": pythonServer}, []string{"Requires-Dist: private-dependency==1.0.0"}, []string{"server = acme_mcp:main"})
	if err != nil {
		t.Fatal(err)
	}
	old := wheels["acme_mcp-1.0.0-py3-none-any.whl"]
	old.Provenance = signed.PyPI[old.Name]
	if err := p.PutPyPI("/simple/", "acme-mcp", old, registry.Distribution{Version: "1.1.0", Name: file, Body: raw, Published: published}); err != nil {
		t.Fatal(err)
	}
	p.lost(t, flags, "mcp")
}

// lost expects an update of a server from 1.0.0, which is attested, to 1.1.0, which is not, to be refused, and to be proposed once the spec allows it.
func (p *closed) lost(t *testing.T, flags []string, server string) {
	t.Helper()
	const want = "version 1.0.0 has a provenance attestation and 1.1.0 has none"
	args := []string{"--server=" + server, "--before=" + privateCutoff}
	if out, err := p.ask(t, flags, append(append([]string{"updates"}, args...), "summary")...); err != nil || !strings.Contains(out, want) {
		t.Errorf("updates: got %v\n%s\nwant %q", err, out, want)
	}
	update := append([]string{"update"}, args...)
	if _, err := p.ask(t, flags, update...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("update: got %v, want it refused with %q", err, want)
	}
	spec := "servers/" + server + "/spec.yaml"
	p.checkout.edit(t, spec, "provenance:\n", "security:\n  allowed_issues:\n    - {code: attestation-lost, reason: a test of releases that were published another way}\nprovenance:\n")
	if _, err := p.ask(t, flags, update...); err != nil {
		t.Errorf("update, allowed: got %v", err)
	} else if !strings.Contains(p.read(t, spec), "version: 1.1.0") {
		t.Error("update, allowed: the spec has the old version still")
	}
}

// TestVerifiedVectors serves the attestations that the public registry has of a package, which the registries that can be reached from here leave
// out, beside the package itself, and expects the trust that is built in to hold.
func TestVerifiedVectors(t *testing.T) {
	vectors := filepath.Join(here(t).dir, "../shared/vectors")
	attestations, err := readVector(vectors, "npm/sigstore@2.3.1.attestations.json")
	if err != nil {
		t.Skipf("the vectors are not here: %v", err)
	}
	p := startClosed(t)
	p.npmProxy(t)
	p.attestReal(t, "sigstore", "2.3.1", attestations)
	if _, err := p.PutNPM("/npm/", registry.NPMPackage{
		Name: "@acme/mcp", Version: "1.0.0", Published: published, Files: map[string]string{"server.js": nodeServer},
		Manifest: map[string]any{"bin": map[string]string{"server": "server.js"}, "dependencies": map[string]string{"sigstore": "2.3.1"}},
	}); err != nil {
		t.Fatal(err)
	}
	p.spec(t, "real", "npx", "@acme/mcp", "1.0.0", "")
	flags := []string{"--npmrc=" + p.file("npmrc")}
	if _, err := p.ask(t, flags, "lock", "--server=real", "--before="+privateCutoff); err != nil {
		t.Fatal(err)
	}
	raw, err := p.ask(t, flags, "provenance", "--server=real", "json")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result1(t, raw).Dependencies {
		if d.Package == "sigstore" && d.Version == "2.3.1" {
			if d.Status != provenance.Verified || d.Repository != "https://github.com/sigstore/sigstore-js" {
				t.Errorf("got %+v, want VERIFIED from its repository", d)
			}
			return
		}
	}
	t.Errorf("got no verdict on sigstore@2.3.1:\n%s", raw)
}
