package credentials

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const npmrc = `
registry=https://npm.example/
; a comment
//npm.example/:_authToken=whole
//npm.example/team/:_authToken = "team"
//npm.example:8443/:_auth=dXNlcjpwYXNz
//other.example/repo:username=user
//other.example/repo:_password=c2VjcmV0
@scope:registry=https://scope.example/
//half.example/:username=user
`

const netrc = `
# a comment
machine index.example login bob password #secret
machine token.example
  login tok
macdef init
  machine evil.example login a password b

machine late.example login carol password pw account x
default login nobody password nothing
`

func load(t *testing.T, npm, net string) (*Store, error) {
	t.Helper()
	dir := t.TempDir()
	f := Files{}
	if npm != "" {
		f.NPMRC = filepath.Join(dir, "npmrc")
	}
	if net != "" {
		f.Netrc = filepath.Join(dir, "netrc")
	}
	for name, text := range map[string]string{f.NPMRC: npm, f.Netrc: net} {
		if name != "" {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return Load(f)
}

func TestAuthorization(t *testing.T) {
	s, err := load(t, npmrc, netrc)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://npm.example/pkg":                    "Bearer whole",
		"https://NPM.example:443/pkg":                "Bearer whole",
		"https://npm.example":                        "Bearer whole",
		"https://npm.example/team/pkg":               "Bearer team",
		"https://npm.example/team":                   "Bearer team",
		"https://npm.example/teamwork":               "Bearer whole",
		"https://npm.example/team/%2e%2e/x":          "",
		"https://npm.example/team/..%2fx":            "",
		"https://npm.example/@s%2fname":              "Bearer whole",
		"http://npm.example:443/pkg":                 "",
		"https://npm.example:8443/pkg":               "Basic dXNlcjpwYXNz",
		"https://npm.example:9000/pkg":               "",
		"https://npm.example.evil/pkg":               "",
		"https://sub.npm.example/pkg":                "",
		"https://other.example/repo/x":               "Basic dXNlcjpzZWNyZXQ=",
		"https://other.example/elsewhere":            "",
		"https://half.example/":                      "",
		"https://index.example/simple/x":             "Basic Ym9iOiNzZWNyZXQ=",
		"https://token.example/":                     "Basic dG9rOg==",
		"https://token.example:8443/":                "Basic dG9rOg==",
		"https://token.example.evil:8443/":           "",
		"https://late.example/":                      "Basic Y2Fyb2w6cHc=",
		"https://evil.example/":                      "",
		"https://unknown.example/":                   "",
		"https://evil.example/?https://npm.example/": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Authorization(u); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if got := (*Store)(nil).Authorization(&url.URL{Scheme: "https", Host: "npm.example"}); got != "" {
		t.Errorf("no store: got %q", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ npm, net, want string }{
		"environment":   {"//h/:_authToken=${TOKEN}", "", "line 1"},
		"password":      {"//h/:username=u\n//h/:_password=geheim!", "", "not base64"},
		"header":        {"//h/:_authToken=geheim\x01", "", "cannot be sent"},
		"netrc word":    {"", "machine h geheim x", "word 3"},
		"netrc login":   {"", "machine h login a:b password geheim", "colon"},
		"too long file": {strings.Repeat("#\n", maxFile), "", "more than"},
	} {
		_, err := load(t, c.npm, c.net)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
	if _, err := Load(Files{NPMRC: "/nowhere"}); err == nil {
		t.Error("a missing file: got no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(npmrc, netrc)
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, parse := range []func(string) ([]entry, error){parseNPMRC, parseNetrc} {
			for _, text := range []string{a, b} {
				entries, _ := parse(text)
				for _, e := range entries {
					if e.host == "" && e.path == "" || !strings.HasPrefix(e.path, "/") || !strings.HasSuffix(e.path, "/") {
						t.Errorf("got %q", e.host+e.path)
					}
				}
			}
		}
	})
}
