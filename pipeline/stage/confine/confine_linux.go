package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"dagger/dockyard/pipeline/stage/usage"
)

// lowest is the nice value of the program.
const lowest = 19

// Command runs "stage confined SPEC": it gives up every privilege, sets the limits and becomes the program. It returns only when that failed.
func Command(args []string, _ io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: %s: got %d arguments, want one, from another subcommand", usage.ErrUsage, Name, len(args))
	}
	var c Spec
	if err := json.Unmarshal([]byte(args[0]), &c); err != nil {
		return fmt.Errorf("%w: %s: %v", usage.ErrUsage, Name, err)
	}
	if len(c.Argv) == 0 || c.UID <= 0 || c.GID <= 0 {
		return fmt.Errorf("%w: %s: got %d arguments, uid %d, gid %d; want a program and no root", usage.ErrUsage, Name, len(c.Argv), c.UID, c.GID)
	}
	return fmt.Errorf("starting %q: %w", c.Argv, c.become())
}

// become must stay on one thread: the credentials that count are those of the thread that calls exec.
func (c Spec) become() error {
	runtime.LockOSThread()
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: c.Data, unix.RLIMIT_FSIZE: c.File, unix.RLIMIT_NOFILE: c.Files, unix.RLIMIT_NPROC: c.Processes,
	} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("limit %d: %w", resource, err)
		}
	}
	// Within the container the driver goes first: a thousand busy processes must not keep it from counting and ending them.
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, lowest); err != nil {
		return fmt.Errorf("priority: %w", err)
	}
	if err := c.drop(); err != nil {
		return err
	}
	unix.Umask(0o022)
	if err := os.Chdir(c.Dir); err != nil {
		return err
	}
	for _, e := range c.Env {
		if path, ok := strings.CutPrefix(e, "PATH="); ok {
			os.Setenv("PATH", path)
		}
	}
	program, err := exec.LookPath(c.Argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(program, c.Argv, c.Env)
}

// drop gives up groups, user and capabilities, and what could bring them back.
func (c Spec) drop() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	for capability := uintptr(0); ; capability++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) && capability > 0 {
			break // past the last one that the kernel knows
		}
		if err != nil {
			return fmt.Errorf("dropping capability %d: %w", capability, err)
		}
	}
	if err := syscall.Setgroups([]int{c.GID}); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	if err := syscall.Setgid(c.GID); err != nil {
		return fmt.Errorf("gid: %w", err)
	}
	if err := syscall.Setuid(c.UID); err != nil {
		return fmt.Errorf("uid: %w", err)
	}
	none := [2]unix.CapUserData{}
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}
