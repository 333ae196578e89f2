package pipindex

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPip(t *testing.T) {
	if err := exec.Command("python3", "-m", "pip", "--version").Run(); err != nil {
		t.Skip("there is no pip")
	}
	conf := filepath.Join(t.TempDir(), "pip.conf")
	text := "[global]\nindex-url = https://me:hunter2@index.test:8443/py/simple?t=hunter2\nextra-index-url =\n  https://tok@extra.test/simple\n  https://more.test/simple\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(env ...string) string {
		t.Helper()
		argv := Argv()
		c := exec.Command(argv[0], argv[1:]...)
		c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
		out, err := c.Output()
		if err != nil || strings.Contains(string(out), "hunter2") {
			t.Fatalf("got %s, %v", out, err)
		}
		return string(out)
	}
	x, err := Parse(run("PIP_CONFIG_FILE=" + conf))
	if err != nil || x.Address != "https://index.test:8443/py/simple" || strings.Join(x.Extra, " ") != "https://extra.test/simple https://more.test/simple" {
		t.Errorf("configuration: got %+v, %v", x, err)
	}
	if got := strings.Join(x.Args(), " "); got != "--index=https://index.test:8443/py/simple --index=https://extra.test/simple --index=https://more.test/simple" {
		t.Errorf("arguments: got %q", got)
	}
	if x, err = Parse(run("PIP_CONFIG_FILE="+conf, "PIP_INDEX_URL=http://127.0.0.1:9/simple")); err != nil || x.Address != "http://127.0.0.1:9/simple" {
		t.Errorf("environment: got %+v, %v", x, err)
	}
	if x, err = Parse(run("PIP_CONFIG_FILE=" + os.DevNull)); err != nil || !strings.HasSuffix(x.Address, "/simple") || len(x.Extra) != 0 {
		t.Errorf("default: got %+v, %v", x, err)
	}
	if _, err = Parse(run("PIP_CONFIG_FILE="+os.DevNull, "PIP_NO_INDEX=1")); !errors.Is(err, ErrIndex) {
		t.Errorf("none: got %v, want ErrIndex", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "[]", "{}", `{"index":"file:///x"}`, `{"index":"https://u:hunter2@x.test/"}`, `{"index":"https://x.test","extra":["x"]}`, strings.Repeat(" ", maxOutput+1)} {
		if x, err := Parse(s); !errors.Is(err, ErrIndex) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.30q: got %+v, %v", s, x, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"index":"https://x.test/simple","extra":["https://y.test"]}`)
	f.Fuzz(func(t *testing.T, s string) {
		if x, err := Parse(s); err == nil && (x.Address == "" || strings.Contains(x.Address, "@") && !strings.Contains(x.Address, "/")) {
			t.Errorf("got %+v", x)
		}
	})
}
