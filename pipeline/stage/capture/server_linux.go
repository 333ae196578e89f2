package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"dagger/dockyard/pipeline/stage/confine"
	"dagger/dockyard/pipeline/stage/proctree"
	"dagger/dockyard/pipeline/surface"
)

// watchEvery is how often the processes of a server are looked at. exitDelay is how long its last words may take.
const (
	watchEvery = 50 * time.Millisecond
	exitDelay  = time.Second
)

// server is a started server with all that descends from it.
type server struct {
	process *os.Process
	in      *os.File
	lines   chan event
	broken  chan *failure // the first bound that was reached
	errors  tail

	streams sync.WaitGroup
	done    chan struct{} // closed when the server is to end
	exited  chan struct{} // closed when its first process ended
	state   *os.ProcessState
}

// start starts the server as the child of a child: stage confined drops the privileges. Only its three standard streams are open in it.
func start(spec confine.Spec, l Limits) (*server, error) {
	args, err := spec.Arguments()
	if err != nil {
		return nil, err
	}
	var pipes [3][2]*os.File
	for i := range pipes {
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			return nil, err
		}
	}
	theirs := []*os.File{pipes[0][0], pipes[1][1], pipes[2][1]}
	p, err := os.StartProcess("/proc/self/exe", args, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: theirs, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	s := &server{process: p, in: pipes[0][1], lines: make(chan event), broken: make(chan *failure, 1), done: make(chan struct{}), exited: make(chan struct{})}
	s.errors.total = l.Output
	s.streams.Add(3)
	go s.read(pipes[1][0], l)
	go s.listen(pipes[2][0])
	go s.watch(l)
	go func() {
		s.state, _ = p.Wait()
		close(s.exited)
	}()
	return s, nil
}

// read passes lines on until the server ends or is to end.
func (s *server) read(from *os.File, l Limits) {
	defer s.streams.Done()
	defer from.Close()
	r := newLineReader(from, l)
	for {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			err = s.ended()
		}
		select {
		case s.lines <- event{line, err}:
		case <-s.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// ended tells how the server ended, once it closed its output.
func (s *server) ended() error {
	select {
	case <-s.exited:
		return failed(surface.ReasonExited, "the server ended (%v)", s.state)
	case <-time.After(exitDelay):
		return failed(surface.ReasonExited, "the server closed its standard output")
	case <-s.done:
		return failed(surface.ReasonExited, "the server was ended")
	}
}

// listen keeps the end of standard error.
func (s *server) listen(from *os.File) {
	defer s.streams.Done()
	defer from.Close()
	if _, err := io.Copy(&s.errors, from); err != nil {
		s.fail(reasonOf(err))
	}
}

// watch counts processes and memory, and notices a server that is gone while something it started holds its output open.
func (s *server) watch(l Limits) {
	defer s.streams.Done()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	exited := s.exited
	var late <-chan time.Time
	for {
		select {
		case <-s.done:
			return
		case <-exited: // what it left goes on, and is looked at
			exited, late = nil, time.After(exitDelay)
		case <-late:
			s.fail(failed(surface.ReasonExited, "the server ended (%v)", s.state))
		case <-tick.C:
			s.fail(measure(l))
		}
	}
}

// measure compares the server's processes with the bounds. A table that cannot be read is no verdict; proctree.KillAll will say so.
func measure(l Limits) *failure {
	all, err := proctree.Below()
	if err != nil {
		return nil
	}
	var memory int64
	threads := 0
	for _, p := range all {
		memory += p.Resident
		threads += p.Threads
	}
	// The group also holds this program, which needs a few copies of what it reads.
	switch {
	case memory > l.Memory || groupMemory() > l.Memory+4*l.Output:
		return failed(surface.ReasonMemory, "it takes more than %d bytes of memory", l.Memory)
	case threads > l.Processes:
		return failed(surface.ReasonProcesses, "it has more than %d processes and threads", l.Processes)
	}
	return nil
}

// fail reports a bound that was reached; the first one counts.
func (s *server) fail(f *failure) {
	if f == nil {
		return
	}
	select {
	case s.broken <- f:
	default:
	}
}

// end ends the server with everything it started and returns the end of its standard error. Only then may anything else trust the file system.
func (s *server) end() ([]byte, error) {
	close(s.done)
	s.in.Close()
	if err := proctree.KillAll(s.process.Pid); err != nil {
		return nil, err
	}
	<-s.exited
	s.streams.Wait()
	return s.errors.kept, nil
}
