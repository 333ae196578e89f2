package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// interval is how often processes are looked at. What a process took between two looks is not lost: the kernel keeps its peak (VmHWM in
// proc(5)). A process that lives shorter than this may be missed.
const interval = 100 * time.Millisecond

// maxProcesses bounds the processes looked at.
const maxProcesses = 10000

// peaks are the highest resident sizes seen, in bytes.
type peaks struct {
	byStep map[string]int64 // of one process
	sum    int64            // of all processes at one time; memory that they share counts for each
}

// watch looks at this process's descendants, and at those of the process whose id is in a file, until the context ends.
func watch(ctx context.Context, pidFile string) *peaks {
	p := &peaks{byStep: map[string]int64{}}
	for tick := time.NewTicker(interval); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return p
		case <-tick.C:
			p.look(pidFile)
		}
	}
}

func (p *peaks) look(pidFile string) {
	seen := map[int]bool{}
	sum := int64(0)
	var visit func(pid int, parent string)
	visit = func(pid int, parent string) {
		if seen[pid] || len(seen) >= maxProcesses {
			return
		}
		seen[pid] = true
		label := parent
		if pid != os.Getpid() {
			label = program(commandLine(pid), parent)
			now, peak := resident(pid)
			sum += now
			p.byStep[label] = max(p.byStep[label], peak)
		}
		for _, child := range children(pid) {
			visit(child, label)
		}
	}
	// The supervisor first: until its starter ends, it is a descendant of this process too.
	if raw, err := os.ReadFile(pidFile); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil {
			visit(pid, launcher)
		}
	}
	visit(os.Getpid(), launcher)
	p.sum = max(p.sum, sum)
}

func commandLine(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
}

// resident returns a process's resident size now and at its highest, in bytes; 0 when it has ended.
func resident(pid int) (now, peak int64) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for l := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(l, ":")
		if name == "VmRSS" || name == "VmHWM" {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if name == "VmRSS" {
				now = n << 10
			} else {
				peak = n << 10
			}
		}
	}
	return now, peak
}

func children(pid int) (out []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		for _, id := range strings.Fields(string(raw)) {
			if n, err := strconv.Atoi(id); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// rows are the peaks, highest first.
func (p *peaks) rows() (rows []row) {
	steps := slices.SortedFunc(maps.Keys(p.byStep), func(a, b string) int { return int(p.byStep[b] - p.byStep[a]) })
	for _, s := range steps {
		if p.byStep[s] > 0 {
			rows = append(rows, row{Name: "peak memory, " + s, Measured: single("one process", "MiB", mib(p.byStep[s])), Target: "≤ 3072 MiB"})
		}
	}
	return append(rows, row{Name: "peak memory, all at once", Measured: single("all processes", "MiB", mib(p.sum))})
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
