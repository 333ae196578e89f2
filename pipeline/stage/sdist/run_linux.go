package sdist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"dagger/dockyard/pipeline/stage/confine"
	"dagger/dockyard/pipeline/stage/proctree"
)

// Bounds of a build. Memory and processes are those of all that it starts.
const (
	maxMemory    = 2 << 30
	maxFile      = 128 << 20
	maxFiles     = 1024
	maxProcesses = 256
	userLimit    = 1024 // of processes of the user, whose id what else runs on the machine may share
	keptOutput   = 256 << 10
	watchEvery   = 50 * time.Millisecond
)

// errTime is the category of builds that took too long. A busy machine may be the reason, so it is no result that an engine would keep.
var errTime = errors.New("too slow")

// process is one run of the driver.
type process struct {
	argv, env []string
	dir       string
	time      time.Duration
}

// run starts the driver without privileges, waits for it, and ends all that it left. What is wrong with the build is a failure with the end of
// what it printed.
func (p process) run(ctx context.Context) ([]byte, error) {
	if err := proctree.Adopt(); err != nil {
		return nil, err
	}
	args, err := confine.Spec{
		Argv: p.argv, Env: p.env, Dir: p.dir, UID: user, GID: user, Data: maxMemory, File: maxFile, Files: maxFiles, Processes: userLimit,
	}.Arguments()
	if err != nil {
		return nil, err
	}
	said := &tail{most: keptOutput}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = args, []string{}, "/", w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("starting the build: %w", err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { said.readFrom(r) })
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	broken := watch(ctx, p.time, exited)
	if err := proctree.KillAll(cmd.Process.Pid); err != nil {
		return nil, err
	}
	reading.Wait()
	r.Close()
	if errors.Is(broken, errTime) {
		return nil, broken
	}
	if broken != nil {
		return said.kept, failure{error: broken, exited: true}
	}
	return said.kept, nil
}

// watch waits for the end of the driver and tells why it is no good end.
func watch(ctx context.Context, limit time.Duration, exited <-chan error) error {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-exited:
			if err != nil {
				return fmt.Errorf("its build ended with %v", err)
			}
			return nil
		case <-timeout.C:
			return fmt.Errorf("%w: it did not end within %v", errTime, limit)
		case <-tick.C:
			if err := measure(); err != nil {
				return err
			}
		}
	}
}

func measure() error {
	all, err := proctree.Below()
	if err != nil {
		return nil // no verdict; ending them will say so
	}
	var memory int64
	threads := 0
	for _, p := range all {
		memory += p.Resident
		threads += p.Threads
	}
	switch {
	case memory > maxMemory:
		return fmt.Errorf("%w: its build takes more than %d bytes of memory", ErrLimit, int64(maxMemory))
	case threads > maxProcesses:
		return fmt.Errorf("%w: its build has more than %d processes and threads", ErrLimit, maxProcesses)
	}
	return nil
}

// tail keeps the end of a stream.
type tail struct {
	most int
	kept []byte
}

func (t *tail) readFrom(r *os.File) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		t.kept = append(t.kept, buf[:n]...)
		if over := len(t.kept) - t.most; over > 0 {
			t.kept = append(t.kept[:0], t.kept[over:]...)
		}
		if err != nil {
			return
		}
	}
}

// give hands a folder with all in it to the user that builds run as.
func give(dir string) error {
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, user, user)
	})
}
