package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
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

// TestLockIsReproducible resolves a server again at the recorded date and expects the committed bytes.
func TestLockIsReproducible(t *testing.T) {
	c := here(t).clone(t, "")
	if r := c.run(t, "", "git", "add", "--all"); r.err != nil {
		t.Fatal(r.stderr)
	}
	before := cutoff(t, c.dir+"/servers/pdf-reader/package-lock.json")
	c.call(t, "--auto-apply", "lock", "--server=pdf-reader", "--before="+before)
	if r := c.run(t, "", "git", "diff", "--stat"); r.err != nil || r.stdout != "" {
		t.Errorf("the lock changed at the same cut-off %s:\n%s%s", before, r.stdout, r.stderr)
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
