package embedded

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"
)

const roleSupervise = "__supervise"

// RunRole runs the parts of this program that it starts itself as: the supervisor of an engine, and the first process in its namespaces. It
// returns false when the arguments name no role, and does not return from one.
func RunRole(args []string) bool {
	if len(args) != 2 {
		return false
	}
	var err error
	switch args[0] {
	case roleEnter:
		err = enter(args[1])
	case roleSupervise:
		err = supervise(args[1])
	default:
		return false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dockyard engine:", err)
		os.Exit(1)
	}
	os.Exit(0)
	return true
}

// supervision is what the supervisor needs to know; it is also the record that `up` leaves of a running engine.
type supervision struct {
	Key     string      `json:"key"`   // of all parts; another key means another engine
	Slirp   []string    `json:"slirp"` // command that connects the network namespace; the path of the namespace and the device follow
	Root    rootOptions `json:"root"`
	Env     []string    `json:"env"`
	PidFile string      `json:"pidFile"`
	Parts   []string    `json:"parts"`
}

// supervise starts the engine and its way to the network and ends when either ends. Whatever ends this process ends both, and with the
// engine, which is the first process of its namespaces, everything in them.
func supervise(file string) error {
	runtime.LockOSThread() // a parent-death signal is sent when the thread that started the process ends
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s supervision
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("reading %q: %w", file, err)
	}
	for _, p := range s.Parts {
		if err := holdShared(p); err != nil {
			return err
		}
	}
	if err := os.WriteFile(s.PidFile, fmt.Appendf(nil, "%d", os.Getpid()), 0o644); err != nil {
		return err
	}
	defer os.Remove(s.PidFile)
	engine, ready, err := startEngine(s)
	if err != nil {
		return err
	}
	network, err := startNetwork(s, engine.Process.Pid)
	if err != nil {
		engine.Process.Kill()
		return err
	}
	ready.Close()
	return waitForEither(engine, network)
}

// holdShared keeps a shared lock on a part for as long as this process lives, so that nobody removes it.
func holdShared(dir string) error {
	fd, err := syscall.Open(dir, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening part %q: %w", dir, err)
	}
	return syscall.Flock(fd, syscall.LOCK_SH|syscall.LOCK_NB)
}

func startEngine(s supervision) (*exec.Cmd, *os.File, error) {
	wait, ready, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("/usr/local/bin/dagger-engine")
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = s.Env, os.Stdout, os.Stderr, []*os.File{wait}
	enterRoot(cmd, s.Root)
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("starting the engine: %w", err)
	}
	wait.Close()
	return cmd, ready, nil
}

// startNetwork connects the engine's network namespace through slirp4netns, an ordinary process: no bridge, route or firewall rule is made
// on the host. It returns when the device is up.
func startNetwork(s supervision, pid int) (*exec.Cmd, error) {
	up, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer up.Close()
	args := append(append([]string{}, s.Slirp[1:]...), "--configure", "--mtu=1500", "--disable-host-loopback", "--ready-fd=3",
		"--netns-type=path", fmt.Sprintf("/proc/%d/ns/net", pid), "tap0")
	cmd := exec.Command(s.Slirp[0], args...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, []*os.File{tell}
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting slirp4netns: %w", err)
	}
	tell.Close()
	up.SetReadDeadline(time.Now().Add(20 * time.Second))
	var b [1]byte
	if _, err := up.Read(b[:]); err != nil {
		cmd.Process.Kill()
		return nil, fmt.Errorf("connecting the engine's network: slirp4netns did not get ready: %w", err)
	}
	return cmd, nil
}

func waitForEither(engine, network *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP)
	ended := make(chan string, 2)
	go func() { ended <- fmt.Sprintf("the engine ended: %v", engine.Wait()) }()
	go func() { ended <- fmt.Sprintf("slirp4netns ended: %v", network.Wait()) }()
	select {
	case <-signals:
		engine.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(stopTimeout):
			engine.Process.Kill()
		}
		network.Process.Kill()
		return nil
	case why := <-ended:
		engine.Process.Kill()
		network.Process.Kill()
		return fmt.Errorf("%s", why)
	}
}

// slirpCommand runs slirp4netns from the engine's Debian root with that root's loader and libraries: the host need not have it.
func slirpCommand(root string) ([]string, error) {
	loaders, _ := filepath.Glob(filepath.Join(root, "usr/lib*/ld-linux-*.so.*"))
	nested, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu/ld-linux-*.so.*"))
	loaders = append(loaders, nested...)
	libs, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu*"))
	if len(loaders) == 0 || len(libs) == 0 {
		return nil, fmt.Errorf("finding the loader of the Debian root in %q: it has none", root)
	}
	sort.Strings(loaders)
	return []string{loaders[0], "--library-path", strings.Join(libs, ":"), filepath.Join(root, "usr/bin/slirp4netns")}, nil
}
