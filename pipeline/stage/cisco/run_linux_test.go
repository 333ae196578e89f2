package cisco

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/confine"
)

// TestMain lets this program be the child that becomes the scanner, and stand-ins for it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == confine.Name {
		fmt.Fprintln(os.Stderr, confine.Command(os.Args[2:], os.Stderr))
		os.Exit(127)
	}
	os.Exit(m.Run())
}

// stand is a program in the scanner's place: a shell script, which gets the scanner's arguments.
func stand(t *testing.T, script string) Options {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to start the scanner as somebody else")
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	home := filepath.Join(dir, "home")
	program := filepath.Join(dir, "python")
	raw, err := filepath.Abs("testdata/good.raw.json")
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{program: "#!/bin/sh\ncd " + dir + "\n" + script, filepath.Join(dir, "good"): string(good)} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return Options{Server: "s", Surface: "testdata/good.surface.json", Out: filepath.Join(dir, "out"), Python: program, Home: home, Time: 5 * time.Second}.withDefaults()
}

// TestRun has a stand-in for each way in which the program can fail.
func TestRun(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"good":           {`cat good`, ""},
		"exit code":      {`cat good; echo no rules >&2; exit 3`, `exit status 3: "no rules"`},
		"killed":         {`cat good; kill -9 $$`, "signal: killed"},
		"says nothing":   {`exit 0`, "not JSON"},
		"logs an error":  {`cat good; echo "t - x - ERROR - broken" >&2`, "broken"},
		"hangs":          {`cat good; sleep 60`, "did not end within 1s"},
		"writes on":      {`exec cat /dev/zero`, "MaxOutput"},
		"much on stderr": {`cat good; head -c 3000000 /dev/zero >&2`, ""},
		"leaves a child": {`cat good; (sleep 60) & exit 0`, "output open"},
		"is not root":    {`[ "$(id -u)" = 65532 ] && [ "$(id -G)" = 65532 ] && ! touch good && ! ls out && [ -z "$SECRET" ] && cat good`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SECRET", "x")
			o := stand(t, c.script)
			if name == "hangs" {
				o.Time = time.Second
			}
			begun := time.Now()
			if err := Run(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			raw, err := os.ReadFile(filepath.Join(o.Out, ResultName))
			if err != nil {
				t.Fatal(err)
			}
			failed := strings.Contains(string(raw), `"`+finding.StatusFailed+`"`)
			if failed != (c.want != "") || !strings.Contains(strings.ReplaceAll(string(raw), `\"`, `"`), c.want) {
				t.Errorf("got %s, want %q", raw, c.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("MCP_SCANNER_LLM_API_KEY", "l")
	t.Setenv("MCP_SCANNER_API_KEY", "a")
	t.Setenv("OTHER_SECRET", "o")
	for _, c := range []struct {
		asked []string
		want  string
	}{{[]string{Yara, Schema}, ""}, {[]string{LLM}, "MCP_SCANNER_LLM_API_KEY=l"}, {[]string{API}, "MCP_SCANNER_API_KEY=a"}} {
		var keys []string
		for _, kv := range environment(c.asked, "/h") {
			if strings.Contains(kv, "KEY") || strings.Contains(kv, "SECRET") {
				keys = append(keys, kv)
			}
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("%v: got %q, want %q", c.asked, got, c.want)
		}
	}
	if args := argv("p", []string{LLM}, nil); strings.Contains(args[3], "raise") || !slices.Contains(args, "raw") {
		t.Errorf("got %q, want the client for models", args)
	}
}

// TestSurfaceThatCannotBeGiven fails the analyzers and starts nothing.
func TestSurfaceThatCannotBeGiven(t *testing.T) {
	o := stand(t, `touch home/started; cat good`)
	o.Surface = filepath.Join(t.TempDir(), "surface.json")
	if err := os.WriteFile(o.Surface, []byte(`{"schemaVersion":1,"tools":[7]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(filepath.Join(o.Out, ResultName))
	if _, err := os.Stat(filepath.Join(o.Home, "started")); err == nil || !strings.Contains(string(raw), "want an object") {
		t.Errorf("got %s", raw)
	}
}
