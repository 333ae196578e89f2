package npmregistry

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const printed = `; "default" config from default values

; registry = "https://default.test/" ; overridden by user
omit-lockfile-registry-resolved = false
replace-registry-host = "npmjs"
scope = ""

; "user" config from /root/.npmrc

//acme.test/:_authToken = (protected)
@acme:registry = "https://acme.test/"
; @old:registry = "https://old.test/" ; overridden by env
registry = "https://main.test/npm/"
`

func TestParse(t *testing.T) {
	r, err := Parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"plain": "https://main.test/npm/", "@acme/tool": "https://acme.test/", "@old/tool": "https://main.test/npm/", "@acme-other/tool": "https://main.test/npm/", "@acme": "https://main.test/npm/",
	} {
		if got := r.Of(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := r.Args(); !slices.Equal(got, []string{"--registry=https://main.test/npm/", "--scope-registry=@acme=https://acme.test/"}) {
		t.Errorf("got %q", got)
	}
	for name, said := range map[string]string{
		"none":                 "scope = \"\"\n",
		"a password":           `registry = "https://me:***@main.test/"`,
		"a scope's password":   "registry = \"https://main.test/\"\n@acme:registry = \"https://me:***@acme.test/\"",
		"a file":               `registry = "file:///tmp/"`,
		"no text":              "registry = null",
		"all to one scope":     strings.Replace(printed, `scope = ""`, `scope = "@acme"`, 1),
		"more than npm prints": strings.Repeat("x", maxOutput+1),
	} {
		if _, err := Parse(said); !errors.Is(err, ErrRegistry) || strings.Contains(err.Error(), "test/") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseFlag(t *testing.T) {
	var r Registries
	if err := r.ParseFlag("@acme=https://acme.test/a=b/"); err != nil || r.Of("@acme/x") != "https://acme.test/a=b/" {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, bad := range []string{"", "@acme", "acme=https://acme.test/", "@=https://acme.test/", "@a/b=https://acme.test/", "@acme=https://u:hunter2@acme.test/"} {
		if err := new(Registries).ParseFlag(bad); !errors.Is(err, ErrRegistry) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// TestNPM reads what npm itself prints.
func TestNPM(t *testing.T) {
	if err := exec.Command("npm", "--version").Run(); err != nil {
		t.Skip("there is no npm")
	}
	rc := filepath.Join(t.TempDir(), "npmrc")
	run := func(text string) string {
		t.Helper()
		if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.Command("npm", append(Argv(), "--userconfig="+rc, "--no-update-notifier")...)
		c.Dir = t.TempDir()
		out, err := c.Output()
		if err != nil || strings.Contains(string(out), "hunter2") {
			t.Fatalf("got %s, %v", out, err)
		}
		return string(out)
	}
	r, err := Parse(run("registry=https://main.test/npm/\n@acme:registry=https://acme.test/x\n//acme.test/x/:_authToken=hunter2\n"))
	if err != nil || r.Default != "https://main.test/npm/" || len(r.Scopes) != 1 || r.Of("@acme/tool") != "https://acme.test/x" {
		t.Errorf("got %+v, %v", r, err)
	}
	if r, err := Parse(run("")); err != nil || r.Default == "" || len(r.Scopes) != 0 {
		t.Errorf("no configuration: got %+v, %v", r, err)
	}
	for name, text := range map[string]string{
		"a password in an address": "@acme:registry=https://me:hunter2@acme.test/\n", "a scope for all packages": "scope=@acme\n@acme:registry=https://acme.test/\n",
	} {
		if r, err := Parse(run(text)); !errors.Is(err, ErrRegistry) {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(printed)
	f.Fuzz(func(t *testing.T, said string) {
		r, err := Parse(said)
		if err != nil {
			return
		}
		if r.Of("x") == "" || r.Of("@a/x") == "" || len(r.Args()) != 1+len(r.Scopes) {
			t.Errorf("%q: got %+v", said, r)
		}
	})
}
