package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/sandbox"
	"dagger/dockyard/pipeline/surface"
)

// hostile are the modes of ci/e2e/hostile with what a capture must make of each.
var hostile = []struct{ mode, status, reason string }{
	{"good", surface.Captured, ""},
	{"pages", surface.NotScanned, surface.ReasonPages},
	{"line", surface.NotScanned, surface.ReasonTooMuch},
	{"silent", surface.NotScanned, surface.ReasonNoAnswer},
	{"forks", surface.NotScanned, surface.ReasonProcesses},
	{"vforks", surface.NotScanned, surface.ReasonNoAnswer},
	{"headless", surface.Captured, ""},
	{"lingers", surface.Captured, ""},
	{"memory", surface.NotScanned, surface.ReasonMemory},
	{"hides", surface.NotScanned, surface.ReasonMemory},
	{"files", surface.Captured, ""},
	{"network", surface.Captured, ""},
	{"garbage", surface.Captured, ""},
	{"exit", surface.NotScanned, surface.ReasonExited},
	{"key", surface.Captured, ""},
	{"changes", surface.Changing, ""},
	{"restarts", surface.Changing, ""},
	{"ids", surface.NotScanned, surface.ReasonBadProtocol},
	{"deep", surface.NotScanned, surface.ReasonBadProtocol},
	{"utf8", surface.NotScanned, surface.ReasonBadProtocol},
	{"overwrite", surface.Captured, ""},
	{"imitate", surface.Captured, ""},
	{"privileges", surface.Captured, ""},
}

// TestHostile runs servers that misbehave where real ones are captured: in a root of their own, on the engine, without network.
func TestHostile(t *testing.T) {
	captures := captureHostile(t)
	for _, c := range hostile {
		t.Run(c.mode, func(t *testing.T) {
			got := captures[c.mode]
			t.Logf("%s %s %s %q in %d ms", got.Status, got.Reason, got.Detail, got.Warnings, got.Timings.Total)
			if got.Status != c.status || got.Reason != c.reason {
				t.Fatalf("got %s, %q (%s), want %s, %q", got.Status, got.Reason, got.Detail, c.status, c.reason)
			}
			if (got.Surface != nil) != (c.status != surface.NotScanned) {
				t.Errorf("surface: got %v", got.Surface)
			}
			if text := fmt.Sprint(got.Stderr, got.Detail, got.Warnings, got.Differences); strings.ContainsRune(text, 0x1b) {
				t.Errorf("escapes for a terminal came through: %q", text)
			}
			if got.Timings.Total > 30000 {
				t.Errorf("took %d ms", got.Timings.Total)
			}
		})
	}
	t.Run("what they saw", func(t *testing.T) { checkProbes(t, captures) })
}

// checkProbes looks at what the servers that tried something found.
func checkProbes(t *testing.T, captures map[string]surface.Capture) {
	want := func(mode, tool, text string) {
		t.Helper()
		if got := described(t, captures[mode])[tool]; !strings.Contains(got, text) {
			t.Errorf("%s: %s: got %q, want %q in it", mode, tool, got, text)
		}
	}
	want("network", "interfaces", "[lo] <nil>")
	for _, name := range []string{"169.254.169.254_80", "10.87.0.1_80", "192.0.2.1_443", "fd00_ec2__254__80"} {
		want("network", "dial:"+name, "network is unreachable")
	}
	want("overwrite", "opened", "[]")
	for name, text := range map[string]string{
		"Uid": "65532 65532 65532 65532", "Gid": "65532 65532 65532 65532", "Groups": "65532", "NoNewPrivs": "1", "Seccomp": "2",
		"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000", "CapAmb": "0000000000000000",
		"env": "A=image", "dir": "/home/nonroot", "open": "0=pipe 1=pipe 2=pipe",
	} {
		want("privileges", name, text)
	}
	if got := described(t, captures["privileges"])["env"]; got != "A=image PATH=/" {
		t.Errorf("environment: got %q, want the image's alone", got)
	}
	for _, dir := range []string{"tmp", "var.tmp", "home.nonroot"} {
		want("files", "wrote:"+dir, "64")
	}
	if c := captures["key"].Credentials; len(c) != 1 || c[0].Name != "HOSTILE_API_KEY" {
		t.Errorf("made-up credentials: got %v", c)
	}
	if d := captures["changes"].Differences; len(d) == 0 || d[0].When != surface.SameProcess || !strings.Contains(d[0].Detail, "id_rsa") {
		t.Errorf("changes: got %v", d)
	}
	if d := captures["restarts"].Differences; len(d) != 1 || d[0].When != surface.SecondStart || d[0].Item != "sleeper" {
		t.Errorf("restarts: got %v", d)
	}
	for _, mode := range []string{"garbage", "imitate"} {
		if w := fmt.Sprint(captures[mode].Warnings); !strings.Contains(w, "no messages") || described(t, captures[mode])["forged"] != "" {
			t.Errorf("%s: got the warnings %s", mode, w)
		}
	}
}

func described(t *testing.T, c surface.Capture) map[string]string {
	t.Helper()
	out := map[string]string{}
	if c.Surface == nil {
		return out
	}
	for _, raw := range c.Surface.Tools {
		var tool struct{ Name, Description string }
		if err := json.Unmarshal(raw, &tool); err != nil {
			t.Error(err)
		}
		out[tool.Name] = tool.Description
	}
	return out
}

// captureHostile captures all modes in one build on the engine, one after the other.
func captureHostile(t *testing.T) map[string]surface.Capture {
	t.Helper()
	c, dir, out := here(t), t.TempDir(), t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	build(t, filepath.Join(c.dir, "pipeline", "stage"), ".", filepath.Join(in, "stage"))
	build(t, filepath.Join(c.dir, "ci", "e2e"), "./hostile", filepath.Join(dir, "server"))
	hostileLayer(t, filepath.Join(dir, "server"), filepath.Join(dir, "layer.tar.gz"))
	dockerfile := sandbox.Root([]string{"layer.tar.gz"})
	for _, h := range hostile {
		config := fmt.Sprintf(`{"config":{"User":"65532:65532","Env":["PATH=/","A=image"],"Entrypoint":["/server",%q],"WorkingDir":"/home/nonroot"}}`, h.mode)
		write(t, filepath.Join(in, h.mode+".json"), config)
		dockerfile += sandbox.Run("in", sandbox.Step{Argv: []string{sandbox.In + "/stage", "capture", "--image-config=" + sandbox.In + "/" + h.mode + ".json",
			"--own=" + sandbox.Home, "--out=/.dockyard/out-" + h.mode, "--start=4s", "--request=2s", "--total=25s"}})
	}
	write(t, filepath.Join(dir, "Dockerfile"), dockerfile)
	script := fmt.Sprintf("host | directory %s | docker-build | directory /.dockyard | export %s", dir, out)
	if r := c.run(t, "", "ci/dagger", "--progress=plain", "-M", "-c", script); r.err != nil {
		t.Fatalf("capturing: %v\n%s", r.err, last(r.stderr, 60))
	}
	captures := map[string]surface.Capture{}
	for _, h := range hostile {
		raw, err := os.ReadFile(filepath.Join(out, "out-"+h.mode, "capture.json"))
		if err != nil {
			t.Fatal(err)
		}
		if captures[h.mode], err = surface.ParseCapture(raw); err != nil {
			t.Errorf("%s: %v\n%s", h.mode, err, raw)
		}
	}
	return captures
}

// build builds a static program.
func build(t *testing.T, dir, pkg, out string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOWORK=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, said)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// hostileLayer makes a root with the server and the folders every image has.
func hostileLayer(t *testing.T, server, name string) {
	t.Helper()
	program, err := os.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, h := range []*tar.Header{
		{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "var/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "var/tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "home/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "home/nonroot/", Typeflag: tar.TypeDir, Mode: 0o700, Uid: 65532, Gid: 65532},
		{Name: "server", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(program))},
	} {
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := tw.Write(program); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, name, b.String())
}
