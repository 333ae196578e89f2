package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"regexp"
	"time"
)

var description = regexp.MustCompile(`(?m)^( +description: ).*$`)

// changed scans a server whose image is new to the engine though all of its layers are there: with a description, and so a label, that nobody
// has used before. The image is assembled, captured and scanned, and nothing else is done again.
func (b *bench) changed(ctx context.Context) []row {
	const name = "scan of a changed image"
	say("%s against `servers`: %d rounds", name, b.rounds)
	times, err := interleave(ctx, b.rounds, func(ctx context.Context, _ int) (time.Duration, error) {
		catalogue, err := b.catalogue(b.server, "spec.yaml", func(raw []byte) []byte {
			return description.ReplaceAll(raw, fmt.Appendf(nil, "${1}%q", "Measured as "+rand.Text()))
		})
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(catalogue)
		c, err := call(ctx, b.project, "--servers="+catalogue, "scan", "--server="+b.server, "status")
		return c.took, err
	}, func(ctx context.Context, _ int) (time.Duration, error) {
		c, err := call(ctx, b.project, "servers")
		return c.took, err
	})
	if err != nil {
		return missing(err, name)
	}
	return []row{{
		Name: name, Measured: seconds("scan status", times[0]), Against: seconds("servers", times[1]), Target: "≤ 13 s more, and twice its start",
		Note: "10 s for the scanners, and for the capture 3 s and twice what the server takes to start.",
	}}
}
