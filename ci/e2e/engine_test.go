package e2e

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// purge ends the checkout's engine and removes its state.
func (c checkout) purge(t testing.TB) {
	t.Helper()
	if err := c.project().Purge(context.Background()); err != nil {
		t.Error(err)
	}
}

func (c checkout) launcher(t testing.TB, command string) result {
	t.Helper()
	got := c.project().Launcher(context.Background(), command)
	t.Logf("ci/engine %s: %.1fs, %v", command, got.Took.Seconds(), got.Err)
	return result{stdout: got.Stdout, stderr: got.Stderr, err: got.Err, took: got.Took}
}

// instance is the folder of the checkout's engine.
func (c checkout) instance(t testing.TB) string {
	t.Helper()
	dir, err := c.project().Instance()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestHostStaysAsItWas compares the host before the first `up` with the host after `down`, also when the engine was killed in between. The
// first calls do their work though each container's first start fails.
func TestHostStaysAsItWas(t *testing.T) {
	needRoot(t)
	here(t).call(t, "servers") // builds the engine's parts
	c := here(t)
	c.engine = "e2e-host"
	t.Cleanup(func() { c.purge(t) })
	c.purge(t)
	before := host(t)

	up := func() {
		t.Helper()
		if r := c.launcher(t, "up"); r.err != nil {
			t.Fatalf("up: %v\n%s", r.err, r.stderr)
		}
	}
	down := func(when string) {
		t.Helper()
		if r := c.launcher(t, "down"); r.err != nil {
			t.Fatalf("down: %v\n%s", r.err, r.stderr)
		}
		same(t, when, before, host(t))
	}
	up()
	restore := c.failFirstStarts(t)
	c.call(t, "servers") // containers, a bridge and firewall rules come to be
	restore()
	down("after up and down")

	up()
	if err := syscall.Kill(c.enginePid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	up() // heals what the killed engine left
	sideBySide(t, c)
	down("after the engine was killed")

	up()
	if err := syscall.Kill(c.supervisorPid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	down("after the supervisor was killed")
}

// sideBySide makes calls at once on an engine that was started anew: they share the cache volumes that its predecessor made.
func sideBySide(t *testing.T, c checkout) {
	t.Helper()
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if r := c.run(t, "", "ci/dagger", "--progress=plain", "call", "servers"); r.err != nil {
				t.Errorf("one of three calls at once: %v\n%s", r.err, last(r.stderr, 10))
			}
		}()
	}
	wg.Wait()
}

// TestConcurrentStarts brings one engine up from several processes at once: all succeed and one engine runs.
func TestConcurrentStarts(t *testing.T) {
	needRoot(t)
	c := here(t)
	c.engine = "e2e-host"
	t.Cleanup(func() { c.purge(t) })
	c.purge(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if r := c.launcher(t, "up"); r.err != nil {
				t.Errorf("up: %v\n%s", r.err, r.stderr)
			}
		}()
	}
	wg.Wait()
	if n := len(processes(t, c.instance(t)+"/supervision.json")); n != 1 {
		t.Errorf("got %d supervisors, want 1", n)
	}
	if r := c.launcher(t, "status"); r.err != nil || !strings.Contains(r.stdout, "running") {
		t.Errorf("status: got %q, %v", r.stdout, r.err)
	}
}

func (c checkout) supervisorPid(t testing.TB) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.instance(t), "supervisor.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// enginePid is the supervisor's child that is the engine.
func (c checkout) enginePid(t testing.TB) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", c.supervisorPid(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(string(raw)) {
		if cmdline, _ := os.ReadFile("/proc/" + f + "/cmdline"); strings.Contains(string(cmdline), "dagger-engine") {
			pid, _ := strconv.Atoi(f)
			return pid
		}
	}
	t.Fatalf("the supervisor's children (%s) have no engine among them", raw)
	return 0
}

// processes are the ids of processes with a text in their command line.
func processes(t testing.TB, text string) (out []string) {
	t.Helper()
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, n := range names {
		if raw, err := os.ReadFile(n); err == nil && strings.Contains(string(raw), text) {
			out = append(out, filepath.Base(filepath.Dir(n)))
		}
	}
	return out
}

// host is what the embedded engine promises not to change: files, mounts, interfaces, routes, firewall, name resolution, cgroups, listeners.
func host(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, dir := range []string{"/etc", "/usr/local", "/opt"} {
		out[dir] = tree(t, dir)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	out["mounts"] = string(mounts)
	for name, command := range map[string][]string{
		"interfaces": {"ip", "-o", "addr"}, "links": {"ip", "-o", "link"}, "routes": {"ip", "route", "show", "table", "all"},
		"namespaces": {"ip", "netns"}, "firewall": {"iptables-save"}, "nftables": {"nft", "list", "ruleset"},
	} {
		if _, err := exec.LookPath(command[0]); err == nil {
			raw, _ := exec.Command(command[0], command[1:]...).Output()
			out[name] = string(raw)
		}
	}
	for name, file := range map[string]string{"tables": "/proc/net/ip_tables_names", "devices": "/proc/net/dev", "route table": "/proc/net/route"} {
		out[name] = columns(file)
	}
	cgroups, _ := filepath.Glob("/sys/fs/cgroup/*/dockyard-e2e*")
	more, _ := filepath.Glob("/sys/fs/cgroup/dockyard-e2e*")
	out["cgroups"] = strings.Join(append(cgroups, more...), "\n")
	return out
}

// columns are the first two columns of a table; the others count packets.
func columns(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		if strings.Contains(file, "/dev") {
			fields = fields[:min(1, len(fields))]
		}
		out = append(out, strings.Join(fields[:min(2, len(fields))], " "))
	}
	return strings.Join(out, "\n")
}

// tree lists the files of a folder with type, mode, owner, link and content.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone between listing and reading
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		line := fmt.Sprintf("%s %v %d %d", name, info.Mode(), owner(info), info.Size())
		switch {
		case info.Mode().IsRegular() && info.Size() < 1<<20:
			raw, _ := os.ReadFile(name)
			line += fmt.Sprintf(" %x", sha256.Sum256(raw))
		case info.Mode().Type() == fs.ModeSymlink:
			target, _ := os.Readlink(name)
			line += " " + target
		case d.IsDir():
			line = fmt.Sprintf("%s %v %d", name, info.Mode(), owner(info))
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func same(t testing.TB, when string, before, after map[string]string) {
	t.Helper()
	for name, want := range before {
		if got := after[name]; got != want {
			t.Errorf("%s: %s of the host changed:\n%s", when, name, difference(want, got))
		}
	}
}

// difference shows the lines that only one of two texts has.
func difference(before, after string) string {
	count := map[string]int{}
	for _, l := range strings.Split(before, "\n") {
		count[l]--
	}
	for _, l := range strings.Split(after, "\n") {
		count[l]++
	}
	var out []string
	for l, n := range count {
		if n < 0 {
			out = append(out, "- "+l)
		} else if n > 0 {
			out = append(out, "+ "+l)
		}
	}
	sort.Strings(out)
	return strings.Join(out[:min(len(out), 20)], "\n")
}
