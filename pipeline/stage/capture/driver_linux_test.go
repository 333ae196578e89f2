package capture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/surface"
)

// serve is a server for the tests of the driver: the test program with the argument "serve" and a mode.
func serve(mode string) {
	if mode == "key" && os.Getenv("TEST_API_KEY") == "" {
		fmt.Fprintln(os.Stderr, "TEST_API_KEY is required")
		os.Exit(1)
	}
	if mode == "grows" { // takes memory, page by page
		all := make([]byte, 400<<20)
		for i := 0; i < len(all); i += 4096 {
			all[i] = 1
		}
		time.Sleep(time.Minute)
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		m := object(json.RawMessage(in.Bytes()))
		id := string(m["id"])
		switch method := text(m["method"]); {
		case id == "":
		case method == "initialize":
			fmt.Println(result(id, helloBody))
		case method == "tools/list" && mode == "heir": // ends, and leaves its output to a child
			c := exec.Command("/proc/self/exe", "serve", "grows")
			c.Stdout = os.Stdout
			c.Start()
			os.Exit(0)
		case method == "tools/list":
			fmt.Println(result(id, `{"tools":[{"name":"a"}]}`))
		case method == "tools/call" && mode == "ends":
			os.Exit(0)
		case mode == "orphan" && method == "ping":
			c := exec.Command("/proc/self/exe", "serve", "sleep")
			c.Stdin, _ = io.Pipe()
			c.Start()
			fmt.Println(result(id, `{}`))
		default:
			fmt.Println(notFound(id))
		}
	}
}

// drive runs the driver as a process of its own, for it takes all descendants for the server's.
func drive(t *testing.T, mode string) surface.Capture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("starting a server as another user needs root")
	}
	dir, err := os.MkdirTemp("", "capture") // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe, config, out := filepath.Join(dir, "server"), filepath.Join(dir, "config.json"), filepath.Join(dir, "out")
	for name, data := range map[string][]byte{exe: program, config: fmt.Appendf(nil, `{"config":{"User":"65532:65532","Env":["PATH=%s"],"Entrypoint":["server","serve",%q]}}`, dir, mode)} {
		if err := os.WriteFile(name, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("/proc/self/exe", "driver", "--image-config="+config, "--out="+out, "--start=10s")
	if mode == "heir" {
		cmd.Args = append(cmd.Args, "--memory=300000000")
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	raw, err := os.ReadFile(filepath.Join(out, ResultName))
	if err != nil {
		t.Fatal(err)
	}
	c, err := surface.ParseCapture(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if _, err := os.Stat(filepath.Join(out, SurfaceName)); (err == nil) != (c.Surface != nil) {
		t.Errorf("%s: got %v, surface %v", SurfaceName, err, c.Surface)
	}
	return c
}

// TestDriver starts real processes. What they can do where they are captured is tested on the engine, in ci/e2e.
func TestDriver(t *testing.T) {
	for _, c := range []struct {
		mode, status string
		starts       int
		says         string // in credentials or warnings
	}{
		{"good", surface.Captured, 2, "[] []"},
		{"key", surface.Captured, 3, "[{TEST_API_KEY mock-key}] []"},
		{"ends", surface.Captured, 2, "after a call of its first tool the server did not go on"},
		{"heir", surface.NotScanned, 1, "[] []"},
		{"orphan", surface.Captured, 2, "[] []"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			got := drive(t, c.mode)
			if c.mode == "heir" && got.Reason != surface.ReasonMemory {
				t.Errorf("got the reason %s, want %s", got.Reason, surface.ReasonMemory)
			}
			if says := fmt.Sprint(got.Credentials, got.Warnings); got.Status != c.status || got.Starts != c.starts || !strings.Contains(says, c.says) {
				t.Errorf("got %s after %d starts, %s (%s %s)", got.Status, got.Starts, says, got.Detail, got.Stderr)
			}
		})
	}
}
