// Package sandbox runs an image's entry point from an unpacked root, the way a container runtime would, on a machine that has none. It needs
// root and Linux.
package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// role makes this program the first process of a sandbox.
const role = "__sandbox"

// sandboxed is what the first process needs: the unpacked root and the image's configuration, nothing else.
type sandboxed struct {
	Root   string
	Config v1.Config
}

// RunRole must be called first in main (or TestMain) of a program that uses Command: the sandbox's first process is that program again.
// It returns when the program was started as something else.
func RunRole() {
	if len(os.Args) == 3 && os.Args[1] == role {
		fmt.Fprintln(os.Stderr, "sandbox:", enter(os.Args[2]))
		os.Exit(125)
	}
}

// Command runs an image's entry point as its configuration says, in an unpacked root, without any network: a namespace of its own with
// nothing but a loopback device that is down. It ends with the thread that started it.
func Command(root string, config v1.Config) (*exec.Cmd, error) {
	raw, err := json.Marshal(sandboxed{root, config})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe", role, string(raw))
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	return cmd, nil
}

func enter(config string) error {
	var s sandboxed
	if err := json.Unmarshal([]byte(config), &s); err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	for _, m := range []struct {
		source, target, fstype string
		flags                  uintptr
	}{
		{"proc", "proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC},
		{"tmpfs", "dev", "tmpfs", syscall.MS_NOSUID},
	} {
		target := filepath.Join(s.Root, m.target)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.source, target, m.fstype, m.flags, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", m.target, err)
		}
	}
	for _, d := range []string{"null", "zero", "random", "urandom"} {
		target := filepath.Join(s.Root, "dev", d)
		if err := os.WriteFile(target, nil, 0o666); err != nil {
			return err
		}
		if err := syscall.Mount("/dev/"+d, target, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting /dev/%s: %w", d, err)
		}
	}
	return become(s)
}

// become drops everything but what the image's configuration gives, and starts it.
func become(s sandboxed) error {
	if s.Config.User != "65532:65532" {
		return fmt.Errorf("the image's user is %q, want 65532:65532", s.Config.User)
	}
	if err := syscall.Chroot(s.Root); err != nil {
		return err
	}
	if err := os.Chdir(s.Config.WorkingDir); err != nil {
		return err
	}
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setgid(65532); err != nil {
		return err
	}
	if err := syscall.Setuid(65532); err != nil {
		return err
	}
	args := append(append([]string{}, s.Config.Entrypoint...), s.Config.Cmd...)
	return fmt.Errorf("running %q: %w", args, syscall.Exec(args[0], args, s.Config.Env))
}
