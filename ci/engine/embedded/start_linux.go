package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// engineConfig bounds the engine's cache by itself and not by the share of the disk that is free: on a disk that others fill, the default
// policy drops everything after each call. What is to stay free is room for a run of the end-to-end tests, since nothing is pruned during one.
const engineConfig = `{"gc":{"maxUsedSpace":"40GB","reservedSpace":"10GB","minFreeSpace":"20GB"}}`

func (e *Engine) startSupervisor(ctx context.Context, key string) error {
	root := e.part("root", rootKey())
	slirp, err := slirpCommand(root)
	if err != nil {
		return err
	}
	digest, err := os.ReadFile(filepath.Join(e.part("sdk", sdkKey()), "content", "digest"))
	if err != nil {
		return fmt.Errorf("reading the Go SDK image's digest: %w", err)
	}
	for _, d := range []string{"state", "run"} {
		if err := os.MkdirAll(e.instance(d), 0o755); err != nil {
			return err
		}
	}
	e.healSnapshots()
	s := supervision{
		Key: key, Slirp: slirp, PidFile: e.instance("supervisor.pid"), Env: e.engineEnv(string(digest)),
		Parts: []string{root, e.part("bin", binariesKey()), e.part("sdk", sdkKey())},
		Root: rootOptions{
			Root: e.instance("root"), Lowers: []string{e.part("bin", binariesKey()), root}, Cgroup: "dockyard-" + e.name, Network: true,
			Files: map[string]string{"/etc/dagger/engine.json": engineConfig, "/etc/resolv.conf": "nameserver 10.0.2.3\n", "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n"},
			Binds: map[string]string{
				e.instance("state"): "/var/lib/dagger", e.instance("run"): "/run/dagger",
				filepath.Join(e.part("sdk", sdkKey()), "content"): "/usr/local/share/dagger/content",
				"/etc/ssl/certs/ca-certificates.crt":              "/etc/ssl/certs/ca-certificates.crt",
				"/usr/local/share/ca-certificates":                "/usr/local/share/ca-certificates",
			},
		},
	}
	return e.launch(ctx, s)
}

// healSnapshots removes the marks of volatile overlay mounts that were never unmounted, because an engine without the change in patch_linux.go
// was killed. The kernel refuses to mount such a folder again (overlayfs documentation), so a cache volume would stay unusable. What it
// held is at worst a cache entry that is checked against its hash when it is used.
func (e *Engine) healSnapshots() {
	marks, _ := filepath.Glob(e.instance("state", "worker", "snapshots", "snapshots", "*", "work", "work", "incompat"))
	for _, m := range marks {
		os.RemoveAll(m)
	}
}

// engineEnv passes on how the user reaches the network: proxies, and the Go settings that the SDK reads from its engine.
func (e *Engine) engineEnv(digest string) []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root", "DAGGER_GO_SDK_MANIFEST_DIGEST=" + digest,
		"_DAGGER_ENGINE_SYSTEMENV_GOPROXY=" + e.userGoEnv("GOPROXY"),
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY"} {
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// launch starts a copy of this program as supervisor, detached from the terminal, and waits for the engine's first answer.
func (e *Engine) launch(ctx context.Context, s supervision) error {
	file, self := e.instance("supervision.json"), e.instance("supervisor")
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		return err
	}
	os.Remove(self)
	// `go run` removes its binary when it ends; the supervisor stays.
	if err := copyFile("/proc/self/exe", self); err != nil {
		return err
	}
	log, err := os.OpenFile(e.logFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(self, roleSupervise, file)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/", log, log, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the supervisor: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return e.await(ctx, ended)
}

func (e *Engine) await(ctx context.Context, ended <-chan error) error {
	deadline := time.After(startTimeout)
	for !e.answers() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return fmt.Errorf("the engine ended before it answered (%v); its last lines, from %s:\n%s", err, e.logFile(), tail(e.logFile(), 15))
		case <-deadline:
			return fmt.Errorf("the engine did not answer within %s; its last lines, from %s:\n%s", startTimeout, e.logFile(), tail(e.logFile(), 15))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
