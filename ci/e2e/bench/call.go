package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dagger/dockyard/ci/e2e/project"
)

// maxErrorLines is how much of a failed command's progress a reason repeats.
const maxErrorLines = 12

// called is what a `dagger call` left.
type called struct {
	stdout string
	took   time.Duration
	lines  []line
}

// call runs `dagger call` of the checkout through ci/dagger, as a user would.
func call(ctx context.Context, p project.Project, args ...string) (called, error) {
	t := &timeline{begun: time.Now()}
	p.Progress = t
	r := p.Run(ctx, "", "ci/dagger", append([]string{"--progress=plain", "call"}, args...)...)
	if ctx.Err() != nil {
		return called{}, ctx.Err()
	}
	if r.Err != nil {
		return called{}, fmt.Errorf("dagger call %s: %w\n%s", strings.Join(args, " "), r.Err, project.LastLines(r.Stderr, maxErrorLines))
	}
	return called{stdout: strings.TrimSpace(r.Stdout), took: r.Took, lines: t.lines}, nil
}

// side is one half of a comparison: it does its work once and tells how long that took.
type side func(ctx context.Context, round int) (time.Duration, error)

// interleave runs the sides in turn, round by round, and returns each side's times in seconds.
func interleave(ctx context.Context, rounds int, sides ...side) ([][]float64, error) {
	times := make([][]float64, len(sides))
	for round := 1; round <= rounds; round++ {
		for i, s := range sides {
			took, err := s(ctx, round)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], took.Seconds())
		}
	}
	return times, nil
}
