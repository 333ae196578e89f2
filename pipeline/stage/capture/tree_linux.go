package capture

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// killTime bounds ending all processes of a server.
const killTime = 20 * time.Second

// process is a line of the process table (proc(5), /proc/PID/stat).
type process struct {
	pid, parent, threads int
	state                byte
	resident             int64 // bytes
}

// adopt makes this process the parent of every process below it whose own parent ends, so that none gets out of sight.
func adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming the reaper of the server's processes: %w", err)
	}
	return nil
}

// below lists the processes that descend from this one.
func below() ([]process, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("reading the process table: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("reading the process table: %w", err)
	}
	children := map[int][]process{}
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		raw, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		if p, ok := parseStat(raw); ok {
			children[p.parent] = append(children[p.parent], p)
		}
	}
	var out []process
	for queue := children[os.Getpid()]; len(queue) > 0; queue = queue[1:] {
		out = append(out, queue[0])
		queue = append(queue, children[queue[0].pid]...)
	}
	return out, nil
}

// parseStat reads a line of /proc/PID/stat. The name in parentheses may hold anything, so fields are counted from the last parenthesis.
func parseStat(raw []byte) (p process, ok bool) {
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
	p.state = fields[0][0]
	p.pid, p.parent, p.threads = int(number(raw[:open])), int(number(fields[1])), int(number(fields[17]))
	p.resident = number(fields[21]) * int64(os.Getpagesize())
	return p, ok
}

// killAll ends every process below this one and reaps all but main, which somebody waits for. All are stopped first: stopped ones cannot start
// others, and they count towards the limit that those still running have.
func killAll(main int) error {
	until := time.Now().Add(killTime)
	for {
		alive, err := signalAll(main)
		if err != nil {
			return err
		}
		if !alive {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("ending the server: some of its processes still run after %v", killTime)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// signalAll stops what runs, or kills when nothing does, and tells whether anything was left.
func signalAll(main int) (alive bool, err error) {
	all, err := below()
	if err != nil {
		return false, err
	}
	sig := unix.SIGKILL
	for _, p := range all {
		if !bytes.ContainsRune([]byte("TtZX"), rune(p.state)) {
			sig = unix.SIGSTOP
		}
	}
	for _, p := range all {
		if p.state == 'Z' || p.state == 'X' {
			if p.parent == os.Getpid() && p.pid != main {
				unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
			}
			alive = alive || p.pid != main
			continue
		}
		alive = true
		if err := unix.Kill(p.pid, sig); err != nil && !errors.Is(err, unix.ESRCH) {
			return false, fmt.Errorf("ending process %d of the server: %w", p.pid, err)
		}
	}
	return alive, nil
}
