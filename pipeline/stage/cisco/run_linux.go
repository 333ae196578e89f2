package cisco

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"dagger/dockyard/pipeline/stage/confine"
)

// Bounds of the scanner's process. It takes 200 MiB for a usual server, 600 MiB with the client for models.
const (
	maxData      = 3 << 30
	maxFile      = 64 << 20
	maxFiles     = 1024
	maxProcesses = 1024
	keptStderr   = 1 << 20
	lastWords    = 2 * time.Second // for what it started and left behind
)

// process is a run of the scanner.
type process struct {
	argv, env []string
	uid, gid  int
	time      time.Duration
}

// run starts the scanner without privileges and waits for it. An error says why its output is not to be used.
func (p process) run(ctx context.Context) (stdout, stderr []byte, err error) {
	args, err := confine.Spec{
		Argv: p.argv, Env: p.env, Dir: "/", UID: p.uid, GID: p.gid, Data: maxData, File: maxFile, Files: maxFiles, Processes: maxProcesses,
	}.Arguments()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.time)
	defer cancel()
	out, log := &bounded{most: MaxOutput}, &bounded{most: keptStderr, drop: true}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args, cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = args, []string{}, "/", out, log, lastWords
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// The whole session goes, or a process that it left behind would hold the output open.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("it did not end within %v", p.time)
	case out.over:
		err = fmt.Errorf("%w: it wrote more than %d bytes (MaxOutput)", ErrOutput, MaxOutput)
	case errors.Is(err, exec.ErrWaitDelay):
		err = errors.New("it ended, but something that it started held its output open")
	case err != nil && errors.As(err, new(*exec.ExitError)):
		err = fmt.Errorf("it ended with %v: %s", err, last(log.kept))
	}
	return out.kept, log.kept, err
}

// last is the last line of a log, cut to what fits a reason.
func last(log []byte) string {
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return fmt.Sprintf("%.200q", lines[len(lines)-1])
}

var errFull = errors.New("too much output")

// bounded keeps the first bytes of a stream. What is more ends the stream, or is dropped.
type bounded struct {
	most int
	drop bool
	kept []byte
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	left := b.most - len(b.kept)
	if len(p) <= left {
		b.kept = append(b.kept, p...)
		return len(p), nil
	}
	b.kept = append(b.kept, p[:left]...)
	b.over = true
	if b.drop {
		return len(p), nil
	}
	return left, errFull
}

// give hands a folder to the user that the scanner runs as: as a mount it belongs to root.
func give(dir string, uid, gid int) error { return os.Lchown(dir, uid, gid) }
