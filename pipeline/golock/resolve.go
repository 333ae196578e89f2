package golock

import (
	"encoding/json"
	"fmt"
	"go/version"
	"path"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/problem"
)

// oldestGo is the oldest line of toolchains that a lock takes when the module's go line allows an older one: those get no security fixes any
// more, and 1.24 is the first to know the directive tool.
const oldestGo = "1.25"

// oldestLine is the lowest go line of a lock. From it on, go.mod lists every module of a build (Go modules reference, "Module graph pruning").
const oldestLine = "1.21"

// Release is a version with the time it was published.
type Release struct {
	Version string
	Time    time.Time
}

// ServerLine reads the go.mod of the server's module, as `go mod edit -json` prints it, and returns the go line of the lock. A module with
// replacements or exclusions is refused, as `go install` does: they hold for its authors' builds alone, so what would be built here is
// something that they have not tried.
func ServerLine(raw []byte) (string, error) {
	var mod struct {
		Go      string
		Replace []struct{ Old struct{ Path string } }
		Exclude []struct{ Path, Version string }
	}
	if err := json.Unmarshal(raw, &mod); err != nil {
		return "", fmt.Errorf("%w: reading what the go command said: %v", ErrLock, err)
	}
	var directives []string
	for _, r := range mod.Replace {
		directives = append(directives, "replace "+r.Old.Path)
	}
	for _, e := range mod.Exclude {
		directives = append(directives, "exclude "+e.Path+" "+e.Version)
	}
	if len(directives) > 0 {
		return "", fmt.Errorf("%w: got directives that hold for its own authors alone (%s), want none, as `go install` does; pick a version without", ErrLock, strings.Join(directives, ", "))
	}
	if mod.Go == "" || version.Compare("go"+mod.Go, "go"+oldestLine) < 0 {
		return oldestLine, nil
	}
	return mod.Go, nil
}

// ToolchainLine is the series of toolchains, such as "1.25", that a go line chooses from.
func ToolchainLine(line string) string {
	series := strings.TrimPrefix(version.Lang("go"+line), "go")
	if version.Compare("go"+series, "go"+oldestGo) < 0 {
		return oldestGo
	}
	return series
}

// InSeries returns the released versions of a series among those that the go command lists.
func InSeries(versions []string, series string) []string {
	return slices.DeleteFunc(slices.Clone(versions), func(v string) bool {
		return !goVersion.MatchString(v) || strings.Contains(v, "rc") || version.Lang("go"+v) != "go"+series
	})
}

// PickToolchain takes the newest release that is no younger than the cut-off: patch releases of one series fix security problems and nothing
// else that a program would notice. It is an error when that is older than the go line asks for.
func PickToolchain(releases []Release, line string, before time.Time) (string, error) {
	best := ""
	for _, r := range releases {
		if !r.Time.IsZero() && !r.Time.After(before) && (best == "" || version.Compare("go"+r.Version, "go"+best) > 0) {
			best = r.Version
		}
	}
	if best == "" || version.Compare("go"+best, "go"+line) < 0 {
		return "", fmt.Errorf("choosing a Go toolchain: got %d releases of Go %s, none of which is at least %s and was published by %s; take a later cut-off",
			len(releases), ToolchainLine(line), line, before.UTC().Format(time.RFC3339))
	}
	return best, nil
}

// Candidates are the paths that the module of a package can have, longest first: the longest that exists is it (Go modules reference,
// "Resolving a package to a module"). A module's path has two elements at least.
func Candidates(pkg string) []string {
	var out []string
	for ; strings.Contains(pkg, "/"); pkg = path.Dir(pkg) {
		out = append(out, pkg)
	}
	return out
}

// PickProgram chooses the server's program among the main packages of its module: the package itself or, where that is none, the one below it
// that is named by entrypoint, or the only one.
func PickProgram(mains []string, pkg, entrypoint string) (string, error) {
	fits := func(m string) bool { return entrypoint == "" || Program(m) == entrypoint }
	if slices.Contains(mains, pkg) && fits(pkg) {
		return pkg, nil
	}
	below := slices.DeleteFunc(slices.Clone(mains), func(m string) bool { return !within(m, pkg) || !fits(m) })
	if len(below) == 1 {
		return below[0], nil
	}
	slices.Sort(mains)
	if len(mains) == 0 {
		return "", fmt.Errorf("choosing the program of %s: the module has no main package; name a module that has one in spec.package", pkg)
	}
	got := "is no main package"
	if slices.Contains(mains, pkg) {
		got = fmt.Sprintf("makes a program that is not named %q", entrypoint)
	}
	return "", fmt.Errorf("choosing the program of %s: the package %s; write one of the module's main packages to spec.package: %s", pkg, got, strings.Join(mains, ", "))
}

// Resolution is what the go command made of a requirement for the server's module.
type Resolution struct {
	Mod, Sum   string // its go.mod and go.sum
	Toolchain  string
	Toolchains map[string]string // hash of the toolchain module by architecture
	Facts      Facts
}

// Lock gives a resolution the form that is committed. Errors are in the category ErrLock.
func (r Resolution) Lock(w Want) (*Lock, error) {
	f := Files{ModName: "go.mod", SumName: "go.sum", Mod: strings.NewReader(r.Mod), Sum: strings.NewReader(r.Sum)}
	l, found := Read(f)
	if l == nil {
		return nil, found.Err(ErrLock)
	}
	l.Toolchain, l.Facts = r.Toolchain, &r.Facts
	for arch, sum := range r.Toolchains {
		l.Sums[toolchainModule+" "+ToolchainVersion(r.Toolchain, arch)] = sum
	}
	for i, q := range l.Requires {
		// The go command marks what it added; an override, which stood there before, is no more direct than those.
		l.Requires[i].Indirect = !(q.Version == w.Version && within(l.Tool, q.Path) && q.Path == longest(l.Requires, l.Tool))
	}
	return l, problem.List(Check(f, l, w)).Err(ErrLock)
}

// longest is the path of the module that has a package, when all modules are known.
func longest(list []Require, pkg string) string {
	out := ""
	for _, r := range list {
		if within(pkg, r.Path) && len(r.Path) > len(out) {
			out = r.Path
		}
	}
	return out
}
