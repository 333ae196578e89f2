package provenance_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/npm/npmtest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
)

// tufRepository is a TUF repository with one key for each role, as its files. Edits happen before signing.
type tufRepository struct {
	files map[string][]byte
	root  []byte
}

type tufEdit struct {
	expired string // role whose metadata has expired
	forged  string // role that another key signs
	change  func(files map[string][]byte)
}

func newTUF(t *testing.T, targets map[string][]byte, e tufEdit) tufRepository {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expires := func(role string) time.Time {
		if e.expired == role {
			return time.Now().Add(-time.Hour).UTC()
		}
		return time.Now().Add(time.Hour).UTC()
	}
	root := metadata.Root(expires("root"))
	signers := map[string]signature.Signer{}
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		public, private, err := ed25519.GenerateKey(nil)
		must(err)
		key, err := metadata.KeyFromPublicKey(public)
		must(err)
		must(root.Signed.AddKey(key, role))
		if e.forged == role {
			_, private, err = ed25519.GenerateKey(nil)
			must(err)
		}
		signers[role], err = signature.LoadSigner(private, crypto.Hash(0))
		must(err)
	}
	list := metadata.Targets(expires("targets"))
	r := tufRepository{files: map[string][]byte{}}
	for name, raw := range targets {
		file, err := metadata.TargetFile().FromBytes(name, raw, "sha256")
		must(err)
		list.Signed.Targets[name] = file
		dir, base := filepath.Split(name)
		r.files["targets/"+dir+file.Hashes["sha256"].String()+"."+base] = raw
	}
	snapshot, timestamp := metadata.Snapshot(expires("snapshot")), metadata.Timestamp(expires("timestamp"))
	for _, one := range []struct {
		role, file string
		sign       func(signature.Signer) (*metadata.Signature, error)
		bytes      func(bool) ([]byte, error)
	}{
		{"root", "1.root.json", root.Sign, root.ToBytes}, {"targets", "1.targets.json", list.Sign, list.ToBytes},
		{"snapshot", "1.snapshot.json", snapshot.Sign, snapshot.ToBytes}, {"timestamp", "timestamp.json", timestamp.Sign, timestamp.ToBytes},
	} {
		_, err := one.sign(signers[one.role])
		must(err)
		r.files[one.file], err = one.bytes(false)
		must(err)
	}
	r.root = r.files["1.root.json"]
	if e.change != nil {
		e.change(r.files)
	}
	return r
}

func (r tufRepository) serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, ok := r.files[strings.TrimPrefix(req.URL.Path, "/tuf/")]
		if !ok {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(raw)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/tuf"
}

func TestTrustedRoot(t *testing.T) {
	s := sigstoretest.New(t)
	registry := npmtest.New(t, s)
	keys, err := os.ReadFile(registry.KeysFile(t))
	if err != nil {
		t.Fatal(err)
	}
	good := map[string][]byte{"trusted_root.json": s.TrustedRoot(t), "registry.example.com/keys.json": keys}
	swap := func(files map[string][]byte) {
		for name, raw := range files {
			if strings.HasSuffix(name, "trusted_root.json") {
				files[name] = bytes.Replace(raw, []byte("sigstoretest"), []byte("sigstoretesT"), 1)
			}
		}
	}
	for _, c := range []struct {
		name    string
		targets map[string][]byte
		edit    tufEdit
		root    func(tufRepository) []byte // nil is the repository's own
		want    string                     // part of the error
	}{
		{"good", good, tufEdit{}, nil, ""},
		{"timestamp signed by another key", good, tufEdit{forged: "timestamp"}, nil, "timestamp"},
		{"targets signed by another key", good, tufEdit{forged: "targets"}, nil, "targets"},
		{"root signed by another key", good, tufEdit{forged: "root"}, nil, "root"},
		{"expired timestamp", good, tufEdit{expired: "timestamp"}, nil, "expired"},
		{"expired targets", good, tufEdit{expired: "targets"}, nil, "expired"},
		{"expired root", good, tufEdit{expired: "root"}, nil, "expired"},
		{"another root", good, tufEdit{}, func(tufRepository) []byte { return newTUF(t, good, tufEdit{}).root }, "timestamp"},
		{"no TUF root", good, tufEdit{}, func(tufRepository) []byte { return []byte("{}") }, "TUF"},
		{"changed target", good, tufEdit{change: swap}, nil, "hash"},
		{"no trusted root", map[string][]byte{"registry.example.com/keys.json": keys}, tufEdit{}, nil, "trusted_root.json"},
		{"trusted root that trusts nobody", map[string][]byte{"trusted_root.json": []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)},
			tufEdit{}, nil, "0 certificate authorities"},
		{"no keys", map[string][]byte{"trusted_root.json": s.TrustedRoot(t)}, tufEdit{}, nil, "registry.example.com/keys.json"},
		{"keys that are none", map[string][]byte{"trusted_root.json": s.TrustedRoot(t), "registry.example.com/keys.json": []byte(`{"keys":[]}`)}, tufEdit{}, nil, "0 keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newTUF(t, c.targets, c.edit)
			dir := t.TempDir()
			first := filepath.Join(dir, "root.json")
			raw := r.root
			if c.root != nil {
				raw = c.root(r)
			}
			if err := os.WriteFile(first, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			out, keysOut := filepath.Join(dir, "trusted_root.json"), filepath.Join(dir, "keys.json")
			var stderr bytes.Buffer
			err := stage.TrustedRootCommand([]string{"--out=" + out, "--npm-keys=" + keysOut, "--registry=https://registry.example.com/",
				"--mirror=" + r.serve(t), "--root=" + first}, &stderr)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				loaded, err := trust.Load(trust.Files{TrustedRoot: out, NPMKeys: keysOut})
				if err != nil || loaded.NPM.Signatures[registry.Key.ID].Public == nil {
					t.Errorf("got %+v, %v", loaded, err)
				}
				return
			}
			if !errors.Is(err, trust.ErrTrust) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrTrust and %q", err, c.want)
			}
			for _, name := range []string{out, keysOut} {
				if _, err := os.Stat(name); err == nil {
					t.Errorf("%s was written", filepath.Base(name))
				}
			}
		})
	}
}

func TestTrustedRootArguments(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "--out"}, {"--out=x --npm-keys=y", "want both"}, {"--out=x --registry=https://registry.example.com", "want both"},
		{"--out=x --root=/nowhere/root.json", "/nowhere/root.json"},
	} {
		var stderr bytes.Buffer
		if err := stage.TrustedRootCommand(strings.Fields(c.args), &stderr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.args, err, c.want)
		}
	}
}
