package main

import (
	"context"
	"time"
)

// unchanged compares a build of which everything is cached with the least that a function of this module can do.
func (b *bench) unchanged(ctx context.Context) []row {
	const name = "unchanged build"
	say("%s against `servers`: %d rounds", name, b.rounds)
	build := []string{"build", "--server=" + b.server, "digest"}
	timed := func(args ...string) side {
		return func(ctx context.Context, _ int) (time.Duration, error) {
			c, err := call(ctx, b.project, args...)
			return c.took, err
		}
	}
	times, err := interleave(ctx, b.rounds, timed(build...), timed("servers"))
	if err != nil {
		return missing(err, name)
	}
	r := row{Name: name, Measured: seconds("build digest", times[0]), Against: seconds("servers", times[1]), Target: "≤ 1.5"}
	r.Ratio = r.Measured.Median / r.Against.Median
	return []row{r}
}
