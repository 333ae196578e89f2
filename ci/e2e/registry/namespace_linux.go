package registry

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
)

// Listen listens on an address of another process's network namespace. A socket stays in the namespace it was made in, so this process serves it
// from where it is, and nothing can be reached on the host. It needs root.
func Listen(pid int, address string) (net.Listener, error) {
	type made struct {
		l   net.Listener
		err error
	}
	done := make(chan made)
	go func() {
		// The thread is never unlocked: it ends with the goroutine, and the namespace that it entered is left with it.
		runtime.LockOSThread()
		l, err := listenIn(pid, address)
		done <- made{l, err}
	}()
	m := <-done
	return m.l, m.err
}

func listenIn(pid int, address string) (net.Listener, error) {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, fmt.Errorf("finding the network of process %d: %w", pid, err)
	}
	defer ns.Close()
	if _, _, errno := syscall.RawSyscall(sysSetns, ns.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
		return nil, fmt.Errorf("entering the network of process %d: %w", pid, errno)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s in the network of process %d: %w", address, pid, err)
	}
	return l, nil
}
