package validate

import (
	"io/fs"
	"path"

	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/spec"
)

// Locks compares a server's locks with its spec; all are read from tree, the top folder of the catalogue. A server whose spec is broken has
// that said already: nothing is checked.
func Locks(tree fs.FS, label string, s catalogue.Server) problem.List {
	if s.Spec == nil {
		return nil
	}
	var found problem.List
	for _, name := range s.MissingLocks() {
		found = append(found, problem.Problem{
			File: path.Join(label, s.Path(name)), Message: "there is no lock", Fix: "run: dagger call lock --server=" + s.ID,
		})
	}
	if len(found) > 0 {
		return found
	}
	switch s.Spec.Metadata.Protocol {
	case spec.NPX:
		return npm(tree, label, s)
	case spec.UVX:
		return python(tree, label, s)
	case spec.Go:
		_, problems := GoLock(tree, label, s)
		return problems
	}
	return nil
}

// Overrides are the versions that a spec asks npm or Go to take instead of what packages ask for.
func Overrides(s *spec.Spec) map[string]string {
	out := map[string]string{}
	for _, o := range s.Package.Overrides {
		out[o.Package] = o.Version
	}
	return out
}

func npm(tree fs.FS, label string, s catalogue.Server) problem.List {
	file := path.Join(label, s.Path(catalogue.NPMLock))
	f, err := tree.Open(s.Path(catalogue.NPMLock))
	if err != nil {
		return problem.List{{File: file, Message: err.Error()}}
	}
	defer f.Close()
	lock, found := npmlock.Read(file, f)
	if lock == nil {
		return found
	}
	return append(found, npmlock.Check(file, lock, npmlock.Want{
		Server: s.ID, Package: s.Spec.Package.Name, Version: s.Spec.Package.Version, Overrides: Overrides(s.Spec),
	})...)
}

// PythonWant is what a spec asks of its lock for PyPI packages, with the Python of the base.
func PythonWant(id string, s *spec.Spec) (pylock.Want, error) {
	python, err := base.PythonMinor()
	w := pylock.Want{Server: id, Package: s.Package.Name, Version: s.Package.Version, Python: python}
	for _, c := range s.Package.Constraints {
		w.Constraints = append(w.Constraints, c.Spec)
	}
	for _, y := range s.Package.Yanked {
		w.Yanked = append(w.Yanked, y.Package+"=="+y.Version)
	}
	for _, d := range s.Package.SourceDists {
		w.Sdists = append(w.Sdists, d.Package)
		w.BuildRequires = append(w.BuildRequires, d.BuildRequires...)
	}
	return w, err
}

// PythonLock reads a server's lock of PyPI packages. It is nil when a problem blocks.
func PythonLock(tree fs.FS, label string, s catalogue.Server) (*pylock.Lock, problem.List) {
	return requirements(tree, label, s.Path(catalogue.PythonLock))
}

// BuildLock reads the lock of what a server's source distributions are built with. It is nil when a problem blocks.
func BuildLock(tree fs.FS, label string, s catalogue.Server) (*pylock.Lock, problem.List) {
	return requirements(tree, label, s.Path(catalogue.BuildLock))
}

func requirements(tree fs.FS, label, name string) (*pylock.Lock, problem.List) {
	file := path.Join(label, name)
	f, err := tree.Open(name)
	if err != nil {
		return nil, problem.List{{File: file, Message: err.Error()}}
	}
	defer f.Close()
	return pylock.Read(file, f)
}

func python(tree fs.FS, label string, s catalogue.Server) problem.List {
	lock, found := PythonLock(tree, label, s)
	if lock == nil {
		return found
	}
	file := path.Join(label, s.Path(catalogue.PythonLock))
	want, err := PythonWant(s.ID, s.Spec)
	if err != nil {
		return append(found, problem.Problem{File: file, Message: err.Error()})
	}
	found = append(found, pylock.Check(file, lock, want)...)
	file = path.Join(label, s.Path(catalogue.BuildLock))
	switch {
	case s.BuildsFromSource():
		tools, problems := BuildLock(tree, label, s)
		if found = append(found, problems...); tools != nil {
			found = append(found, pylock.CheckBuild(file, tools, lock, want)...)
		}
	case s.Has(catalogue.BuildLock):
		found = append(found, problem.Problem{
			File: file, Message: "nothing is built from source: the spec has no source_distributions", Fix: "remove the file, or run: dagger call lock --server=" + s.ID,
		})
	}
	return found
}
