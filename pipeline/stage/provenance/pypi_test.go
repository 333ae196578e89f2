package provenance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/vectors"
)

const wheelName = "Widgets_MCP-1.1.1-py3-none-any.whl"

func TestPyPIVerified(t *testing.T) {
	for _, html := range []bool{false, true} {
		x := newIndex(t)
		x.html = html
		f := x.add(t, "widgets-mcp", "1.1.1", "widgets_mcp-1.1.1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "widgets_mcp-1.1.1-cp313-cp313-manylinux_2_17_aarch64.whl")
		for _, one := range f {
			x.objects[one.name] = object(github, x.attest(t, one, made{}), x.attest(t, one, made{kind: attest.SLSA1}))
		}
		x.add(t, "plain", "2.0", "plain-2.0-py3-none-any.whl")
		r := judgePyPI(t, append(x.args(t, "1.1.1"), expected...)...)
		s := r.Subject
		if s.Status != provenance.Verified || r.Counts[provenance.HashOnly] != 1 || !has(r.Dependencies[0], "NO-ATTESTATIONS", "") {
			t.Fatalf("html %v: got %v, %s", html, r.Counts, s.Because())
		}
		if s.Repository != widgets.Repository || s.Commit != widgets.Commit || s.Workflow != widgets.Workflow || s.LogIndex == nil || len(s.Files) != 2 ||
			s.Publisher == nil || s.Publisher.Environment != "pypi" || s.Publisher.Repository != "acme/widgets" {
			t.Errorf("got %+v", s)
		}
	}
}

// TestPyPISourceDistribution: the attestations are those of the very file that the wheel is built from.
func TestPyPISourceDistribution(t *testing.T) {
	const name = "widgets_mcp-1.1.1.tar.gz"
	for _, tampered := range []bool{false, true} {
		x := newIndex(t)
		f := x.add(t, "widgets-mcp", "1.1.1", name)[0]
		x.objects[name] = object(github, x.attest(t, f, made{}))
		want := provenance.Verified
		if tampered {
			if err := os.WriteFile(filepath.Join(x.dir, name), []byte("other"), 0o644); err != nil {
				t.Fatal(err)
			}
			want = provenance.Mismatch
		}
		s := judgePyPI(t, append(x.args(t, "1.1.1"), expected...)...).Subject
		if s.Status != want || has(s, "SOURCE", name) == tampered {
			t.Errorf("tampered %v: got %s %+v", tampered, s.Status, s.Reasons)
		}
	}
}

// TestPyPIBuildRequirements: what a source distribution is built with is judged like what is installed.
func TestPyPIBuildRequirements(t *testing.T) {
	x := newIndex(t)
	x.add(t, "widgets-mcp", "1.1.1", "widgets_mcp-1.1.1.tar.gz")
	args := x.args(t, "1.1.1")
	x.lock.Reset()
	x.add(t, "tool", "2.0", "tool-2.0-py3-none-any.whl")
	lock := filepath.Join(t.TempDir(), "build-requirements.lock")
	if err := os.WriteFile(lock, []byte(x.lock.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--build-lock="+lock, "--build-platform=linux/arm64")
	if r := judgePyPI(t, args...); len(r.Dependencies) != 1 || r.Dependencies[0].ID() != "pypi:tool@2.0" || r.Dependencies[0].Status != provenance.HashOnly {
		t.Errorf("got %+v", r.Dependencies)
	}
	if err := os.WriteFile(filepath.Join(x.dir, "tool-2.0-py3-none-any.whl"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := judgePyPI(t, args...); r.Dependencies[0].Status != provenance.Mismatch {
		t.Errorf("other bytes: got %+v", r.Dependencies)
	}
	if err := stage.PyPICommand(append(args[:len(args)-1], "--out="+lock), t.Output()); err == nil || !strings.Contains(err.Error(), "or neither") {
		t.Errorf("got %v", err)
	}
}

// TestPyPIPublishers has the kinds beside GitHub.
func TestPyPIPublishers(t *testing.T) {
	gitlab := widgets
	gitlab.Issuer, gitlab.Repository, gitlab.Workflow = sigstoretest.GitLab, "https://gitlab.com/acme/tools/widgets", ".gitlab-ci.yml"
	google := sigstoretest.Identity{Issuer: sigstoretest.Google, Email: "publisher@acme.iam.gserviceaccount.com"}
	for _, c := range []struct {
		id        sigstoretest.Identity
		publisher map[string]any
		expect    []string
		wrong     string
	}{
		{gitlab, map[string]any{"kind": "GitLab", "repository": "acme/tools/widgets", "workflow_filepath": ".gitlab-ci.yml"},
			[]string{"--publisher-kind=GitLab", "--publisher=acme/tools/widgets", "--workflow=.gitlab-ci.yml", "--repository=https://gitlab.com/acme/tools/widgets"}, "--publisher=acme/tools/other"},
		{google, map[string]any{"kind": "Google", "email": google.Email}, []string{"--publisher-kind=Google", "--publisher=" + google.Email}, "--publisher=other@acme.test"},
	} {
		x := newIndex(t)
		f := x.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
		x.objects[f.name] = object(c.publisher, x.attest(t, f, made{id: c.id}))
		args := append(x.args(t, "1.1.1"), c.expect...)
		if r := judgePyPI(t, args...); r.Subject.Status != provenance.Verified || r.Subject.Publisher.Kind != c.publisher["kind"] {
			t.Errorf("%v: got %s (%s)", c.publisher["kind"], r.Subject.Status, r.Subject.Because())
		}
		if r := judgePyPI(t, append(args, c.wrong)...); r.Subject.Status != provenance.Mismatch || !has(r.Subject, "PUBLISHER", "") {
			t.Errorf("%v %s: got %s (%s)", c.publisher["kind"], c.wrong, r.Subject.Status, r.Subject.Because())
		}
	}
}

// TestPyPIFailures has one case for each thing that can be wrong with a release.
func TestPyPIFailures(t *testing.T) {
	tamper := func(s []byte) []byte { return []byte(strings.Replace(string(s), "1.1.1", "1.1.2", 1)) }
	page := "/py/simple/widgets-mcp/"
	at := "/py/integrity/widgets-mcp/1.1.1/" + wheelName + "/provenance"
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	code := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	huge := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, n)) }
	}
	for _, c := range []struct {
		name   string
		made   made
		more   []string
		change func(t *testing.T, x *index, f *wheelFile)
		want   provenance.Status
		code   string
		says   string
	}{
		{name: "names equal in normal form", made: made{subject: "widgets.mcp-1.1.1-py3-none-any.whl"}, want: provenance.Verified},
		{name: "expected repository", more: []string{"--repository=https://github.com/acme/other"}, want: provenance.Mismatch, code: "REPOSITORY"},
		{name: "expected workflow", more: []string{"--workflow=other.yml"}, want: provenance.Mismatch, code: "WORKFLOW"},
		{name: "expected ref", more: []string{"--ref=refs/tags/v9"}, want: provenance.Mismatch, code: "REF"},
		{name: "expected publisher", more: []string{"--publisher=acme/other"}, want: provenance.Mismatch, code: "PUBLISHER"},
		{name: "expected kind", more: []string{"--publisher-kind=GitLab"}, want: provenance.Mismatch, code: "PUBLISHER"},
		{name: "signed by another repository", made: made{id: evil}, want: provenance.Mismatch, code: "PUBLISHER"},
		{name: "another digest", made: made{sum: strings.Repeat("ab", 32)}, want: provenance.Mismatch, code: "DIGEST"},
		{name: "attestation for 1.1.10", made: made{subject: "widgets_mcp-1.1.10-py3-none-any.whl"}, want: provenance.Mismatch, code: "SUBJECT"},
		{name: "another wheel of the release", made: made{subject: "widgets_mcp-1.1.1-py2-none-any.whl"}, want: provenance.Mismatch, code: "SUBJECT"},
		{name: "another project", made: made{subject: "widgetsmcp-1.1.1-py3-none-any.whl"}, want: provenance.Mismatch, code: "SUBJECT"},
		{name: "two subjects", made: made{subjects: 2}, want: provenance.Mismatch, code: "SUBJECT"},
		{name: "tampered statement", made: made{making: sigstoretest.Making{Tamper: tamper}}, want: provenance.Invalid, code: "SIGNATURE"},
		{name: "log entry of another statement", made: made{making: sigstoretest.Making{TamperLog: tamper}}, want: provenance.Invalid, code: "SIGNATURE"},
		{name: "no log entry", made: made{making: sigstoretest.Making{NoLog: true}}, want: provenance.Invalid, code: "MALFORMED"},
		{name: "no certificate timestamp", made: made{making: sigstoretest.Making{NoSCT: true}}, want: provenance.Invalid, code: "SIGNATURE"},
		{name: "unknown predicate", made: made{kind: "https://example.test/v1"}, want: provenance.Invalid, code: "PREDICATE-TYPE"},
		{name: "one of two is bad", change: func(t *testing.T, x *index, f *wheelFile) {
			x.objects[f.name] = object(github, x.attest(t, f, made{}), x.attest(t, f, made{kind: attest.SLSA1, making: sigstoretest.Making{Tamper: tamper}}))
		}, want: provenance.Invalid, code: "SIGNATURE"},
		{name: "one of two is foreign", change: func(t *testing.T, x *index, f *wheelFile) {
			x.objects[f.name] = object(github, x.attest(t, f, made{}), x.attest(t, f, made{kind: attest.SLSA1, id: evil}))
		}, want: provenance.Mismatch, code: "PUBLISHER"},
		{name: "false publisher", change: func(t *testing.T, x *index, f *wheelFile) {
			x.objects[f.name] = object(map[string]any{"kind": "GitHub", "repository": "evil/widgets", "workflow": "release.yml"}, x.attest(t, f, made{}))
		}, want: provenance.Mismatch, code: "PUBLISHER"},
		{name: "index has another hash", change: func(_ *testing.T, _ *index, f *wheelFile) { f.sum = strings.Repeat("cd", 32) }, want: provenance.Mismatch, code: "DIGEST", says: "index has"},
		{name: "fetched another wheel", change: func(t *testing.T, x *index, f *wheelFile) {
			if err := os.WriteFile(filepath.Join(x.dir, f.name), []byte("other"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, want: provenance.Mismatch, code: "DIGEST", says: "as in the lock"},
		{name: "not fetched", change: func(_ *testing.T, x *index, f *wheelFile) { os.Remove(filepath.Join(x.dir, f.name)) }, want: provenance.Unreachable, code: "NOT-FETCHED"},
		{name: "file gone from the index", change: func(_ *testing.T, x *index, f *wheelFile) { f.name, f.sum = "widgets_mcp-1.0-py3-none-any.whl", "" }, want: provenance.HashOnly, code: "NOT-LISTED"},
		{name: "project gone", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[page] = code(404) }, want: provenance.HashOnly, code: "NOT-LISTED"},
		{name: "no attestations", change: func(_ *testing.T, x *index, f *wheelFile) { delete(x.objects, f.name) }, want: provenance.HashOnly, code: "NO-ATTESTATIONS"},
		{name: "mirror", change: func(_ *testing.T, x *index, _ *wheelFile) { x.mirror = true }, want: provenance.HashOnly, code: "NO-ATTESTATIONS", says: "no integrity API"},
		{name: "mirror in HTML", change: func(_ *testing.T, x *index, _ *wheelFile) { x.mirror, x.html = true, true }, want: provenance.HashOnly, code: "NO-ATTESTATIONS", says: "no integrity API"},
		{name: "announced and not served", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[at] = code(404) }, want: provenance.Unreachable, code: "UNREACHABLE", says: "404"},
		{name: "announced and forbidden", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[at] = code(403) }, want: provenance.Unreachable, code: "REFUSED", says: "403"},
		{name: "malformed provenance", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[at] = say("{") }, want: provenance.Invalid, code: "MALFORMED"},
		{name: "oversized provenance", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[at] = huge(16<<20 + 1) }, want: provenance.Invalid, code: "LIMIT", says: "MaxBytes"},
		{name: "malformed page", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[page] = say(`{"meta":{"api-version":"1.0"}`) }, want: provenance.Invalid, code: "MALFORMED", says: "the page of widgets-mcp"},
		{name: "page of another API", change: func(_ *testing.T, x *index, _ *wheelFile) {
			x.replace[page] = say(`{"meta":{"api-version":"2.0"},"files":[]}`)
		}, want: provenance.Invalid, code: "MALFORMED", says: "api-version"},
		{name: "oversized page", change: func(_ *testing.T, x *index, _ *wheelFile) { x.replace[page] = huge(64<<20 + 1) }, want: provenance.Invalid, code: "LIMIT", says: "MaxBytes"},
		{name: "credentials wanted", change: func(_ *testing.T, x *index, _ *wheelFile) { x.user = "me:secret" }, want: provenance.Unreachable, code: "REFUSED", says: "--pip-config"},
		{name: "offline", more: []string{"--offline"}, want: provenance.Unreachable, code: "OFFLINE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newIndex(t)
			f := x.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
			x.objects[f.name] = object(github, x.attest(t, f, c.made))
			if c.change != nil {
				c.change(t, x, f)
			}
			v := judgePyPI(t, append(append(x.args(t, "1.1.1"), expected...), c.more...)...).Subject
			if v.Status != c.want || c.code != "" && !has(v, c.code, c.says) {
				t.Errorf("got %s %+v, want %s %s %q", v.Status, v.Reasons, c.want, c.code, c.says)
			}
			if c.name == "offline" && len(x.asked) > 0 {
				t.Errorf("got the requests %q, want none", x.asked)
			}
		})
	}
}

func TestPyPIFilesOfOneRelease(t *testing.T) {
	for name, c := range map[string]struct {
		second func(t *testing.T, x *index, f *wheelFile) any
		want   provenance.Status
		code   string
	}{
		"one has no attestation": {func(*testing.T, *index, *wheelFile) any { return nil }, provenance.HashOnly, "NO-ATTESTATIONS"},
		"other repository": {func(t *testing.T, x *index, f *wheelFile) any {
			return object(map[string]any{"kind": "GitHub", "repository": "evil/widgets", "workflow": "release.yml"}, x.attest(t, f, made{id: evil}))
		}, provenance.Mismatch, "FILES"},
		"attestation of the first": {func(_ *testing.T, x *index, _ *wheelFile) any { return x.objects["widgets_mcp-1.1.1-py3-none-any.whl"] }, provenance.Mismatch, "DIGEST"},
	} {
		x := newIndex(t)
		f := x.add(t, "widgets-mcp", "1.1.1", "widgets_mcp-1.1.1-py3-none-any.whl", "widgets_mcp-1.1.1-py3-none-manylinux2014_x86_64.whl")
		x.objects[f[0].name] = object(github, x.attest(t, f[0], made{}))
		if o := c.second(t, x, f[1]); o != nil {
			x.objects[f[1].name] = o
		}
		if v := judgePyPI(t, x.args(t, "1.1.1")...).Subject; v.Status != c.want || !has(v, c.code, "") || c.want == provenance.HashOnly && v.Repository != "" {
			t.Errorf("%s: got %s %+v, want %s %s", name, v.Status, v.Reasons, c.want, c.code)
		}
	}
}

func TestPyPIYanked(t *testing.T) {
	for _, html := range []bool{false, true} {
		x := newIndex(t)
		x.html = html
		x.add(t, "widgets-mcp", "1.1.1", wheelName)[0].yanked = "broken & <old>"
		if html {
			x.files["widgets-mcp"][0].yanked = "broken &amp; &lt;old>"
		}
		if v := judgePyPI(t, x.args(t, "1.1.1")...).Subject; v.Yanked == nil || *v.Yanked != "broken & <old>" || !has(v, "YANKED", "broken") {
			t.Errorf("html %v: got %+v", html, v)
		}
	}
}

func TestPyPICredentials(t *testing.T) {
	x := newIndex(t)
	x.user = "me:hunter2"
	f := x.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
	x.objects[f.name] = object(github, x.attest(t, f, made{}))
	host := strings.TrimSuffix(strings.TrimPrefix(x.URL, "http://"), "/py/simple")
	dir := t.TempDir()
	for arg, text := range map[string]string{
		"--netrc":      "machine " + host + " login me password hunter2\n",
		"--pip-config": "[global]\n# comment\nindex-url = http://me:hunter2@" + host + "/py/simple\n",
	} {
		file := filepath.Join(dir, strings.Trim(arg, "-"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := judgePyPI(t, append(x.args(t, "1.1.1"), arg+"="+file)...)
		raw, _ := json.Marshal(r)
		if r.Subject.Status != provenance.Verified || strings.Contains(string(raw), "hunter2") {
			t.Errorf("%s: got %s", arg, raw)
		}
	}
	err := stage.PyPICommand(append(x.args(t, "1.1.1"), "--index=http://me:hunter2@"+host+"/simple", "--out="+filepath.Join(dir, "out")), t.Output())
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestPyPIIndexDown(t *testing.T) {
	x := newIndex(t)
	args := x.args(t, "1.1.1")
	for i := range 40 {
		x.add(t, fmt.Sprintf("p%d", i), "1", fmt.Sprintf("p%d-1-py3-none-any.whl", i))
		x.replace[fmt.Sprintf("/py/simple/p%d/", i)] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	}
	lock := filepath.Join(t.TempDir(), "requirements.lock")
	if err := os.WriteFile(lock, []byte(x.lock.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := stage.PyPI(context.Background(), stage.PyPIOptions{LockFile: lock, Wheels: []string{x.dir}, Indexes: []string{x.URL}, Platforms: []string{"linux/amd64"}, Package: "p0", Version: "1",
		Trust: trust.Files{TrustedRoot: strings.TrimPrefix(args[len(args)-1], "--trusted-root=")}, Credentials: credentials.Files{}, Concurrency: 2, HTTP: fetch.Options{Attempts: 1}})
	if err != nil || r.Counts[provenance.Unreachable] != 40 || len(x.asked) > 8 {
		t.Errorf("got %v, %v after %d requests", r.Counts, err, len(x.asked))
	}
}

// TestPyPIVectors serves the real provenance objects over HTTP. Their artefacts are not there, so what is judged are the hashes.
func TestPyPIVectors(t *testing.T) {
	dir := vectors.Dir(t)
	for _, c := range vectors.Read(t, dir).PyPI {
		if !strings.HasSuffix(c.File, ".provenance.json") || strings.HasSuffix(c.Want, "subject name") {
			continue
		}
		t.Run(filepath.Base(c.File)+"/"+c.Repo+"/"+c.Workflow+"/"+c.Want, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			project, version, _ := strings.Cut(strings.TrimSuffix(c.Filename, ".tar.gz"), "-")
			x := newIndex(t)
			x.files[strings.ReplaceAll(project, "_", "-")] = []*wheelFile{{name: c.Filename, sum: c.SHA256}}
			x.objects[c.Filename] = json.RawMessage(raw)
			v := judgeRelease(t, x.URL, project, version, c.Filename, c.SHA256, attest.Expectations{Repository: "https://github.com/" + c.Repo, Workflow: c.Workflow, Kind: c.Kind})
			if want := outcome(c.Want); v.Status != want {
				t.Errorf("got %s (%s), want %s", v.Status, v.Because(), want)
			}
		})
	}
}

// BenchmarkPyPI is a lock with 100 packages, each with an attestation.
func BenchmarkPyPI(b *testing.B) {
	x := newIndex(b)
	for i := range 100 {
		name, project := fmt.Sprintf("p%d-1-py3-none-any.whl", i), fmt.Sprintf("p%d", i)
		f := x.add(b, project, "1", name)[0]
		x.objects[name] = object(github, x.attest(b, f, made{}))
	}
	args := append(x.args(b, "1"), "--package=p0")
	for b.Loop() {
		if r := judgePyPI(b, args...); r.Counts[provenance.Verified] != 100 {
			b.Fatalf("got %v", r.Counts)
		}
	}
}
