package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failingRunc takes runc's place and fails at the first start of each container the way runc's first step does once in some ten thousand
// starts: the container's folder is there, nothing that tells of it is.
const failingRunc = `#!/bin/sh
for id; do :; done
case " $* " in
*" run "*)
	if mkdir "/run/failed-$id" 2>/dev/null; then
		mkdir -p "/run/runc/$id"
		echo "runc run failed: unable to start container process: waiting for init preliminary setup: read init-p: connection reset by peer" >&2
		exit 1
	fi
	;;
esac
exec /usr/sbin/runc "$@"
`

// failFirstStarts makes the running engine's runc a failingRunc. The function it returns puts runc back and expects that the engine started
// containers again.
func (c checkout) failFirstStarts(t testing.TB) func() {
	t.Helper()
	root := fmt.Sprintf("/proc/%d/root", c.enginePid(t))
	runc := root + "/usr/local/bin/runc"
	target, err := os.Readlink(runc)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(runc); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(runc, []byte(failingRunc), 0o755); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if failed, _ := filepath.Glob(root + "/run/failed-*"); len(failed) == 0 {
			t.Error("no container's first start failed, want all to fail")
		}
		log, err := os.ReadFile(filepath.Join(c.instance(t), "engine.log"))
		if err != nil || !strings.Contains(string(log), "was not made, trying again") {
			t.Errorf("the engine's log tells of no container started again (%v)", err)
		}
		if err := os.Remove(runc); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, runc); err != nil {
			t.Fatal(err)
		}
	}
}
