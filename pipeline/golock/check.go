package golock

import (
	"fmt"
	"go/version"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Want is what a spec asks of its lock.
type Want struct {
	Server     string // id, for the command that refreshes the lock
	Package    string // spec.package: a main package, or a folder with main packages below it
	Version    string
	Entrypoint string            // name of the program; "" takes any that the lock names
	Overrides  map[string]string // module path to exact version; GoOverride chooses the toolchain
	Retracted  []string          // versions that are wanted although they were retracted: PATH@VERSION
}

// Check reports everything in a lock that does not fit the spec or that would let a build take something without a hash.
func Check(f Files, l *Lock, w Want) problem.List {
	c := checker{mod: f.ModName, sum: f.SumName, fix: "run: dagger call lock --server=" + w.Server, lock: l}
	c.facts(w)
	c.server(w)
	c.toolchain()
	c.overrides(w)
	c.requires()
	return c.found
}

type checker struct {
	mod, sum, fix string
	lock          *Lock
	found         problem.List
}

func (c *checker) add(line int, format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.mod, Line: line, Message: fmt.Sprintf(format, args...), Fix: c.fix})
}

func (c *checker) noSum(format string, args ...any) {
	c.found = append(c.found, problem.Problem{File: c.sum, Message: fmt.Sprintf(format, args...), Fix: c.fix})
}

func (c *checker) facts(w Want) {
	f := c.lock.Facts
	if f == nil || f.Before.IsZero() {
		c.add(0, "the lock records no cut-off date")
		return
	}
	if f.Package != w.Package {
		c.add(0, "the lock is stale: it was made for %s, want %s", f.Package, w.Package)
	}
	if !maps.Equal(f.Overrides, w.Overrides) {
		c.add(0, "the lock is stale: it was made with the overrides %s, want %s", list(f.Overrides), list(w.Overrides))
	}
	for _, id := range f.Retracted {
		if !slices.Contains(w.Retracted, id) {
			c.found = append(c.found, problem.Problem{
				File: c.mod, Message: id + " was retracted by its authors, and the spec does not allow it", Fix: "allow it in spec.yanked with the reason, or " + c.fix,
			})
		}
	}
}

// server holds the lock's program and its module to the spec.
func (c *checker) server(w Want) {
	tool := c.lock.Tool
	if !within(tool, w.Package) {
		c.add(0, "the lock is stale: its program is %q, want %s or a package below it", tool, w.Package)
	}
	if w.Entrypoint != "" && Program(tool) != w.Entrypoint {
		c.add(0, "the lock is stale: its program is %q, want %q as spec.entrypoint says", Program(tool), w.Entrypoint)
	}
	own, ok := c.lock.Server()
	switch {
	case !ok:
		c.add(0, "want one requirement that is not marked indirect: the server's own module")
	case !within(tool, own.Path):
		c.add(own.Line, "the program %s is not in the module %s", tool, own.Path)
	case own.Version != w.Version:
		c.add(own.Line, "the lock is stale: got %s, want version %s", own.ID(), w.Version)
	}
}

// within tells whether a package is at a path or below it.
func within(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

var majorElement = regexp.MustCompile(`^v[0-9]+$`)

// Program is the name of the program that `go install` makes of a main package: the last element of its path that is no major version.
func Program(pkg string) string {
	if base := path.Base(pkg); !majorElement.MatchString(base) || !strings.Contains(pkg, "/") {
		return base
	}
	return path.Base(path.Dir(pkg))
}

func (c *checker) toolchain() {
	l := c.lock
	if l.Module == "" || l.Go == "" || l.Toolchain == "" {
		c.add(0, "want the lines module, go and toolchain")
		return
	}
	if version.Compare("go"+l.Toolchain, "go"+l.Go) < 0 {
		c.add(0, "the toolchain is %s, want at least %s as the go line says", l.Toolchain, l.Go)
	}
	if len(l.ToolchainSums()) == 0 {
		c.noSum("the toolchain %s has no hash", ToolchainID(l.Toolchain, ToolchainArchitectures[0]))
	}
}

// overrides holds the chosen versions to the spec. Go takes the highest version that any module asks for, so an override can raise a version
// and not lower it.
func (c *checker) overrides(w Want) {
	chosen := map[string]string{GoOverride: c.lock.Toolchain}
	for _, r := range c.lock.Requires {
		chosen[r.Path] = r.Version
	}
	for _, name := range slices.Sorted(maps.Keys(w.Overrides)) {
		switch got, want := chosen[name], w.Overrides[name]; {
		case got == "":
			c.found = append(c.found, problem.Problem{File: c.mod, Message: fmt.Sprintf("the server is not linked with %s, which spec.overrides names", name), Fix: "remove the override"})
		case got != want:
			c.found = append(c.found, problem.Problem{File: c.mod, Message: fmt.Sprintf("got %s %s, want %s as spec.overrides says", name, got, want),
				Fix: "an override can only raise a version above what the modules ask for; correct or remove it, then " + c.fix})
		}
	}
}

func (c *checker) requires() {
	seen := map[string]int{}
	for _, r := range c.lock.Requires {
		if first, again := seen[r.Path]; again {
			c.add(r.Line, "%s is required on line %d already, want each module once", r.Path, first)
			continue
		}
		seen[r.Path] = r.Line
		for _, what := range []string{r.Version, r.Version + "/go.mod"} {
			if c.lock.Sum(r.Path, what) == "" {
				c.noSum("%s %s has no hash", r.Path, what)
			}
		}
	}
}

func list(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"@"+m[k])
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}
