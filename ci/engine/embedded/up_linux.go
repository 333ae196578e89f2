package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 60 * time.Second // from starting the engine's process to its first answer
	stopTimeout  = 20 * time.Second // for the engine to close its databases before it is killed
)

// Up brings the engine up: it builds what is missing, replaces an engine of other pins, heals one that died or does not answer, and
// returns when the socket answers. Calls at the same time wait for each other.
func (e *Engine) Up(ctx context.Context) error {
	key := key(binariesKey(), rootKey(), sdkKey(), "instance-1")
	if e.answers() && e.running().Key == key {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: it needs root for namespaces and mounts; run as root, or start Docker and put dagger %s or newer on PATH", ErrUnsupported, Version)
	}
	unlock, err := lock(filepath.Join(e.cache, "build.lock"), func() { e.progress.say("another process is building the engine; waiting for it") })
	if err != nil {
		return fmt.Errorf("locking the cache folder: %w", err)
	}
	defer unlock()
	if e.answers() && e.running().Key == key {
		return nil
	}
	if err := e.buildParts(ctx); err != nil {
		return fmt.Errorf("%w\nthe whole log: %s", err, e.buildLog())
	}
	if err := e.stop(); err != nil {
		return err
	}
	return e.progress.step("starting engine "+e.name, func() error { return e.startSupervisor(ctx, key) })
}

// Down ends the engine and removes what it left outside its folder. What was built, and the engine's own cache, stay.
func (e *Engine) Down(ctx context.Context) error {
	if _, err := os.Stat(e.instance()); os.IsNotExist(err) {
		return nil
	}
	unlock, err := lock(filepath.Join(e.cache, "build.lock"), func() { e.progress.say("another process is bringing the engine up; waiting for it") })
	if err != nil {
		return fmt.Errorf("locking the cache folder: %w", err)
	}
	defer unlock()
	return e.stop()
}

func (e *Engine) buildParts(ctx context.Context) error {
	bin, root, sdk := binariesKey(), rootKey(), sdkKey()
	if err := e.build("root", root, "making the engine's Debian root ("+strings.Join(enginePackages, ", ")+")", func(dir string) error {
		return e.buildDebian(ctx, dir, enginePackages)
	}); err != nil {
		return err
	}
	if err := e.build("bin", bin, "building Dagger "+Version+" from its Go modules (4 to 6 minutes on 2 cores)", func(dir string) error {
		return e.buildBinaries(ctx, dir)
	}); err != nil {
		return err
	}
	if err := e.build("sdk", sdk, "making the Go SDK image", func(dir string) error { return e.buildSDK(ctx, dir) }); err != nil {
		return err
	}
	e.sweep(e.part("bin", bin), e.part("root", root), e.part("sdk", sdk))
	return nil
}

// engineConfig bounds the engine's cache by itself and not by the share of the disk that is free: on a disk that others fill, the default
// policy drops everything after each call.
const engineConfig = `{"gc":{"maxUsedSpace":"40GB","reservedSpace":"10GB","minFreeSpace":"1GB"}}`

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

// healSnapshots removes the marks of overlay mounts that were never unmounted, because the engine was killed. The kernel refuses to mount such a
// folder again ("volatile", overlayfs documentation), so a cache volume would stay unusable (dagger issue 11795). What such a mount held
// is at worst a cache entry that is checked against its hash when it is used.
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

// running is the record of the engine that was started last; its Key is empty when there was none.
func (e *Engine) running() supervision {
	var s supervision
	if raw, err := os.ReadFile(e.instance("supervision.json")); err == nil {
		json.Unmarshal(raw, &s)
	}
	return s
}

// supervisor returns the process id of a living supervisor of this engine, or 0. A process that got the id later is told from it by its
// command line.
func (e *Engine) supervisor() int {
	raw, err := os.ReadFile(e.instance("supervisor.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(raw))
	if err != nil {
		return 0
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(cmdline), e.instance("supervision.json")) {
		return 0
	}
	return pid
}

func (e *Engine) stop() error {
	if pid := e.supervisor(); pid != 0 {
		if err := e.progress.step("stopping engine "+e.name, func() error { return terminate(pid) }); err != nil {
			return err
		}
	}
	os.Remove(e.socket())
	os.Remove(e.instance("supervisor.pid"))
	os.Remove(e.instance("supervision.json"))
	// The kernel ends the processes of a namespace a moment after its first one; their cgroups can go only then.
	for i := 0; i < 40; i++ {
		removeCgroup("dockyard-" + e.name)
		if !cgroupLeft("dockyard-" + e.name) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// terminate asks a process to end, and kills it when it does not.
func terminate(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ending process %d: %w", pid, err)
	}
	for begun := time.Now(); time.Since(begun) < stopTimeout+5*time.Second; time.Sleep(50 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return nil
		}
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func zombie(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(raw), ") Z ")
}
