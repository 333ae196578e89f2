package credentials

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPipConfig(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pip.conf")
	text := "[global]\nindex-url = https://me:p%40ss@index.test:8443/simple/\n# https://no:no@comment.test/\nextra-index-url =\n    https://token@extra.test/simple\n    https://plain.test/simple\n[install]\ntrusted-host = x@y\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(Files{PipConfig: name})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://index.test:8443/integrity/x": basic("me", "p@ss"), "https://extra.test/simple/x/": basic("token", ""),
		"https://index.test/simple/": "", "https://comment.test/": "", "https://plain.test/simple/": "",
	} {
		u, _ := url.Parse(address)
		if got := s.Authorization(u); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if err := os.WriteFile(name, []byte("index-url = https://me:se%cret@index.test/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Files{PipConfig: name}); err == nil || strings.Contains(err.Error(), "cret") {
		t.Errorf("got %v, want an error without the line", err)
	}
}
