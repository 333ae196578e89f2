package sdist

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/pylock"
)

func TestItems(t *testing.T) {
	got := Items([]pylock.Package{{Name: "b", Version: "1", SHA256: []string{"y"}}, {Name: "a", Version: "2", SHA256: []string{"x"}}, {Name: "b", Version: "1", SHA256: []string{"x", "y"}}})
	want := []Item{{"a", "2", []string{"x"}}, {"b", "1", []string{"x", "y"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRequirements(t *testing.T) {
	good := []string{"setuptools", "setuptools >= 40.8.0", "wheel (<1)", "a[b,c]~=1.0; python_version < '3.9'", "tomli>=1.2.2,<3 ; extra == \"x\""}
	if err := Requirements(good); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "-r x", "--index-url=https://host.test", "a @ https://host.test/a.whl", "a@git+file:///x", "a\n--index-url x", "a ; x @ y", "/tmp/a.whl", "./a", "a ; \u202e", strings.Repeat("a", 3000)} {
		if err := Requirements([]string{bad}); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
	if err := Requirements(make([]string, maxRequirements+1)); err == nil {
		t.Error("too many: got no error")
	}
}

func TestConfig(t *testing.T) {
	k := Known{"a==1": {Name: "a", Version: "1", Requires: []string{`b; extra == "x"`}, Extras: []string{"x"}}}
	want := "[[dependency-metadata]]\nname = \"a\"\nrequires-dist = []\nprovides-extra = []\n" +
		"[[dependency-metadata]]\nname = \"a\"\nversion = \"1\"\nrequires-dist = [\"b; extra == \\\"x\\\"\"]\nprovides-extra = [\"x\"]\n"
	if got := k.Config([]string{"A"}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if k.Missing([]Item{{Name: "a", Version: "1"}}) || !k.Missing([]Item{{Name: "a", Version: "2"}}) {
		t.Error("got another version taken for known")
	}
}

func TestErr(t *testing.T) {
	r := Result{Failed: []Failure{{ID: "a==1", Reason: "it ended", Output: "one\ntwo", Exited: true}, {ID: "b==1", Reason: "its build asks for cython", Asks: true}}}
	got := fmt.Sprint(r.Err())
	for _, want := range []string{"a==1: it ended; its last lines:\n  | one\n  | two\n  where a requirement", "b==1: its build asks for cython; run: dagger call lock"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
	if err := (Result{}).Err(); err != nil {
		t.Error(err)
	}
}

func TestDecode(t *testing.T) {
	var p Plan
	if err := Decode("p", []byte(`{"schemaVersion":1,"sdists":[{"name":"a","version":"1"}]}`), &p); err != nil || p.Sdists[0].ID() != "a==1" {
		t.Errorf("got %v, %v", p, err)
	}
	for _, bad := range []string{"", "{", `{"schemaVersion":2}`, `[]`, strings.Repeat(" ", MaxBytes+1)} {
		if err := Decode("p", []byte(bad), &p); err == nil {
			t.Errorf("%.20q: got no error", bad)
		}
	}
}

// TestFetch has this machine's own pip download from an index that is a folder.
func TestFetch(t *testing.T) {
	if err := exec.Command("python3", "-m", "pip", "--version").Run(); err != nil {
		t.Skip("there is no pip here")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "simple/a-b")
	if err := os.MkdirAll(page, 0o755); err != nil {
		t.Fatal(err)
	}
	const sum = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" // of "a"
	for name, text := range map[string]string{
		"A_b-1.0.tar.gz": "a", "a_b-1.0-py3-none-any.whl": "a", "a-b-2.0.zip": "a", "a_b-3.0.tar.gz": strings.Repeat("a", 100),
		"index.html": `<a href="A_b-1.0.tar.gz">A_b-1.0.tar.gz</a><a href="a_b-1.0-py3-none-any.whl">a_b-1.0-py3-none-any.whl</a><a href="a-b-2.0.zip#sha256=` + strings.Repeat("0", 64) + `">a-b-2.0.zip</a><a href="a_b-3.0.tar.gz" data-yanked="old">a_b-3.0.tar.gz</a>`,
	} {
		if err := os.WriteFile(filepath.Join(page, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(item Item) (string, []string) {
		into := filepath.Join(t.TempDir(), "sdists")
		argv, err := FetchArgv([]Item{item}, into)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), "PIP_INDEX_URL=file://"+dir+"/simple", "PIP_FIND_LINKS=", "PIP_EXTRA_INDEX_URL=", "PIP_CONFIG_FILE=/dev/null")
		out, _ := cmd.CombinedOutput()
		files, _ := filepath.Glob(into + "/*")
		return string(out), files
	}
	for _, c := range []struct {
		item Item
		file string
		want string
	}{
		{Item{"a-b", "1.0", []string{sum}}, "A_b-1.0.tar.gz", ""},
		{Item{"a-b", "1", []string{strings.Repeat("1", 64)}}, "", "a-b==1: A_b-1.0.tar.gz has SHA-256 " + sum + "; want 1111"},
		{Item{"a-b", "2.0", []string{sum}}, "", "a-b-2.0.zip has SHA-256 0000"},
		{Item{"a-b", "9", []string{sum}}, "", "the index has no source distribution of it"},
		{Item{"a-b", "3.0", []string{"2816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e"}}, "a_b-3.0.tar.gz", "yanked version: 'a-b' candidate (version 3.0"},
	} {
		said, files := run(c.item)
		if (c.file == "") != (len(files) == 0) || c.file != "" && filepath.Base(files[0]) != c.file || !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%s: got %q, %s, want %q and %q", c.item.ID(), files, said, c.file, c.want)
		}
	}
}
