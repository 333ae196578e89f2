package main

import (
	"context"
	"time"
)

// unchanged compares a build and a scan of which everything is cached with the least that a function of this module can do.
func (b *bench) unchanged(ctx context.Context) []row {
	names := []string{"unchanged build", "unchanged scan"}
	say("%s and %s against `servers`: %d rounds", names[0], names[1], b.rounds)
	timed := func(args ...string) side {
		return func(ctx context.Context, _ int) (time.Duration, error) {
			c, err := call(ctx, b.project, args...)
			return c.took, err
		}
	}
	server := "--server=" + b.server
	sides := []side{timed("build", server, "digest"), timed("scan", server, "status"), timed("servers")}
	if _, err := interleave(ctx, 1, sides...); err != nil { // after a change elsewhere, the first of each has something to do
		return missing(err, names...)
	}
	times, err := interleave(ctx, b.rounds, sides...)
	if err != nil {
		return missing(err, names...)
	}
	least := seconds("servers", times[2])
	build := row{Name: names[0], Measured: seconds("build digest", times[0]), Against: least, Target: "≤ 1.5"}
	scan := row{Name: names[1], Measured: seconds("scan status", times[1]), Against: least, Target: "≤ 0.5 s more"}
	build.Ratio, scan.Ratio = build.Measured.Median/least.Median, scan.Measured.Median/least.Median
	return []row{build, scan}
}
