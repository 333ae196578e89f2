package e2e

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBindingsAreCurrent generates the module's bindings again in a copy and expects the committed ones.
func TestBindingsAreCurrent(t *testing.T) {
	c := here(t).clone(t, "")
	git := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("git", append([]string{"-C", c.dir, "-c", "user.name=test", "-c", "user.email=test@localhost"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	git("add", "--all", "--force")
	git("commit", "--quiet", "--message=before")
	if r := c.run(t, "", "ci/dagger", "--progress=plain", "develop"); r.err != nil {
		t.Fatalf("dagger develop: %v\n%s", r.err, last(r.stderr, 40))
	}
	if changed := git("status", "--porcelain"); changed != "" {
		t.Errorf("generated files are not current:\n%s%s\nrun ./ci/dagger develop and commit what it changes", changed, git("diff", "--stat"))
	}
}

// TestAPIStandsInOrder expects all exported types in main.go and the exported methods of each in one file. The generator orders them by position,
// and the order among files is by chance: bindings that are current once would not be the next time.
func TestAPIStandsInOrder(t *testing.T) {
	methods := map[string]string{}
	for name, tree := range moduleFiles(t) {
		for _, d := range tree.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() && name != "main.go" {
						t.Errorf("type %s stands in %s, want main.go", s.Name, name)
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil || !d.Name.IsExported() {
					continue
				}
				on := types.ExprString(d.Recv.List[0].Type)
				if first := methods[on]; first != "" && first != name {
					t.Errorf("methods of %s stand in %s and %s, want one file", on, first, name)
				}
				methods[on] = name
			}
		}
	}
}

// moduleFiles are the module's own Go files by name, without what is generated.
func moduleFiles(t testing.TB) map[string]*ast.File {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(here(t).dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for the module's Go files: got %d, %v", len(files), err)
	}
	out := map[string]*ast.File{}
	for _, file := range files {
		name := filepath.Base(file)
		if name == "dagger.gen.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if out[name], err = parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestLockIsReproducible resolves a server again at the recorded date and expects the committed bytes.
func TestLockIsReproducible(t *testing.T) {
	t.Parallel()
	const lock = "servers/pdf-reader/package-lock.json"
	c := here(t).catalogue(t)
	before := c.read(t, lock)
	c.call(t, "--auto-apply", "lock", "--server=pdf-reader", "--before="+cutoff(t, filepath.Join(c.dir, lock)))
	if after := c.read(t, lock); after != before {
		t.Errorf("the lock changed at the same cut-off: got\n%s\nwant\n%s", after, before)
	}
}

// cutoff is the date that a committed lock records.
func cutoff(t testing.TB, lock string) string {
	t.Helper()
	raw, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Dockyard struct{ Before string } }
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Dockyard.Before == "" {
		t.Fatalf("%s records no cut-off (%v)", lock, err)
	}
	return doc.Dockyard.Before
}
