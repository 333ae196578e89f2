package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// tools are the commands of the Dagger release that an engine consists of, by import path below the release's module, and where the engine
// looks for them in its root (constants of the release's module engine/distconsts; the CLI's place is ours).
var tools = []struct{ path, target string }{
	{"cmd/engine", "usr/local/bin/dagger-engine"},
	{"cmd/dagger", "usr/local/bin/dagger"},
	{"cmd/codegen", "usr/local/bin/codegen"},
	{"cmd/init", "usr/local/bin/dagger-init"},
	{"cmd/dnsname", "opt/cni/bin/dnsname"},
	{"cmd/dialstdio", "usr/bin/dial-stdio"},
}

// links put Debian's programs where the engine looks for them.
var links = map[string]string{
	"usr/local/bin/runc":     "/usr/sbin/runc",
	"opt/cni/bin/bridge":     "/usr/lib/cni/bridge",
	"opt/cni/bin/loopback":   "/usr/lib/cni/loopback",
	"opt/cni/bin/firewall":   "/usr/lib/cni/firewall",
	"opt/cni/bin/host-local": "/usr/lib/cni/host-local",
}

// binary is the path of a program in the part that buildBinaries makes.
func (e *Engine) binary(name string) string {
	return filepath.Join(e.part("bin", binariesKey()), "usr", "local", "bin", name)
}

func binariesKey() string {
	in := pinned("dagger/go.mod", "dagger/go.sum", "dagger/distconsts/consts.go")
	for _, c := range changes() {
		in = append(in, c.file, c.from, c.to)
	}
	return key(append(in, Version, GoVersion, runtime.GOARCH, "bin-1")...)
}

// buildBinaries compiles the tools into dir, which becomes a layer over the engine's Debian root. Modules and compiled packages stay in the
// cache folder, so an interrupted build goes on where it stopped.
func (e *Engine) buildBinaries(ctx context.Context, dir string) error {
	src, err := sourceDir()
	if err != nil {
		return err
	}
	pins := filepath.Join(src, "dagger")
	changed, err := e.patch(ctx, pins)
	if err != nil {
		return err
	}
	flags := fmt.Sprintf("-s -w -X github.com/dagger/dagger/engine.Version=%[1]s -X github.com/dagger/dagger/engine.Tag=%[1]s", Version)
	for _, t := range tools {
		pkg := "github.com/dagger/dagger/" + t.path
		e.progress.say("  building %s %s with go%s", filepath.Base(t.target), Version, GoVersion)
		if _, err := e.goTool(ctx, pins, "build", "-trimpath", "-buildvcs=false", "-modfile", changed, "-ldflags", flags, "-o", filepath.Join(dir, t.target), pkg); err != nil {
			return err
		}
	}
	for name, target := range links {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// goTool runs the go command in a nested module with this engine's caches and toolchain and returns what it printed.
func (e *Engine) goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), e.goEnv()...)
	return e.output(cmd)
}

// goEnv keeps everything the go command writes inside the cache folder. Module cache files stay writable, so that removing the folder
// needs no special tool.
func (e *Engine) goEnv() []string {
	return []string{
		"GOTOOLCHAIN=go" + GoVersion, "GOPATH=" + filepath.Join(e.cache, "go"), "GOMODCACHE=" + e.modCache(),
		"GOCACHE=" + filepath.Join(e.cache, "go-build"), "GOFLAGS=-modcacherw", "GOWORK=off", "CGO_ENABLED=0", "GOENV=off",
		"GOPROXY=" + e.userGoEnv("GOPROXY"), "GOSUMDB=" + e.userGoEnv("GOSUMDB"), "GOPRIVATE=" + e.userGoEnv("GOPRIVATE"),
		"GONOSUMDB=" + e.userGoEnv("GONOSUMDB"), "GONOPROXY=" + e.userGoEnv("GONOPROXY"), "GOINSECURE=" + e.userGoEnv("GOINSECURE"),
	}
}

func (e *Engine) modCache() string { return filepath.Join(e.cache, "go", "pkg", "mod") }

// userGoEnv is the user's own setting: proxies and checksum databases are theirs to choose, in the environment or with `go env -w`.
func (e *Engine) userGoEnv(name string) string {
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return os.Getenv(name)
	}
	return strings.TrimSpace(string(out))
}

// goroot is the folder of the pinned toolchain, which the go command fetches as a module on first use.
func (e *Engine) goroot(ctx context.Context) (string, error) {
	src, err := sourceDir()
	if err != nil {
		return "", err
	}
	out, err := e.goTool(ctx, filepath.Join(src, "dagger"), "env", "GOROOT")
	return strings.TrimSpace(out), err
}

// output runs a command, appends what it prints to the build log, and puts its last lines into the error.
func (e *Engine) output(cmd *exec.Cmd) (string, error) {
	log, err := os.OpenFile(e.buildLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	defer log.Close()
	fmt.Fprintf(log, "$ %s\n", strings.Join(cmd.Args, " "))
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, log
	dieWithParent(cmd)
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running %s %s: %w; its last lines, from %s:\n%s",
			filepath.Base(cmd.Path), strings.Join(cmd.Args[1:min(len(cmd.Args), 3)], " "), err, e.buildLog(), tail(e.buildLog(), 12))
	}
	return stdout.String(), nil
}

func (e *Engine) buildLog() string { return filepath.Join(e.cache, "build.log") }
