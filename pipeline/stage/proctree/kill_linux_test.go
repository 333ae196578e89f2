package proctree

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMain lets this program be a process that is hard to end, and the one that ends it, which must have no other children.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "hard":
			hard(os.Args[2])
		case "end":
			os.Exit(end(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

func init() { runtime.LockOSThread() } // hard wants the first thread

// hard says a byte once it is as its mode names.
func hard(mode string) {
	switch mode {
	case "sleeps":
	case "vforks": // waits for a child that neither ends nor calls exec
		os.Stdout.WriteString(".")
		if pid, _, _ := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_VFORK|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0); pid == 0 {
			for {
				unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
			}
		}
	case "headless": // the first thread ends, others go on
		go func() {
			time.Sleep(50 * time.Millisecond)
			os.Stdout.WriteString(".")
			for {
				time.Sleep(time.Millisecond)
			}
		}()
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	case "init": // the first process of a namespace, which when it ends waits for another one that nobody reaps
		if err := unix.Unshare(unix.CLONE_NEWPID); err != nil {
			panic(err)
		}
		for _, wait := range []*unix.Timespec{{Nsec: 50_000_000}, {}} {
			if pid, _, _ := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0); pid == 0 {
				unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(wait)), 0, 0, 0)
				unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
			}
		}
		time.Sleep(100 * time.Millisecond)
	case "spawns": // starts itself without end
		os.Stdout.WriteString(".")
		for {
			c := exec.Command("/proc/self/exe", "hard", mode)
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			c.Start()
		}
	}
	os.Stdout.WriteString(".")
	time.Sleep(time.Hour)
}

// end starts a process, ends it and says what is left.
func end(mode string) int {
	fail := func(doing string, err error) int {
		os.Stderr.WriteString(doing + ": " + err.Error())
		return 1
	}
	if err := Adopt(); err != nil {
		return fail("adopting", err)
	}
	c := exec.Command("/proc/self/exe", "hard", mode)
	if mode == "spawns" { // a bound, or this test takes the machine; root has none
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
		if err := unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: 300, Max: 300}); err != nil {
			return fail("limit", err)
		}
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return fail("pipe", err)
	}
	if err := c.Start(); err != nil {
		return fail("start", err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	if _, err := bufio.NewReader(out).ReadByte(); err != nil && err != io.EOF {
		return fail("waiting", err)
	}
	time.Sleep(100 * time.Millisecond)
	if all, err := Below(); err != nil || all[0].Resident == 0 {
		return fail("memory", fmt.Errorf("%+v, %v", all, err))
	}
	if err := KillAll(c.Process.Pid); err != nil {
		return fail("KillAll", err)
	}
	select {
	case <-ended:
	case <-time.After(time.Second):
		return fail("waiting for the end", os.ErrDeadlineExceeded)
	}
	if all, err := Below(); err != nil || len(all) > 0 {
		return fail("left", fmt.Errorf("%+v, %v", all, err))
	}
	return 0
}

// TestKillAll ends processes that do not look stopped when they are, and those that grow while they are looked at.
func TestKillAll(t *testing.T) {
	for _, mode := range []string{"sleeps", "vforks", "headless", "init", "spawns"} {
		t.Run(mode, func(t *testing.T) {
			if (mode == "spawns" || mode == "init") && os.Geteuid() != 0 {
				t.Skip("another user and a namespace need root")
			}
			begun := time.Now()
			said, err := exec.Command("/proc/self/exe", "end", mode).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, strings.TrimSpace(string(said)))
			}
			t.Logf("%v", time.Since(begun))
		})
	}
}
