package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// broken is the server that whole adds to the catalogue: a copy of sequential-thinking whose lock names another hash for a package than the package has.
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
	from, to := os.DirFS(filepath.Join(b.top, "servers")), filepath.Join(dir, broken)
	model, err := fs.Sub(from, "sequential-thinking")
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.CopyFS(dir, from), os.CopyFS(to, model), os.Remove(filepath.Join(to, "surface.lock.json"))); err != nil {
		return "", err
	}
	return dir, errors.Join(
		rewrite(filepath.Join(to, "spec.yaml"), regexp.MustCompile(`(?m)^( +name: ).*$`), "${1}"+broken),
		rewrite(filepath.Join(to, "package-lock.json"), regexp.MustCompile(`"integrity": "sha512-[^"]*"`), `"integrity": "sha512-`+strings.Repeat("A", 86)+`=="`),
	)
}

// rewrite replaces every match in a file, which must have one.
func rewrite(name string, pattern *regexp.Regexp, to string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if !pattern.Match(raw) {
		return fmt.Errorf("changing %s: got no match of %v", name, pattern)
	}
	return os.WriteFile(name, pattern.ReplaceAll(raw, []byte(to)), 0o644)
}

// verdicts counts the servers of the scan's report, and expects the broken one to be the only one without a scan.
func verdicts(report string) (string, error) {
	var doc struct {
		Subjects []struct {
			Name string
			Data struct{ Status string } // the verdict (package gate)
		}
	}
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		return "", fmt.Errorf("reading the scan's report: %w", err)
	}
	without := 0
	for _, s := range doc.Subjects {
		if (s.Data.Status == "NOT-SCANNED") != (s.Name == broken) {
			return "", fmt.Errorf("scanning the catalogue: got %s for %q, want no server but %q without a scan", s.Data.Status, s.Name, broken)
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
