package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// running is the record of the engine that was started last; its Key is empty when there was none.
func (e *Engine) running() supervision {
	var s supervision
	if raw, err := os.ReadFile(e.instance("supervision.json")); err == nil {
		json.Unmarshal(raw, &s)
	}
	return s
}

// supervisor returns the process id of a living supervisor of this engine, or 0. A process that got the id later is told from it by its
// command line.
func (e *Engine) supervisor() int {
	raw, err := os.ReadFile(e.instance("supervisor.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(raw))
	if err != nil {
		return 0
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(cmdline), e.instance("supervision.json")) {
		return 0
	}
	return pid
}

func (e *Engine) stop() error {
	if pid := e.supervisor(); pid != 0 {
		if err := e.progress.step("stopping engine "+e.name, func() error { return terminate(pid) }); err != nil {
			return err
		}
	}
	os.Remove(e.socket())
	os.Remove(e.instance("supervisor.pid"))
	os.Remove(e.instance("supervision.json"))
	// The kernel ends the processes of a namespace a moment after its first one; their cgroups can go only then.
	for i := 0; i < 40; i++ {
		removeCgroup("dockyard-" + e.name)
		if !cgroupLeft("dockyard-" + e.name) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// terminate asks a process to end, and kills it when it does not.
func terminate(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ending process %d: %w", pid, err)
	}
	for begun := time.Now(); time.Since(begun) < stopTimeout+5*time.Second; time.Sleep(50 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return nil
		}
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func zombie(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(raw), ") Z ")
}
