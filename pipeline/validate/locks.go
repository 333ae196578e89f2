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
	return w, err
}

// PythonLock reads a server's lock of PyPI packages. It is nil when a problem blocks.
func PythonLock(tree fs.FS, label string, s catalogue.Server) (*pylock.Lock, problem.List) {
	file := path.Join(label, s.Path(catalogue.PythonLock))
	f, err := tree.Open(s.Path(catalogue.PythonLock))
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
	return append(found, pylock.Check(file, lock, want)...)
}
