package main

import (
	"slices"
	"time"
)

// share is the part of a command's time that a step answers for.
type share struct {
	name string
	time time.Duration
}

// shares splits a command's whole time over its steps, in the order in which they began. A moment with several steps at work counts evenly
// for each of them, one with none for "other", so that the shares add up.
func shares(found []step, whole time.Duration) []share {
	edges := []time.Duration{0, whole}
	for _, s := range found {
		edges = append(edges, min(s.begin, whole), min(s.end, whole))
	}
	slices.Sort(edges)
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b step) int { return int(a.begin - b.begin) })
	var out []share
	index := map[string]int{}
	for _, s := range append(found, step{name: "other"}) {
		if _, ok := index[s.name]; !ok {
			index[s.name] = len(out)
			out = append(out, share{name: s.name})
		}
	}
	for i := 1; i < len(edges); i++ {
		active := map[string]bool{}
		for _, s := range found {
			if s.begin <= edges[i-1] && edges[i] <= s.end {
				active[s.name] = true
			}
		}
		if len(active) == 0 {
			active["other"] = true
		}
		for name := range active {
			out[index[name]].time += (edges[i] - edges[i-1]) / time.Duration(len(active))
		}
	}
	return out
}
