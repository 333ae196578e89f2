package provenance_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/npm/npmtest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
)

// widgets is who builds the package of these tests.
var widgets = sigstoretest.Identity{
	Repository: "https://github.com/acme/widgets", Workflow: ".github/workflows/release.yml", Ref: "refs/tags/v1.1.1",
	Commit: "0123456789012345678901234567890123456789",
}

// evil is another repository, which has certificates of its own.
var evil = sigstoretest.Identity{
	Repository: "https://github.com/evil/widgets", Workflow: ".github/workflows/release.yml", Ref: "refs/tags/v1.1.1",
	Commit: "6666666666666666666666666666666666666666",
}

const name = "@acme/widgets-mcp"

// expected are the arguments with which a good release is VERIFIED.
var expected = []string{"--repository=https://github.com/acme/widgets", "--workflow=release.yml", "--ref=refs/tags/v1.1.1", "--publisher-kind=GitHub", "--publisher=acme/widgets"}

// judgeNPM runs the subcommand over a lock with everything that the registry has.
func judgeNPM(t testing.TB, r *npmtest.Registry, subject npmtest.Release, more ...string) provenance.Result {
	t.Helper()
	out := filepath.Join(t.TempDir(), "provenance.json")
	args := append([]string{
		"--lock=" + r.Lock(t, subject), "--tarballs=" + r.Tarballs(t), "--registry=" + r.URL, "--platform=linux/amd64", "--platform=linux/arm64",
		"--package=" + subject.Name, "--version=" + subject.Version, "--trusted-root=" + r.Sigstore.TrustedRootFile(t), "--npm-keys=" + r.KeysFile(t), "--out=" + out,
	}, more...)
	var stderr bytes.Buffer
	if err := stage.NPMCommand(args, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return readResult(t, out)
}

func readResult(t testing.TB, name string) provenance.Result {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := provenance.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// has tells whether a verdict has a reason of that code with that text in it.
func has(v provenance.Verdict, code, text string) bool {
	for _, r := range v.Reasons {
		if r.Code == code && strings.Contains(r.Message, text) {
			return true
		}
	}
	return false
}

func TestNPMVerified(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	old := widgets
	old.Old = true
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	r.Add(t, npmtest.Release{Name: "slsa02", Version: "2.0.0", Identity: widgets, Type: npmtest.SLSA02})
	r.Add(t, npmtest.Release{Name: "old-certificate", Version: "2.0.0", Identity: old, Type: npmtest.SLSA02})
	r.Add(t, npmtest.Release{Name: "signed", Version: "3.0.0", NoAttestations: true})
	r.Add(t, npmtest.Release{Name: "plain", Version: "4.0.0", NoAttestations: true, Unsigned: true})
	r.Add(t, npmtest.Release{Name: "stranger", Version: "5.0.0", Identity: evil, Repository: "https://github.com/acme/stranger"})
	got := judgeNPM(t, r, subject, expected...)

	v := got.Subject
	if v.Status != provenance.Verified || v.Repository != widgets.Repository || v.Commit != widgets.Commit || v.Workflow != widgets.Workflow || v.Ref != widgets.Ref ||
		v.Builder != "https://github.com/actions/runner/github-hosted" || v.LogIndex == nil || len(v.Files) != 1 || v.Files[0].Digest != "sha512:"+subject.SHA512() {
		t.Errorf("got %+v", v)
	}
	for _, c := range v.Checks {
		if c.Outcome != provenance.Passed {
			t.Errorf("got the check %+v", c)
		}
	}
	want := map[provenance.Status]int{"VERIFIED": 4, "SIGNED": 1, "HASH-ONLY": 1, "UNREACHABLE": 0, "MISMATCH": 0, "INVALID": 0}
	for s, n := range want {
		if got.Counts[s] != n {
			t.Errorf("%s: got %d, want %d", s, got.Counts[s], n)
		}
	}
	for _, d := range got.Dependencies {
		if d.Package == "stranger" && !has(d, "CLAIMED-REPOSITORY", "was built from https://github.com/evil/widgets") {
			t.Errorf("stranger: got %+v", d.Reasons)
		}
	}
	if !strings.HasPrefix(got.TrustedRoot, "sha256:") {
		t.Errorf("got the trusted root %q", got.TrustedRoot)
	}
	if n := r.Asked("plain") + r.Asked("signed") + r.Asked("-/npm/v1/attestations/signed@3.0.0"); n != 0 {
		t.Errorf("got %d questions that nobody needed", n)
	}
}

// TestNPMFailures has one line for each thing that can be wrong with the server's own package.
func TestNPMFailures(t *testing.T) {
	s := sigstoretest.New(t)
	tamper := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("acme/widgets"), []byte("evil/widgets")) }
	elsewhere, person, otherWorkflow, otherCommit := widgets, sigstoretest.Identity{Issuer: sigstoretest.Google, Email: "x@example.com"}, widgets, widgets
	elsewhere.Issuer = "https://issuer.example.com"
	otherWorkflow.Workflow = ".github/workflows/test.yml"
	otherCommit.Commit = evil.Commit
	for _, c := range []struct {
		name string
		edit func(r *npmtest.Registry, rel *npmtest.Release)
		args []string // in place of the expected ones
		want provenance.Status
		code string // of a reason
		text string // in it
	}{
		{"good", nil, nil, "VERIFIED", "", ""},
		{"wrong repository", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Identity = evil }, nil, "MISMATCH", "REPOSITORY", "evil/widgets"},
		{"wrong workflow", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Identity = otherWorkflow }, nil, "MISMATCH", "WORKFLOW", "test.yml"},
		{"wrong ref", nil, []string{"--ref=refs/tags/v1.1.0"}, "MISMATCH", "REF", "v1.1.1"},
		{"wrong commit", nil, []string{"--ref=" + evil.Commit}, "MISMATCH", "COMMIT", widgets.Commit},
		{"wrong publisher", nil, []string{"--publisher=acme/gadgets"}, "MISMATCH", "PUBLISHER", "acme/widgets"},
		{"provenance contradicts its certificate", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Predicate = sigstoretest.SLSA1(otherCommit) }, nil, "MISMATCH", "COMMIT", evil.Commit},
		{"wrong digest", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.StatementSHA512 = strings.Repeat("ab", 64) }, nil, "MISMATCH", "DIGEST", "another artifact"},
		{"version 1.1.10 offered for 1.1.1", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.StatementVersion = "1.1.10" }, nil, "MISMATCH", "SUBJECT", "@1.1.10"},
		{"tampered statement", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Provenance.Tamper = tamper }, nil, "INVALID", "SIGNATURE", ""},
		{"statement that is not the logged one", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Provenance.TamperLog = tamper }, nil, "INVALID", "SIGNATURE", "log"},
		{"missing log entry", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Provenance.NoLog = true }, nil, "INVALID", "SIGNATURE", "log"},
		{"missing certificate timestamp", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Provenance.NoSCT = true }, nil, "INVALID", "SIGNATURE", "SCT"},
		{"another Sigstore", func(r *npmtest.Registry, _ *npmtest.Release) { r.Sigstore = sigstoretest.New(t) }, nil, "INVALID", "SIGNATURE", ""},
		{"issuer not expected", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Identity = elsewhere }, nil, "MISMATCH", "ISSUER", "issuer.example.com"},
		{"a person", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Identity, rel.Predicate = person, sigstoretest.SLSA1(widgets)
		}, nil, "MISMATCH", "ISSUER", "accounts.google.com"},
		{"publish attestation only", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.NoProvenance = true }, nil, "SIGNED", "NO-PROVENANCE", ""},
		{"provenance only", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.NoPublish = true }, nil, "SIGNED", "NO-PUBLISH-ATTESTATION", ""},
		{"registry hides attestations", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.Silent = true }, nil, "SIGNED", "NO-ATTESTATIONS", ""},
		{"empty list", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Attestations = func([]npmtest.Attestation) []npmtest.Attestation { return []npmtest.Attestation{} }
		}, nil, "SIGNED", "NO-ATTESTATIONS", ""},
		{"announced and not there", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["-/npm/v1/attestations/@acme%2fwidgets-mcp@1.1.1"] = http.NotFound
		}, nil, "SIGNED", "ATTESTATIONS-MISSING", ""},
		{"two attestations, one is bad", func(r *npmtest.Registry, rel *npmtest.Release) {
			other := r.Add(t, npmtest.Release{Name: name, Version: "9.9.9", Identity: widgets, NoPublish: true, Tarball: []byte("x"), Provenance: sigstoretest.Making{NoLog: true}})
			rel.Attestations = func(l []npmtest.Attestation) []npmtest.Attestation { return append(l, r.AttestationsOf(other)...) }
		}, nil, "INVALID", "SIGNATURE", ""},
		{"foreign provenance", func(r *npmtest.Registry, rel *npmtest.Release) {
			other := r.Add(t, npmtest.Release{Name: name, Version: "9.9.9", Identity: widgets, NoPublish: true, Tarball: []byte("x")})
			rel.Attestations = func(l []npmtest.Attestation) []npmtest.Attestation { return append(l[:1], r.AttestationsOf(other)...) }
		}, nil, "MISMATCH", "DIGEST", ""},
		{"type of the outer list", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Attestations = func(l []npmtest.Attestation) []npmtest.Attestation { l[1].PredicateType = npmtest.SLSA02; return l }
		}, nil, "INVALID", "PREDICATE-TYPE", ""},
		{"bad registry signature", func(_ *npmtest.Registry, rel *npmtest.Release) { rel.SignedText = name + "@1.1.10:" + "sha512-x" }, nil, "INVALID", "SIGNATURE", "registry's signature"},
		{"unknown key", func(r *npmtest.Registry, rel *npmtest.Release) {
			rel.Key = r.NewKey(t)
			rel.Key.Hidden = true
		}, nil, "INVALID", "UNKNOWN-KEY", "--npm-keys"},
		{"expired key", func(r *npmtest.Registry, rel *npmtest.Release) {
			r.Key.Expires, rel.NoAttestations = time.Now().Add(-time.Hour), true
		}, nil, "INVALID", "EXPIRED-KEY", ""},
		{"expired key, attested", func(r *npmtest.Registry, rel *npmtest.Release) { r.Key.Expires = time.Now().Add(-time.Hour) }, nil, "INVALID", "SIGNATURE", ""},
		{"key that ended after the publication", func(r *npmtest.Registry, rel *npmtest.Release) {
			r.Key.Expires, rel.Published = time.Now().Add(-time.Hour), time.Now().Add(-2*time.Hour)
		}, nil, "VERIFIED", "", ""},
		{"expired key, time unknown", func(r *npmtest.Registry, rel *npmtest.Release) {
			r.Key.Expires, rel.NoAttestations, rel.NoTime = time.Now().Add(-time.Hour), true, true
		}, nil, "HASH-ONLY", "TIME-UNKNOWN", ""},
		{"other bytes at the registry", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Document = func(d map[string]any) {
				d["dist"].(map[string]any)["integrity"] = npmtest.Release{Tarball: []byte("other")}.Integrity()
			}
		}, nil, "MISMATCH", "INTEGRITY", ""},
		{"document of another version", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Document = func(d map[string]any) { d["version"] = "1.1.10" }
		}, nil, "MISMATCH", "SUBJECT", "1.1.10"},
		{"weak integrity", func(_ *npmtest.Registry, rel *npmtest.Release) {
			rel.Document = func(d map[string]any) { d["dist"].(map[string]any)["integrity"] = "sha1-AAAA" }
		}, nil, "INVALID", "MALFORMED", "sha512"},
		{"not at the registry", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["@acme%2fwidgets-mcp/1.1.1"], r.Replace["@acme%2fwidgets-mcp"] = http.NotFound, http.NotFound
		}, nil, "HASH-ONLY", "NOT-FOUND", ""},
		{"registry without documents of versions", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["@acme%2fwidgets-mcp/1.1.1"] = http.NotFound
		}, nil, "VERIFIED", "", ""},
		{"malformed document", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["@acme%2fwidgets-mcp/1.1.1"] = body("<html>log in</html>")
		}, nil, "INVALID", "MALFORMED", ""},
		{"oversized document", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["@acme%2fwidgets-mcp/1.1.1"] = oversized
		}, nil, "INVALID", "LIMIT", "4194304"},
		{"malformed attestations", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["-/npm/v1/attestations/@acme%2fwidgets-mcp@1.1.1"] = body(`{"attestations":{}}`)
		}, nil, "INVALID", "MALFORMED", ""},
		{"oversized attestations", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["-/npm/v1/attestations/@acme%2fwidgets-mcp@1.1.1"] = oversized
		}, nil, "INVALID", "LIMIT", ""},
		{"attestations refused", func(r *npmtest.Registry, _ *npmtest.Release) {
			r.Replace["-/npm/v1/attestations/@acme%2fwidgets-mcp@1.1.1"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
		}, nil, "UNREACHABLE", "REFUSED", "403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := npmtest.New(t, s)
			rel := npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets}
			if c.edit != nil {
				c.edit(r, &rel)
			}
			rel = r.Add(t, rel)
			// The trusted root is that of s, whatever the registry's attestations were made with.
			v := judgeNPM(t, r, rel, append(append([]string{"--trusted-root=" + s.TrustedRootFile(t)}, expected...), c.args...)...).Subject
			if v.Status != c.want || c.code != "" && !has(v, c.code, c.text) {
				t.Errorf("got %s, %+v, want %s, %s %q", v.Status, v.Reasons, c.want, c.code, c.text)
			}
			if v.Status != provenance.Verified && v.Status != provenance.Mismatch && v.Repository != "" {
				t.Errorf("got facts with the status %s: %+v", v.Status, v)
			}
		})
	}
}

func body(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(s)) }
}

// oversized answers with more than any bound, without saying so first.
func oversized(w http.ResponseWriter, _ *http.Request) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 80 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

// TestNPMDependenciesAreNotHeldToTheSpec: a dependency may come from anywhere, but not with a broken proof.
func TestNPMDependenciesAreNotHeldToTheSpec(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	r.Add(t, npmtest.Release{Name: "foreign", Version: "1.0.0", Identity: evil})
	r.Add(t, npmtest.Release{Name: "broken", Version: "1.0.0", Identity: evil, Provenance: sigstoretest.Making{NoLog: true}})
	got := judgeNPM(t, r, subject, expected...)
	status := map[string]provenance.Status{}
	for _, d := range got.Dependencies {
		status[d.Package] = d.Status
	}
	if status["foreign"] != provenance.Verified || status["broken"] != provenance.Invalid || got.Subject.Status != provenance.Verified {
		t.Errorf("got %v and %s", status, got.Subject.Status)
	}
	if blocking, _ := provenance.Policy(got, provenance.Expectations{Available: true}); len(blocking) != 1 || !strings.Contains(blocking[0].Message, "npm:broken@1.0.0 is INVALID") {
		t.Errorf("got %v", blocking)
	}
}

// TestNPMTarballIsNotTheLocked: what was proven of other bytes counts for nothing.
func TestNPMTarballIsNotTheLocked(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	dir := r.Tarballs(t)
	file := filepath.Join(dir, "sha512-"+subject.SHA512()+".tgz")
	if err := os.WriteFile(file, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := judgeNPM(t, r, subject, "--tarballs="+dir).Subject
	if v.Status != provenance.Mismatch || !has(v, "DIGEST", "the tarball has sha512:") {
		t.Errorf("got %s %+v", v.Status, v.Reasons)
	}
	if v := judgeNPM(t, r, subject, "--tarballs="+dir, "--offline").Subject; v.Status != provenance.Mismatch {
		t.Errorf("offline: got %s %+v", v.Status, v.Reasons)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	err := stage.NPMCommand([]string{"--lock=" + r.Lock(t, subject), "--tarballs=" + dir, "--registry=" + r.URL, "--platform=linux/amd64",
		"--package=" + subject.Name, "--version=" + subject.Version, "--out=" + filepath.Join(dir, "out")}, &stderr)
	if err == nil || !strings.Contains(err.Error(), "stage npm-fetch") {
		t.Errorf("missing tarball: got %v", err)
	}
}

func TestNPMBundled(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	lock := npmtest.WriteLock(t, map[string]any{
		"":                     map[string]any{"name": "server", "dependencies": map[string]string{name: "1.1.1"}},
		"node_modules/" + name: map[string]any{"version": "1.1.1", "integrity": subject.Integrity(), "dependencies": map[string]string{"in": "1.0.0"}, "bundleDependencies": []string{"in"}},
		"node_modules/" + name + "/node_modules/in": map[string]any{"version": "1.0.0", "inBundle": true},
	})
	got := judgeNPM(t, r, subject, "--lock="+lock)
	if got.Subject.Status != provenance.Verified || len(got.Dependencies) != 0 || !has(got.Subject, "BUNDLED", "in@1.0.0") {
		t.Errorf("got %+v", got)
	}
}

func TestNPMOffline(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	r.Add(t, npmtest.Release{Name: "signed", Version: "3.0.0", NoAttestations: true})
	got := judgeNPM(t, r, subject, "--offline")
	if got.Counts[provenance.Unreachable] != 2 || !has(got.Subject, "OFFLINE", "stay offline") || r.Total() != 0 {
		t.Errorf("got %+v after %d requests", got, r.Total())
	}
	blocking, warnings := provenance.Policy(got, provenance.Expectations{Available: true, Offline: true})
	if len(blocking) != 0 || len(warnings) != 1 {
		t.Errorf("got %v and %v", blocking, warnings)
	}
	if blocking, _ := provenance.Policy(got, provenance.Expectations{Available: true, Offline: true, Publish: true}); len(blocking) != 2 {
		t.Errorf("publishing: got %v", blocking)
	}
}

func TestNPMCredentials(t *testing.T) {
	s := sigstoretest.New(t)
	for _, c := range []struct {
		name, npmrc string
		want        provenance.Status
	}{
		{"right token", "/registry/npm/:_authToken=secret-token", provenance.Verified},
		{"wrong token", "/registry/npm/:_authToken=secret-tokem", provenance.Unreachable},
		{"another path", "/registry/pypi/:_authToken=secret-token", provenance.Unreachable},
		{"none", "", provenance.Unreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := npmtest.New(t, s)
			r.Token = "secret-token"
			subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
			npmrc := filepath.Join(t.TempDir(), "npmrc")
			host, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), "/")
			line := ""
			if c.npmrc != "" {
				line = "//" + host + c.npmrc
			}
			if err := os.WriteFile(npmrc, []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
			v := judgeNPM(t, r, subject, "--npmrc="+npmrc).Subject
			if v.Status != c.want || v.Status == provenance.Unreachable && !has(v, "REFUSED", "--npmrc") {
				t.Errorf("got %s %+v", v.Status, v.Reasons)
			}
			if strings.Contains(v.Because(), "secret-token") {
				t.Errorf("the token is in %q", v.Because())
			}
		})
	}
}

// TestNPMRegistryDown: the time that one question costs is not spent on every package.
func TestNPMRegistryDown(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	for _, n := range strings.Fields("a b c d e f g h i j k l m n o p") {
		r.Add(t, npmtest.Release{Name: "dep-" + n, Version: "1.0.0", NoAttestations: true})
		r.Replace["dep-"+n+"/1.0.0"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	}
	r.Replace["@acme%2fwidgets-mcp/1.1.1"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	got, err := stage.NPM(t.Context(), stage.NPMOptions{
		LockFile: r.Lock(t, subject), Tarballs: r.Tarballs(t), Registries: npmregistry.Registries{Default: r.URL}, Platforms: []string{"linux/amd64"}, Package: subject.Name, Version: subject.Version,
		Trust: trust.Files{TrustedRoot: r.Sigstore.TrustedRootFile(t), NPMKeys: r.KeysFile(t)}, Concurrency: 2, Expect: attest.Expectations{Repository: widgets.Repository},
		HTTP: fetch.Options{Backoff: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Counts[provenance.Unreachable] != 17 || r.Total() > 6*4 {
		t.Errorf("got %v after %d requests", got.Counts, r.Total())
	}
	if text := got.Subject.Because(); !strings.Contains(text, "after 4 tries and") || !strings.Contains(text, "503") {
		if !strings.Contains(text, "did not answer before") {
			t.Errorf("got %q, want how long it waited", text)
		}
	}
	blocking, warnings := provenance.Policy(got, provenance.Expectations{})
	if len(blocking) != 0 || len(warnings) != 17 {
		t.Errorf("got %d and %d", len(blocking), len(warnings))
	}
}

// TestNPMRetries: a registry that fails once is asked again.
func TestNPMRetries(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: "plain-name", Version: "1.1.1", Identity: widgets})
	const path = "plain-name/1.1.1"
	r.Replace[path] = func(w http.ResponseWriter, req *http.Request) {
		delete(r.Replace, path)
		w.WriteHeader(http.StatusBadGateway)
	}
	if v := judgeNPM(t, r, subject).Subject; v.Status != provenance.Verified || r.Asked(path) != 2 {
		t.Errorf("got %s %+v after %d requests", v.Status, v.Reasons, r.Asked(path))
	}
}

func TestNPMArguments(t *testing.T) {
	r := npmtest.New(t, sigstoretest.New(t))
	subject := r.Add(t, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	args := func(more ...string) []string {
		return append([]string{"--lock=" + r.Lock(t, subject), "--tarballs=" + r.Tarballs(t), "--registry=" + r.URL, "--platform=linux/amd64",
			"--package=" + name, "--version=1.1.1", "--out=" + filepath.Join(t.TempDir(), "out")}, more...)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "got no --lock"},
		{"no registry", args("--registry="), "want it or --offline"},
		{"registry without a host", args("--registry=x"), "want an address"},
		{"registry with a password", args("--registry=http://u:secret@localhost/"), "npmrc"},
		{"stale lock", args("--version=1.1.2"), "lock it again"},
		{"platform", args("--platform=linux/s390x"), "linux/s390x"},
		{"trusted root", args("--trusted-root=" + r.KeysFile(t)), "trusted root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr bytes.Buffer
			err := stage.NPMCommand(c.args, &stderr)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
