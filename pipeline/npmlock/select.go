package npmlock

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// target is a platform in npm's words.
type target struct{ os, cpu, libc string }

var targets = map[string]target{
	"linux/amd64": {"linux", "x64", "glibc"},
	"linux/arm64": {"linux", "arm64", "glibc"},
}

// Select returns the entries that npm installs for a platform with `npm ci --omit=dev --os --cpu --libc`: no development dependencies, and no
// optional package that does not fit the platform, with all that is there only because of it (npm's arborist, optional-set.js). A package
// that does not fit and is not optional is an error that names it.
func (l *Lock) Select(platform string) ([]Entry, error) {
	t, ok := targets[platform]
	if !ok {
		return nil, fmt.Errorf("choosing packages: got platform %q, want linux/amd64 or linux/arm64", platform)
	}
	g := l.graph()
	out := map[int]bool{}
	var misfits problem.List
	for i, e := range l.Entries {
		switch {
		case e.Dev:
			out[i] = true
		case t.fits(e):
		case e.Optional || e.DevOptional:
			for j := range g.optionalSet(i) {
				out[j] = true
			}
		default:
			misfits = append(misfits, problem.Problem{File: "package-lock.json", Field: e.Path, Message: fmt.Sprintf(
				"%s wants os %v, cpu %v, libc %v and is not optional: the server cannot run on %s", e.ID(), e.OS, e.CPU, e.Libc, platform)})
		}
	}
	if err := misfits.Err(ErrLock); err != nil {
		return nil, err
	}
	var chosen []Entry
	for i, e := range l.Entries {
		if !out[i] && !l.inside(e, out) {
			chosen = append(chosen, e)
		}
	}
	return chosen, nil
}

// inside tells whether an entry lies in the folder of one that was left out.
func (l *Lock) inside(e Entry, out map[int]bool) bool {
	for path := e.Path; ; {
		i := strings.LastIndex(path, "/node_modules/")
		if i < 0 {
			return false
		}
		path = path[:i]
		n, found := slices.BinarySearchFunc(l.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
		if found && out[n] {
			return true
		}
	}
}

func (t target) fits(e Entry) bool {
	return allows(e.OS, t.os) && allows(e.CPU, t.cpu) && allows(e.Libc, t.libc)
}

// allows is npm's rule for the fields os, cpu and libc (npm-install-checks): none of the words with "!", and one of the others if there are
// any.
func allows(words Words, value string) bool {
	if len(words) == 0 || len(words) == 1 && words[0] == "any" {
		return true
	}
	negated, match := 0, false
	for _, w := range words {
		if not, ok := strings.CutPrefix(w, "!"); ok {
			negated++
			if not == value {
				return false
			}
		} else {
			match = match || w == value
		}
	}
	return match || negated == len(words)
}

// graph is who depends on whom; -1 is the root.
type graph struct {
	to   map[int][]edge // by dependent
	from map[int][]edge // by dependency
}

type edge struct {
	from, to int
	optional bool
}

const root = -1

func (l *Lock) graph() graph {
	index := make(map[string]int, len(l.Entries))
	for i, e := range l.Entries {
		index[e.Path] = i
	}
	g := graph{to: map[int][]edge{}, from: map[int][]edge{}}
	add := func(from int, path string, e Entry) {
		for name, optional := range e.edges() {
			if to, ok := resolve(index, path, name); ok {
				d := edge{from, to, optional}
				g.to[from], g.from[to] = append(g.to[from], d), append(g.from[to], d)
			}
		}
	}
	add(root, "", l.Root)
	for i, e := range l.Entries {
		add(i, e.Path, e)
	}
	return g
}

// edges are the names an entry depends on and whether it can do without. A name in both lists is optional, as npm has it.
func (e Entry) edges() map[string]bool {
	out := map[string]bool{}
	for name := range e.PeerDeps {
		out[name] = e.PeerDepsMeta[name].Optional
	}
	for name := range e.Dependencies {
		out[name] = false
	}
	for name := range e.OptionalDeps {
		out[name] = true
	}
	return out
}

// resolve finds the package that a name means inside a folder, looking upwards as Node.js does.
func resolve(index map[string]int, path, name string) (int, bool) {
	for {
		at := "node_modules/" + name
		if path != "" {
			at = path + "/node_modules/" + name
		}
		if i, ok := index[at]; ok {
			return i, true
		}
		if path == "" {
			return 0, false
		}
		i := strings.LastIndex(path, "/node_modules/")
		if i < 0 {
			path = ""
		} else {
			path = path[:i]
		}
	}
}

// optionalSet is what goes when an optional package cannot be had: the packages between it and the optional dependency that leads to it, and
// what only they need.
func (g graph) optionalSet(start int) map[int]bool {
	set := map[int]bool{start: true}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, e := range g.from[queue[0]] {
			if !e.optional && e.from != root && !set[e.from] {
				set[e.from] = true
				queue = append(queue, e.from)
			}
		}
	}
	return g.onlyFor(set)
}

// onlyFor adds to a set everything it depends on, then takes out again what others need as well.
func (g graph) onlyFor(set map[int]bool) map[int]bool {
	deps := map[int]bool{}
	var queue []int
	for i := range set {
		deps[i], queue = true, append(queue, i)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, e := range g.to[queue[0]] {
			if !deps[e.to] {
				deps[e.to] = true
				queue = append(queue, e.to)
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for i := range deps {
			if !set[i] && slices.ContainsFunc(g.from[i], func(e edge) bool { return !deps[e.from] }) {
				delete(deps, i)
				changed = true
			}
		}
	}
	return deps
}
