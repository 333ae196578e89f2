package npmlock

import "slices"

// graph is who depends on whom, by index of the lock's entries.
type graph struct {
	to   [][]edge // by dependent, the root's left out
	from [][]edge // by dependency
}

type edge struct {
	from, to int
	optional bool
}

// root stands for the root in edges.
const root = -1

func (l *Lock) graph() graph {
	g := graph{to: make([][]edge, len(l.Entries)), from: make([][]edge, len(l.Entries))}
	add := func(from int, e Entry) {
		for name, optional := range e.edges() {
			to, ok := l.resolve(e.Path, name)
			if !ok {
				continue
			}
			d := edge{from, to, optional}
			g.from[to] = append(g.from[to], d)
			if from != root {
				g.to[from] = append(g.to[from], d)
			}
		}
	}
	add(root, l.Root)
	for i, e := range l.Entries {
		add(i, e)
	}
	return g
}

// edges are the names an entry depends on and whether it can do without. Where a name is in several lists the later ones here count, as in
// npm (arborist, node.js, loadDeps).
func (e Entry) edges() map[string]bool {
	out := map[string]bool{}
	for name := range e.PeerDeps {
		out[name] = e.PeerOptional[name]
	}
	for name := range e.Dependencies {
		out[name] = false
	}
	for name := range e.OptionalDeps {
		out[name] = true
	}
	for name := range e.DevDeps {
		out[name] = false
	}
	return out
}

// optionalSet is what goes when an optional package cannot be had: the packages between it and the optional dependency that leads to it, and
// what only they need (npm's arborist, optional-set.js and gather-dep-set.js). gone are those left out before, whose needs count no more.
func (g graph) optionalSet(start int, gone []bool) map[int]bool {
	set := map[int]bool{start: true}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, e := range g.from[queue[0]] {
			if !e.optional && e.from != root && !set[e.from] {
				set[e.from] = true
				queue = append(queue, e.from)
			}
		}
	}
	return g.onlyFor(set, gone)
}

// onlyFor adds to a set everything it depends on, then takes out again what others need as well.
func (g graph) onlyFor(set map[int]bool, gone []bool) map[int]bool {
	deps := map[int]bool{}
	var queue []int
	for i := range set {
		deps[i], queue = true, append(queue, i)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if gone[queue[0]] {
			continue
		}
		for _, e := range g.to[queue[0]] {
			if !deps[e.to] {
				deps[e.to] = true
				queue = append(queue, e.to)
			}
		}
	}
	needed := func(e edge) bool { return e.from == root || !deps[e.from] && !gone[e.from] }
	for changed := true; changed; {
		changed = false
		for i := range deps {
			if !set[i] && slices.ContainsFunc(g.from[i], needed) {
				delete(deps, i)
				changed = true
			}
		}
	}
	return deps
}
