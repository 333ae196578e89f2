package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

const progress = `[ 0:00] making the engine's Debian root (runc, git) ...
[ 0:30] making the engine's Debian root (runc, git): still at it after 30s
[ 0:40] making the engine's Debian root (runc, git): done in 40s
5   : load module: .
6   : ┆ initializing module
7   : ┆ ┆ withExec go build -ldflags '-s -w' -o /runtime .
7   : ┆ ┆ Container.withExec DONE [4.0s]
6   : ┆ initializing module DONE [9.0s]
5   : load module: . DONE [10.0s]
40  : ┆ withExec go build -trimpath -buildvcs=false -o /usr/local/bin/stage .
40  : ┆ Container.withExec DONE [1m10s]
53  : ┆ withExec sh -ec 'apt-get update && apt-get install --yes python3-pip'
53  : ┆ Container.withExec CACHED [0.0s]
44  : ┆ withExec /usr/local/bin/stage npm-install --lock=/package-lock.json --out=/out
44  : ┆ Container.withExec DONE [2.5s]
60  : ┆ withExec sh -ec 'apt-get update && apt-get install --yes python3-pip'
61  : ┆ withExec python3 -m pip download --dest /wheels
61  : ┆ Container.withExec DONE [0.0s]
62  : ┆ Container.file(path: "/wheels/x.whl"): File!
60  : ┆ withExec sh -ec 'apt-get update && apt-get install --yes python3-pip'
60  : ┆ Container.withExec DONE [4.5s]
62  : ┆ Container.file DONE [6.5s]
70  : ┆ withExec python3 -m pip download --dest /wheels
70  : ┆ Container.withExec CACHED [0.0s]
71  : ┆ Container.file(path: "/wheels/y.whl"): File!
71  : ┆ Container.file DONE [0.1s]
63  : ┆ withExec /usr/local/bin/stage image --out=/out/layout
64  : ┆ Container.file(path: "/out/image.json"): File!
63  : ┆ Container.withExec DONE [1.5s]
64  : ┆ Container.file DONE [2.5s]
no progress: done in 3s
`

func TestSteps(t *testing.T) {
	var lines []line
	for i, text := range strings.Split(progress, "\n") {
		lines = append(lines, line{time.Duration(100+i) * time.Second, text})
	}
	var got []string
	for _, s := range steps(lines) {
		got = append(got, fmt.Sprintf("%s %g-%g", s.name, s.begin.Seconds(), s.end.Seconds()))
	}
	want := "making the engine's Debian root 100-102, stage build 40-110, module load 98-108, npm-install 111.5-114, pip 115.5-120, wheels 120-121, image 126.5-128"
	if strings.Join(got, ", ") != want {
		t.Errorf("steps: got\n%s, want\n%s", strings.Join(got, ", "), want)
	}
}

func TestTimelineSplitsLines(t *testing.T) {
	tl := &timeline{begun: time.Now()}
	for _, part := range []string{"a", "b\nc", "\n\nd"} {
		if _, err := io.WriteString(tl, part); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, l := range tl.lines {
		got = append(got, l.text)
	}
	if strings.Join(got, "|") != "ab|c|" {
		t.Errorf("lines: got %q, want ab, c and an empty one", got)
	}
}

func TestSharesAddUp(t *testing.T) {
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	got := shares([]step{{"late", s(6), s(20)}, {"a", s(0), s(4)}, {"b", s(2), s(4)}, {"b", s(3), s(4)}}, s(10))
	want := []share{{"a", s(3)}, {"b", s(1)}, {"late", s(4)}, {"other", s(2)}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("shares: got %v, want %v", got, want)
	}
}
