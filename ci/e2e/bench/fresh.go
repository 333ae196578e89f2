package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dagger/dockyard/ci/e2e/project"
)

// memory builds the server on an engine without any state, so that every step runs, and looks at the processes meanwhile. With --cold, that
// engine, the CLI and everything they need are built first, and the time is split over the steps.
func (b *bench) memory(ctx context.Context) (rows []row) {
	p := b.project
	p.Engine = fmt.Sprintf("bench-%d", os.Getpid())
	names := []string{"peak memory"}
	if b.cold {
		say("the first command with nothing built, and the memory of its steps (about 10 minutes)")
		names = []string{"first command", "peak memory"}
		cache := filepath.Join(b.dir, "c") // short: a socket's path has at most 107 bytes
		p.Env = append(p.Env, "XDG_CACHE_HOME="+cache, "GOMODCACHE="+filepath.Join(cache, "mod"))
	} else {
		say("memory of the steps of a build on an engine without state (1 to 2 minutes)")
	}
	defer func() {
		if err := p.Purge(context.WithoutCancel(ctx)); err != nil {
			say("%v", err)
		}
	}()
	first, seen, err := b.fresh(ctx, p)
	if err != nil {
		return missing(err, names...)
	}
	if b.cold {
		rows = coldRows(first)
	}
	return append(rows, seen.rows()...)
}

// fresh runs the first build on an engine.
func (b *bench) fresh(ctx context.Context, p project.Project) (called, *peaks, error) {
	return b.watched(ctx, p, "build", "--server="+b.server, "summary")
}

// watched runs `dagger call` and looks at its processes and those of the engine meanwhile.
func (b *bench) watched(ctx context.Context, p project.Project, args ...string) (called, *peaks, error) {
	instance, err := p.Instance()
	if err != nil {
		return called{}, nil, err
	}
	pidFile := filepath.Join(instance, "supervisor.pid")
	watching, stop := context.WithCancel(ctx)
	result := make(chan *peaks, 1)
	go func() { result <- watch(watching, pidFile) }()
	got, err := call(ctx, p, args...)
	stop()
	seen := <-result
	if err != nil {
		return called{}, nil, err
	}
	if _, err := os.Stat(pidFile); err != nil {
		return called{}, nil, errors.New("ci/dagger did not choose the embedded engine, whose processes are the only ones that can be seen from here; set DOCKYARD_ENGINE=embedded")
	}
	return got, seen, nil
}

// coldRows split the time of the first command over its steps.
func coldRows(first called) []row {
	found := steps(first.lines)
	for _, l := range first.lines {
		if launcherLine.MatchString(l.text) {
			found = append(found, step{name: "building the launcher", end: l.at})
			break
		}
	}
	rows := []row{{Name: "first command, all of it", Measured: single("build summary", "s", first.took.Seconds())}}
	for _, s := range shares(found, first.took) {
		rows = append(rows, row{
			Name: "first command, " + s.name, Measured: single("part", "s", s.time.Seconds()), Share: s.time.Seconds() / first.took.Seconds(),
		})
	}
	return rows
}
