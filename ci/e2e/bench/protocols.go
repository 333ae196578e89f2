package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dagger/dockyard/pipeline/validate"
)

// protocols builds one more server of each protocol, for both platforms, on an engine that has built it before with another lock.
func (b *bench) protocols(ctx context.Context) (rows []row) {
	for _, p := range []struct {
		protocol string
		server   newServer
		note     string
	}{
		{"npx", newServer{"sequential-thinking", lockName, "npm-fetch"}, ""},
		{"uvx", newServer{"time", "requirements.lock", "py-install"}, "The wheels are those of the last build: what pip fetches depends on their hashes alone."},
		{"go", newServer{"filesystem-go", "go.mod", "go-install"}, "Modules are fetched again; the compiler's cache is that of the last build."},
	} {
		name := fmt.Sprintf("one more server, %s (%s)", p.protocol, p.server.name)
		say("%s: %d rounds", name, b.rounds)
		if _, err := call(ctx, b.project, "build", "--server="+p.server.name, "digest"); err != nil {
			rows = append(rows, missing(err, name)...)
			continue
		}
		times, err := interleave(ctx, b.rounds, func(ctx context.Context, _ int) (time.Duration, error) {
			return b.buildNew(ctx, p.server, map[string]bool{})
		})
		if err != nil {
			rows = append(rows, missing(err, name)...)
			continue
		}
		rows = append(rows, row{Name: name, Measured: seconds("build digest", times[0]), Note: p.note})
	}
	return rows
}

// validate checks every spec and lock of the catalogue in this process, which is what the function does once it has the files.
func (b *bench) validate(context.Context) []row {
	const name = "validate, the whole catalogue"
	tree := os.DirFS(filepath.Join(b.top, "servers"))
	var times []float64
	servers := 0
	for range b.rounds {
		begun := time.Now()
		c, problems := validate.Catalogue(tree, "servers")
		times = append(times, time.Since(begun).Seconds())
		if blocking := problems.Blocking(); len(blocking) > 0 {
			return missing(fmt.Errorf("the catalogue is not in order: %v", blocking[0]), name)
		}
		servers = len(c.Servers)
	}
	return []row{{Name: name, Measured: seconds(fmt.Sprintf("%d servers", servers), times), Target: "≤ 1"}}
}
