// Package proctree finds and ends all that a process started, however it tries to get out of sight.
package proctree

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// killTime bounds ending all processes. Every other stopTime of it, those that run are stopped before any is killed.
const (
	killTime = 20 * time.Second
	stopTime = 2 * time.Second
)

// Process is a line of the process table (proc(5), /proc/PID/stat).
type Process struct {
	PID, Parent, Threads int
	State                byte
	Resident             int64 // bytes
}

// Adopt makes this process the parent of every process below it whose own parent ends, so that none gets out of sight.
func Adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming the reaper of all that is started: %w", err)
	}
	return nil
}

// Below lists the processes that descend from this one.
func Below() ([]Process, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("reading the process table: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("reading the process table: %w", err)
	}
	children := map[int][]Process{}
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		raw, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		if p, ok := parseStat(raw); ok {
			if p.State == 'Z' && !p.gone() {
				p.Resident = residentOfThreads(name)
			}
			children[p.Parent] = append(children[p.Parent], p)
		}
	}
	var out []Process
	for queue := children[os.Getpid()]; len(queue) > 0; queue = queue[1:] {
		out = append(out, queue[0])
		queue = append(queue, children[queue[0].PID]...)
	}
	return out, nil
}

// residentOfThreads is the memory of a process whose first thread ended: its own line says 0, those of the other threads say what they share.
func residentOfThreads(pid string) int64 {
	threads, err := os.ReadDir("/proc/" + pid + "/task")
	if err != nil {
		return 0
	}
	for _, t := range threads {
		raw, err := os.ReadFile("/proc/" + pid + "/task/" + t.Name() + "/stat")
		if err != nil {
			continue
		}
		if p, ok := parseStat(raw); ok && p.Resident > 0 {
			return p.Resident
		}
	}
	return 0
}

// parseStat reads a line of /proc/PID/stat. The name in parentheses may hold anything, so fields are counted from the last parenthesis.
func parseStat(raw []byte) (p Process, ok bool) {
	open, end := bytes.IndexByte(raw, ' '), bytes.LastIndexByte(raw, ')')
	if open < 0 || end < 0 {
		return p, false
	}
	fields := bytes.Fields(raw[end+1:])
	if len(fields) < 22 || len(fields[0]) != 1 {
		return p, false
	}
	number := func(b []byte) int64 {
		n, err := strconv.ParseInt(string(b), 10, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	p.State = fields[0][0]
	p.PID, p.Parent, p.Threads = int(number(raw[:open])), int(number(fields[1])), int(number(fields[17]))
	p.Resident = number(fields[21]) * int64(os.Getpagesize())
	return p, ok
}

// KillAll ends every process below this one and reaps all but main, which somebody waits for. All are stopped first: stopped ones cannot start
// others, and they count towards the limit that those still running have. Some do not stop, such as the first process of a namespace while it
// ends, and some are let go on by others, so after a while all are killed whatever they do, and so in turn.
func KillAll(main int) error {
	begun := time.Now()
	stopped := map[int]bool{}
	for {
		all, err := Below()
		if err != nil {
			return err
		}
		alive, err := signalAll(all, main, stopped, time.Since(begun)/stopTime%2 == 1)
		if err != nil {
			return err
		}
		if !alive {
			return nil
		}
		if time.Since(begun) > killTime {
			return fmt.Errorf("ending what was started: some processes still run after %v: %+v", killTime, all[:min(len(all), 8)])
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// signalAll stops what runs, or kills when nothing does or when it must, and tells whether anything was left. stopped are those that were told to
// stop before.
func signalAll(all []Process, main int, stopped map[int]bool, must bool) (alive bool, err error) {
	sig := unix.SIGKILL
	for _, p := range all {
		if !must && p.runs(stopped[p.PID]) {
			sig = unix.SIGSTOP
		}
	}
	for _, p := range all {
		if p.gone() {
			if p.Parent == os.Getpid() && p.PID != main {
				unix.Wait4(p.PID, nil, unix.WNOHANG, nil)
			}
			alive = alive || p.PID != main
			continue
		}
		alive, stopped[p.PID] = true, true
		if err := unix.Kill(p.PID, sig); err != nil && !errors.Is(err, unix.ESRCH) {
			return false, fmt.Errorf("ending process %d: %w", p.PID, err)
		}
	}
	return alive, nil
}

// gone tells whether all of the process ended. One whose first thread ended looks like a zombie too, while others of its threads run on.
func (p Process) gone() bool { return (p.State == 'Z' || p.State == 'X') && p.Threads <= 1 }

// runs tells whether the process may start another one. Told to stop, some never look stopped and yet cannot run on: one that waits in vfork for a
// child (state D) which was stopped before its exec, and one whose first thread ended (Z).
func (p Process) runs(told bool) bool {
	switch p.State {
	case 'T', 't':
		return false
	case 'D', 'Z':
		return !told && !p.gone()
	}
	return !p.gone()
}
