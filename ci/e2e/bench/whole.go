package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// broken is the server that whole adds to the catalogue: a copy of the measured one without its lock, which cannot be built.
const broken = "broken"

// whole builds, starts and scans every server of the catalogue in one call, with one among them that cannot be built, and looks at the memory of
// all processes meanwhile. The toolbox is there already; what the engine knows of a server's packages is used, so that a first run of an engine tells most.
func (b *bench) whole(ctx context.Context) []row {
	if !b.all {
		return nil
	}
	names := []string{"the whole catalogue", "peak memory, the whole catalogue"}
	say("scan of the whole catalogue and of one server that cannot be built (10 to 20 minutes)")
	dir, err := b.withBroken()
	if err != nil {
		return missing(err, names...)
	}
	defer os.RemoveAll(dir)
	got, seen, err := b.watched(ctx, b.project, "--servers="+dir, "scan", "json")
	if err != nil {
		return missing(err, names...)
	}
	count, err := verdicts(got.stdout)
	if err != nil {
		return missing(err, names...)
	}
	return []row{
		{Name: names[0], Measured: single(count, "s", got.took.Seconds())},
		{Name: names[1], Measured: single("all processes", "MiB", mib(seen.sum)), Target: "≤ 4096 MiB"},
	}
}

// withBroken copies the catalogue and adds the broken server.
func (b *bench) withBroken() (string, error) {
	dir, err := os.MkdirTemp(b.dir, "catalogue-")
	if err != nil {
		return "", err
	}
	from := filepath.Join(b.top, "servers")
	to := filepath.Join(dir, broken)
	if err := errors.Join(os.CopyFS(dir, os.DirFS(from)), os.MkdirAll(to, 0o755)); err != nil {
		return "", err
	}
	spec, err := os.ReadFile(filepath.Join(from, b.server, "spec.yaml"))
	if err != nil {
		return "", err
	}
	named := strings.Replace(string(spec), "name: "+b.server+"\n", "name: "+broken+"\n", 1)
	return dir, os.WriteFile(filepath.Join(to, "spec.yaml"), []byte(named), 0o644)
}

// verdicts counts the servers of the scan's report, and expects the broken one to be the only one without a scan.
func verdicts(report string) (string, error) {
	var doc struct {
		Subjects []struct{ Name, Status string }
	}
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		return "", fmt.Errorf("reading the scan's report: %w", err)
	}
	without := 0
	for _, s := range doc.Subjects {
		if (s.Status == "NOT-SCANNED") != (s.Name == broken) {
			return "", fmt.Errorf("scanning the catalogue: got %s for %q, want no server but %q without a scan", s.Status, s.Name, broken)
		}
		if s.Name == broken {
			without++
		}
	}
	if without != 1 {
		return "", fmt.Errorf("scanning the catalogue: got %d servers named %q, want 1", without, broken)
	}
	return fmt.Sprintf("%d servers, 1 not built", len(doc.Subjects)), nil
}
