package provenance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/npm/npmtest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
)

// TestNPMScoped: the packages of a scope are judged by what its registry says, with its credentials, and no other package is.
func TestNPMScoped(t *testing.T) {
	s := sigstoretest.New(t)
	for name, c := range map[string]struct {
		token string // for the scope's registry
		want  provenance.Status
	}{
		"each its own":      {"of-acme", provenance.Verified},
		"none of its own":   {"", provenance.Unreachable},
		"that of the other": {"of-main", provenance.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			main, acme := npmtest.New(t, s), npmtest.New(t, s)
			main.Token, acme.Token = "of-main", "of-acme"
			subject := acme.Add(t, npmtest.Release{Name: "@acme/widgets-mcp", Version: "1.1.1", Identity: widgets})
			plain := main.Add(t, npmtest.Release{Name: "plain", Version: "1.0.0", Unsigned: true, NoAttestations: true})
			lock := npmtest.WriteLock(t, map[string]any{
				"":                             map[string]any{"name": "server", "dependencies": map[string]string{subject.Name: subject.Version}},
				"node_modules/" + subject.Name: map[string]any{"version": subject.Version, "integrity": subject.Integrity(), "dependencies": map[string]string{"plain": "1.0.0"}},
				"node_modules/plain":           map[string]any{"version": "1.0.0", "integrity": plain.Integrity()},
			})
			dir := t.TempDir()
			tarballs := filepath.Join(dir, "tarballs")
			if err := os.Mkdir(tarballs, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, r := range []npmtest.Release{subject, plain} {
				if err := os.WriteFile(filepath.Join(tarballs, "sha512-"+r.SHA512()+".tgz"), r.Tarball, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text := "//" + hostOf(main) + "/registry/npm/:_authToken=of-main\n"
			if c.token != "" {
				text += "//" + hostOf(acme) + "/registry/npm/:_authToken=" + c.token + "\n"
			}
			npmrc := filepath.Join(dir, "npmrc")
			if err := os.WriteFile(npmrc, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(dir, "provenance.json")
			if err := stage.NPMCommand([]string{"--lock=" + lock, "--tarballs=" + tarballs, "--npmrc=" + npmrc, "--registry=" + main.URL, "--scope-registry=@acme=" + acme.URL,
				"--platform=linux/amd64", "--package=" + subject.Name, "--version=" + subject.Version, "--trusted-root=" + s.TrustedRootFile(t), "--npm-keys=" + acme.KeysFile(t), "--out=" + out}, t.Output()); err != nil {
				t.Fatal(err)
			}
			got := readResult(t, out)
			if got.Subject.Status != c.want || c.want == provenance.Unreachable && !has(got.Subject, "REFUSED", "--npmrc") {
				t.Errorf("got %s %+v, want %s", got.Subject.Status, got.Subject.Reasons, c.want)
			}
			if main.Asked("@acme%2fwidgets-mcp/1.1.1") > 0 || acme.Asked("plain/1.0.0") > 0 || main.Asked("plain/1.0.0") != 1 || acme.Asked("@acme%2fwidgets-mcp/1.1.1") != 1 {
				t.Errorf("a registry was asked for what does not come from it, or its own was not")
			}
			if raw, _ := json.Marshal(got); strings.Contains(string(raw), "of-main") || strings.Contains(string(raw), "of-acme") {
				t.Errorf("a token is in %s", raw)
			}
		})
	}
}

func hostOf(r *npmtest.Registry) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), "/")
	return host
}
