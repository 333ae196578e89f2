package provenance_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/vectors"
)

// audit runs the subcommand, as an auditor would.
func audit(t testing.TB, args ...string) provenance.Verdict {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := stage.Command(args, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var v provenance.Verdict
	if err := json.Unmarshal(stdout.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// broken are reasons of cases.json for which the attestation itself is bad; every other failure is a mismatch.
var broken = []string{"fail:payload hash", "fail:", "fail:predicateType mismatch", "fail:bad PEP 740"}

func outcome(want ...string) provenance.Status {
	status := provenance.Verified
	for _, w := range want {
		switch {
		case w == "ok" || status == provenance.Invalid:
		case contains(broken, w):
			status = provenance.Invalid
		case w == "fail:no provenance":
			status = provenance.Signed
		default:
			status = provenance.Mismatch
		}
	}
	return status
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// TestVectors runs every case of cases.json, with the keys that come with the program.
func TestVectors(t *testing.T) {
	dir := vectors.Dir(t)
	cases := vectors.Read(t, dir)
	for _, c := range cases.NPM {
		t.Run("npm/"+filepath.Base(c.File)+"/"+c.Version+"/"+c.WantProvenance, func(t *testing.T) {
			v := audit(t, "--ecosystem=npm", "--package="+c.Name, "--version="+c.Version, "--file=package.tgz", "--digest=sha512:"+c.SHA512,
				"--attestations="+filepath.Join(dir, c.File), "--repository="+c.Repo)
			want := outcome(c.WantPublish, c.WantProvenance)
			if v.Status != want {
				t.Errorf("got %s (%s), want %s", v.Status, v.Because(), want)
			}
			if v.Status == provenance.Verified && (v.Repository != c.Repo || v.Builder != c.Builder || v.Commit == "" || v.Workflow == "" || v.LogIndex == nil) {
				t.Errorf("got the facts %+v", v)
			}
		})
	}
	for _, c := range cases.PyPI {
		t.Run("pypi/"+filepath.Base(c.File)+"/"+c.Filename+"/"+c.Want, func(t *testing.T) {
			name, version, _ := strings.Cut(strings.TrimSuffix(c.Filename, ".tar.gz"), "-")
			v := audit(t, "--ecosystem=pypi", "--package="+name, "--version="+version, "--file="+c.Filename, "--digest=sha256:"+c.SHA256,
				"--attestations="+filepath.Join(dir, c.File), "--repository=https://github.com/"+c.Repo, "--workflow="+c.Workflow, "--publisher-kind="+c.Kind)
			if want := outcome(c.Want); v.Status != want {
				t.Errorf("got %s (%s), want %s", v.Status, v.Because(), want)
			}
			if v.Status == provenance.Verified && (v.Publisher == nil || v.Publisher.Repository != c.Repo || v.Commit == "" || !strings.HasSuffix(v.Workflow, c.Workflow)) {
				t.Errorf("got the facts %+v", v)
			}
		})
	}
}

// TestOldCertificate has only the fields .1 to .6.
func TestOldCertificate(t *testing.T) {
	dir := vectors.Dir(t)
	for _, c := range vectors.Read(t, dir).NPM {
		if c.File != "npm/sigstore@1.0.0.attestations.json" {
			continue
		}
		args := []string{"--ecosystem=npm", "--package=sigstore", "--version=1.0.0", "--file=package.tgz", "--digest=sha512:" + c.SHA512, "--attestations=" + filepath.Join(dir, c.File)}
		v := audit(t, append(args, "--workflow=publish.yml", "--ref=refs/tags/v1.0.0", "--repository=sigstore/sigstore-js")...)
		if v.Status != provenance.Verified || v.Workflow != ".github/workflows/publish.yml" || v.Commit != "06528997c3c8ab9f864fad9a3658446aca7fd86d" {
			t.Errorf("got %+v", v)
		}
		for _, wrong := range []string{"--workflow=other.yml", "--ref=refs/tags/v1.0.1", "--repository=https://github.com/sigstore/sigstore", "--publisher=sigstore/cosign", "--publisher-kind=GitLab", "--ref=1111111111111111111111111111111111111111"} {
			if v := audit(t, append(args, wrong)...); v.Status != provenance.Mismatch {
				t.Errorf("%s: got %s (%s), want MISMATCH", wrong, v.Status, v.Because())
			}
		}
	}
}
