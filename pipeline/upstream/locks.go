package upstream

import (
	"slices"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/pylock"
)

// NPMLock returns the packages of a lock, without the server's own, and those of them that have install scripts.
func NPMLock(l *npmlock.Lock, own string) (Dependencies, []string) {
	d := Dependencies{}
	var scripts []string
	for _, e := range l.Entries {
		if e.Package() == own {
			continue
		}
		d.Add(e.Package(), e.Version)
		if e.HasInstallScript {
			scripts = append(scripts, e.ID())
		}
	}
	slices.Sort(scripts)
	return d, slices.Compact(scripts)
}

// PythonLock returns the packages of a lock, without the server's own.
func PythonLock(l *pylock.Lock, own string) Dependencies {
	d := Dependencies{}
	for _, p := range l.Packages {
		if p.Name != pylock.Project(own) {
			d.Add(p.Name, p.Version)
		}
	}
	return d
}
