package provenance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/npm/npmtest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
)

// orderFolder names the variable with a folder that has an order.json, to which TestOrder adds what a registry would serve.
const orderFolder = "DOCKYARD_SIGN_ORDER"

// order is what the end-to-end tests want to have signed: they have packages and a registry, and no Sigstore.
type order struct {
	Identity sigstoretest.Identity // of the workflow that built all of it
	NPM      []struct {
		Name, Version string
		Tarball       string // its file in the folder
		Attested      string // version in the attestations; "" is the right one
		SignedOnly    bool   // a registry signature, and no attestations
	}
	PyPI []struct {
		Wheel string            // its file in the folder
		As    map[string]string // publisher: kind, repository, workflow
		Name  string            // of the file in the attestation; "" is the right one
	}
}

// signed is the answer: signed.json, beside trusted_root.json and npm-keys.json.
type signed struct {
	NPM  map[string]npmAnswer `json:"npm"`  // by NAME@VERSION
	PyPI map[string]any       `json:"pypi"` // provenance objects by file name
}

type npmAnswer struct {
	Dist         any `json:"dist"` // signatures and attestations, as in the document of a version
	Attestations any `json:"attestations,omitempty"`
}

// TestOrder signs what order.json names. Without a folder it makes one for itself, and expects what was made to be VERIFIED.
func TestOrder(t *testing.T) {
	if dir := os.Getenv(orderFolder); dir != "" {
		fill(t, dir)
		return
	}
	dir := t.TempDir()
	for file, text := range map[string]string{
		"a.tgz": "tarball", wheelName: "content of " + wheelName, // as in the index below
		"order.json": `{"identity": {"repository": "https://github.com/acme/widgets", "workflow": ".github/workflows/release.yml", "ref": "refs/tags/v1", "commit": "0123456789012345678901234567890123456789"},
			"npm": [{"name": "@a/b", "version": "1.0.0", "tarball": "a.tgz"}], "pypi": [{"wheel": "` + wheelName + `", "as": {"kind": "GitHub", "repository": "acme/widgets", "workflow": "release.yml"}}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := fill(t, dir)
	x := newIndex(t)
	f := x.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
	x.objects[f.name] = got.PyPI[f.name]
	args := append(x.args(t, "1.1.1"), "--trusted-root="+filepath.Join(dir, "trusted_root.json"))
	if r := judgePyPI(t, append(args, "--publisher=acme/widgets")...); r.Subject.Status != provenance.Verified {
		t.Errorf("got %s (%s)", r.Subject.Status, r.Subject.Because())
	}
	if a := got.NPM["@a/b@1.0.0"]; a.Dist == nil || a.Attestations == nil {
		t.Errorf("got %+v", got.NPM)
	}
}

// fill reads order.json in a folder and writes the answer beside it.
func fill(t *testing.T, dir string) signed {
	t.Helper()
	raw := readFile(t, dir, "order.json")
	var o order
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	s := sigstoretest.New(t)
	registry := npmtest.New(t, s)
	out := signed{NPM: map[string]npmAnswer{}, PyPI: map[string]any{}}
	for _, p := range o.NPM {
		rel := registry.Add(t, npmtest.Release{Name: p.Name, Version: p.Version, Tarball: readFile(t, dir, p.Tarball), Identity: o.Identity, StatementVersion: p.Attested, NoAttestations: p.SignedOnly})
		a := npmAnswer{Dist: registry.DistOf(rel)}
		if !p.SignedOnly {
			a.Attestations = map[string]any{"attestations": registry.AttestationsOf(rel)}
		}
		out.NPM[p.Name+"@"+p.Version] = a
	}
	x := &index{sigstore: s}
	for _, p := range o.PyPI {
		sum := sha256.Sum256(readFile(t, dir, p.Wheel))
		publisher := map[string]any{}
		for k, v := range p.As {
			publisher[k] = v
		}
		out.PyPI[p.Wheel] = object(publisher, x.attest(t, &wheelFile{name: p.Wheel, sum: hex.EncodeToString(sum[:])}, made{id: o.Identity, subject: p.Name}))
	}
	answer, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"signed.json": answer, "trusted_root.json": s.TrustedRoot(t), "npm-keys.json": readFile(t, registry.KeysFile(t), "")} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
