package capture

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// groups are the places where a container sees the accounts of its own memory group (cgroups versions 2 and 1), with the lines that count memory
// which cannot be dropped.
var groups = []struct {
	dir   string
	lines []string
}{
	{"/sys/fs/cgroup", []string{"anon", "shmem"}},
	{"/sys/fs/cgroup/memory", []string{"total_rss", "total_shmem"}},
}

// groupMemory is what the container's memory group holds, in bytes, and 0 where no group can be seen that holds this process itself. It counts
// what no process has in its address space too: files in memory that are only written to.
func groupMemory() (total int64) {
	self := []byte(strconv.Itoa(os.Getpid()))
	for _, g := range groups {
		members, err := os.ReadFile(g.dir + "/cgroup.procs")
		if err != nil || !slices.ContainsFunc(bytes.Fields(members), func(pid []byte) bool { return bytes.Equal(pid, self) }) {
			continue
		}
		raw, err := os.ReadFile(g.dir + "/memory.stat")
		if err != nil {
			continue
		}
		for line := range bytes.Lines(raw) {
			name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
			if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && slices.Contains(g.lines, string(name)) {
				total += n
			}
		}
		return total
	}
	return 0
}
