package embedded

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
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
