package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const cgroupTop = "/sys/fs/cgroup"

// cloneNewCgroup is CLONE_NEWCGROUP (cgroup_namespaces(7)), which package syscall does not name.
const cloneNewCgroup = 0x02000000

// hierarchies returns the mount points of the cgroup hierarchies: one for version 2, one for each controller of version 1.
func hierarchies() []string {
	if unified() {
		return []string{cgroupTop}
	}
	var out []string
	entries, _ := os.ReadDir(cgroupTop)
	for _, e := range entries {
		dir := filepath.Join(cgroupTop, e.Name())
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil && e.IsDir() {
			out = append(out, dir)
		}
	}
	return out
}

func unified() bool {
	_, err := os.Stat(filepath.Join(cgroupTop, "cgroup.controllers"))
	return err == nil
}

// joinCgroup moves this process into a cgroup of the name in every hierarchy and makes it the top that the process and its children see.
// Everything the engine's containers create lies below, so that removeCgroup finds it.
func joinCgroup(name string) error {
	if name == "" {
		return nil
	}
	for _, top := range hierarchies() {
		dir := filepath.Join(top, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("making a cgroup: %w", err)
		}
		// A version 1 cpuset takes no process until it has processors and memory nodes.
		for _, f := range []string{"cpuset.cpus", "cpuset.mems"} {
			if raw, err := os.ReadFile(filepath.Join(top, f)); err == nil && !unified() {
				if err := os.WriteFile(filepath.Join(dir, f), raw, 0o644); err != nil {
					return fmt.Errorf("preparing a cgroup: %w", err)
				}
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0o644); err != nil {
			return fmt.Errorf("joining a cgroup: %w", err)
		}
	}
	if err := syscall.Unshare(cloneNewCgroup); err != nil {
		return fmt.Errorf("making a cgroup namespace: %w", err)
	}
	return nil
}

// mountCgroups mounts the hierarchies as the cgroup namespace shows them.
func mountCgroups(target string) error {
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC
	if unified() {
		if err := mount("cgroup", target, "cgroup2", flags, ""); err != nil {
			return err
		}
		return delegate(target)
	}
	if err := mount("tmpfs", target, "tmpfs", flags, "mode=0755"); err != nil {
		return err
	}
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		f := strings.SplitN(line, ":", 3)
		if len(f) != 3 || f[1] == "" {
			continue
		}
		name, options := strings.TrimPrefix(f[1], "name="), f[1]
		if name != f[1] {
			options = "none," + f[1]
		}
		if err := mount("cgroup", filepath.Join(target, name), "cgroup", flags, options); err != nil {
			return err
		}
	}
	return nil
}

// delegate hands the controllers of version 2 on to the containers. A cgroup with processes of its own cannot (cgroups(7), "no internal
// processes"), so this process moves into a child first.
func delegate(top string) error {
	init := filepath.Join(top, "init")
	if err := os.Mkdir(init, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := os.WriteFile(filepath.Join(init, "cgroup.procs"), []byte("0"), 0o644); err != nil {
		return fmt.Errorf("joining a cgroup: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(top, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, c := range strings.Fields(string(raw)) {
		if err := os.WriteFile(filepath.Join(top, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
			return fmt.Errorf("handing on the cgroup controller %q: %w", c, err)
		}
	}
	return nil
}

// removeCgroup removes the cgroups an ended engine left behind. Their folders can be removed once no process is in them.
func removeCgroup(name string) {
	for _, top := range hierarchies() {
		removeCgroupTree(filepath.Join(top, name))
	}
}

func removeCgroupTree(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeCgroupTree(filepath.Join(dir, e.Name()))
		}
	}
	syscall.Rmdir(dir)
}

func cgroupLeft(name string) bool {
	for _, top := range hierarchies() {
		if _, err := os.Stat(filepath.Join(top, name)); err == nil {
			return true
		}
	}
	return false
}
