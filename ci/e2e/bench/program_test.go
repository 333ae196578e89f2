package main

import (
	"strings"
	"testing"
)

func TestProgram(t *testing.T) {
	for _, c := range []struct{ command, parent, want string }{
		{"/usr/local/bin/dagger-engine", launcher, "dagger-engine"},
		{"/.init /usr/local/bin/stage npm-install --out=/out", "runc", "stage npm-install"},
		{"/usr/local/bin/stage base --arch=arm64", "runc", "stage base"},
		{"go build -trimpath -o /usr/local/bin/stage .", "runc", "go build of the stage"},
		{"/go/pkg/mod/toolchain/bin/go build -trimpath -o /usr/local/bin/stage .", "go build of the stage", "go build of the stage"},
		{"/usr/local/go/pkg/tool/compile -p main", "go build of the stage", "go build of the stage"},
		{"go build -o /runtime .", "runc", "go build of the module"},
		{"go build ./cmd/engine", launcher, engineBuild},
		{"/usr/local/go/pkg/tool/link -o a.out", engineBuild, engineBuild},
		{"python3 -m pip download --quiet", "runc", "pip"},
		{"/opt/node/bin/node /opt/node/npm-cli.js config get registry", "runc", "npm"},
		{"sh -ec apt-get update && apt-get install python3-pip", "runc", "apt"},
		{"/usr/bin/dpkg --configure", "apt", "apt"},
		{"/runtime", "runc", "module"},
		{"/lib/ld-linux.so.2 --library-path /x /usr/bin/slirp4netns --configure", launcher, "slirp4netns"},
		{"", "runc", "runc"},
	} {
		if got := program(strings.Fields(c.command), c.parent); got != c.want {
			t.Errorf("%q below %q: got %q, want %q", c.command, c.parent, got, c.want)
		}
	}
}

func TestPeaks(t *testing.T) {
	now, peak := resident(1 << 30)
	if now != 0 || peak != 0 {
		t.Errorf("a process that is not there: got %d and %d bytes, want none", now, peak)
	}
	p := &peaks{byStep: map[string]int64{engineBuild: 3 << 20, "pip": 5 << 20, "none": 0}, sum: 9 << 20}
	rows := p.rows()
	if len(rows) != 3 || rows[0].Name != "peak memory, pip" || rows[2].Measured.Median != 9 {
		t.Errorf("rows: got %+v, want pip, the engine and the sum", rows)
	}
}
