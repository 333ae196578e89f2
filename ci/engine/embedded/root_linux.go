package embedded

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// rootOptions say what a process that runs in a root of its own sees. They travel as JSON to this program's role "enter".
type rootOptions struct {
	Root    string            // folder that becomes "/"; with Lowers a mount point, otherwise used as it is
	Lowers  []string          // read-only folders stacked under a throw-away upper one, topmost first; nil uses Root itself
	Binds   map[string]string // host path: path in the root; a host path that does not exist is left out
	Files   map[string]string // path in the root: content; only with Lowers
	Dir     string            // working folder in the root; "" is "/"
	Cgroup  string            // name of the cgroup to join and to see as the top; "" stays in the caller's
	Network bool              // own network namespace, and wait for descriptor 3 to be closed before starting
	Args    []string          // program and arguments, set by enterRoot
}

const roleEnter = "__enter"

// dieWithParent makes the kernel end the process when this one ends, however that happens.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// inMountNamespace keeps the mounts a command makes from the host; the go runtime makes propagation private.
func inMountNamespace(cmd *exec.Cmd) {
	dieWithParent(cmd)
	cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
}

// enterRoot changes cmd, whose path and arguments are those in the root, into this program starting them there, in namespaces for mounts and
// processes: when the first process ends, the kernel ends all others and drops every mount.
func enterRoot(cmd *exec.Cmd, o rootOptions) {
	o.Args = cmd.Args
	raw, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings and maps of strings always marshal
	}
	cmd.Path, cmd.Args, cmd.Err = "/proc/self/exe", []string{"/proc/self/exe", roleEnter, string(raw)}, nil
	dieWithParent(cmd)
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	if o.Network {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
	}
}

// enter is the role behind enterRoot: the first process of the new namespaces.
func enter(config string) error {
	var o rootOptions
	if err := json.Unmarshal([]byte(config), &o); err != nil {
		return err
	}
	// The cgroup namespace belongs to the thread that unshares it, and exec keeps the calling thread's.
	runtime.LockOSThread()
	if o.Network {
		awaitClose(3)
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := mountRoot(o); err != nil {
		return err
	}
	if err := joinCgroup(o.Cgroup); err != nil {
		return err
	}
	if err := mountSystem(o); err != nil {
		return err
	}
	if err := pivot(o.Root); err != nil {
		return err
	}
	if err := os.Chdir("/" + o.Dir); err != nil {
		return err
	}
	return fmt.Errorf("running %q: %w", o.Args[0], syscall.Exec(o.Args[0], o.Args, os.Environ()))
}

func awaitClose(fd uintptr) {
	f := os.NewFile(fd, "network ready")
	var b [1]byte
	f.Read(b[:])
	f.Close()
}

func mountRoot(o rootOptions) error {
	if o.Lowers == nil {
		return mount(o.Root, o.Root, "", syscall.MS_BIND|syscall.MS_REC, "")
	}
	scratch := o.Root + ".scratch"
	for _, d := range []string{o.Root, scratch} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := mount("tmpfs", scratch, "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	upper, work := filepath.Join(scratch, "upper"), filepath.Join(scratch, "work")
	for _, d := range []string{upper, work} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	return mount("overlay", o.Root, "overlay", 0, "lowerdir="+strings.Join(o.Lowers, ":")+",upperdir="+upper+",workdir="+work)
}

// mountSystem adds what a Linux program expects: /proc, /sys, /dev, fresh /run and /tmp, and the caller's binds and files.
func mountSystem(o rootOptions) error {
	at := func(p string) string { return filepath.Join(o.Root, p) }
	mounts := []struct {
		source, target, fstype string
		flags                  uintptr
		data                   string
	}{
		{"proc", "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"/dev", "/dev", "", syscall.MS_BIND | syscall.MS_REC, ""},
	}
	for _, m := range mounts {
		if err := mount(m.source, at(m.target), m.fstype, m.flags, m.data); err != nil {
			return err
		}
	}
	if o.Lowers != nil {
		for _, d := range []string{"/run", "/tmp"} {
			if err := mount("tmpfs", at(d), "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=1777"); err != nil {
				return err
			}
		}
		if err := mount("sysfs", at("/sys"), "sysfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
			return err
		}
		if err := mountCgroups(at("/sys/fs/cgroup")); err != nil {
			return err
		}
		for name, content := range o.Files {
			if err := writeFile(at(name), content); err != nil {
				return err
			}
		}
	}
	for source, target := range o.Binds {
		if err := bind(source, at(target)); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name, content string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	os.Remove(name)
	return os.WriteFile(name, []byte(content), 0o644)
}

func bind(source, target string) error {
	info, err := os.Stat(source)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if _, statErr := os.Stat(target); statErr != nil {
		err = writeFile(target, "")
	}
	if err != nil {
		return err
	}
	return mount(source, target, "", syscall.MS_BIND|syscall.MS_REC, "")
}

// pivot makes root the file system's top and drops the old one.
func pivot(root string) error {
	// The old top is stacked on the new one and detached: pivot_root(2), "pivot_root(".", ".")".
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root to %q: %w", root, err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("dropping the old root: %w", err)
	}
	return os.Chdir("/")
}

func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := os.MkdirAll(target, 0o755); err != nil && fstype != "" {
		return err
	}
	if err := syscall.Mount(source, target, fstype, flags, data); err != nil {
		return fmt.Errorf("mounting %q at %q: %w", source, target, err)
	}
	return nil
}
