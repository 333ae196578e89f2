package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"dagger/dockyard/ci/e2e/registry"
)

// signer has packages signed by a Sigstore that exists for one test. The tests of the stage module make it (TestOrder), so that this module needs
// none of what signing takes.
type signer struct {
	dir      string // of the order and its answer; trusted_root.json and npm-keys.json are there after sign
	Identity workflow
	NPM      []npmOrder
	PyPI     []pypiOrder
}

// workflow is who built what is signed.
type workflow struct{ Repository, Workflow, Ref, Commit string }

type npmOrder struct {
	Name, Version, Tarball string
	Attested               string // version in the attestations; "" is the right one
	SignedOnly             bool

	make registry.NPMPackage
}

type pypiOrder struct {
	Wheel string
	As    map[string]string // publisher
	Name  string            // of the file in the attestation; "" is the right one
}

// add orders the signing of an npm package.
func (s *signer) add(t *testing.T, p registry.NPMPackage, o npmOrder) {
	t.Helper()
	raw, err := p.Tarball()
	if err != nil {
		t.Fatal(err)
	}
	o.Name, o.Version, o.make = p.Name, p.Version, p
	o.Tarball = filepath.Base(p.Name) + "-" + p.Version + ".tgz"
	s.file(t, o.Tarball, raw)
	s.NPM = append(s.NPM, o)
}

func (s *signer) file(t *testing.T, name string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// answer is what a registry serves for what was signed.
type answer struct {
	NPM map[string]struct {
		Dist         map[string]any
		Attestations json.RawMessage
	}
	PyPI map[string]json.RawMessage // provenance objects by file
}

// sign has everything signed that was ordered.
func (s *signer) sign(t *testing.T) answer {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	s.file(t, "order.json", raw)
	cmd := exec.Command("go", "test", "-count=1", "-run=^TestOrder$", "./provenance")
	cmd.Dir = filepath.Join(here(t).dir, "pipeline/stage")
	cmd.Env = append(os.Environ(), "DOCKYARD_SIGN_ORDER="+s.dir, "GOTOOLCHAIN=go1.26.8", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("signing: %v\n%s", err, out)
	}
	if raw, err = os.ReadFile(filepath.Join(s.dir, "signed.json")); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// trust are the flags by which the signatures are trusted.
func (s *signer) trust() []string {
	return []string{"--trusted-root=" + filepath.Join(s.dir, "trusted_root.json"), "--npm-keys=" + filepath.Join(s.dir, "npm-keys.json")}
}
