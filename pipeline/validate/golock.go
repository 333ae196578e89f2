package validate

import (
	"io"
	"io/fs"
	"path"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

// GoWant is what a spec asks of its lock for Go modules.
func GoWant(id string, s *spec.Spec) golock.Want {
	w := golock.Want{Server: id, Package: s.Package.Name, Version: s.Package.Version, Entrypoint: s.Package.Entrypoint, Overrides: Overrides(s)}
	for _, y := range s.Package.Yanked {
		w.Retracted = append(w.Retracted, y.Package+"@"+y.Version)
	}
	return w
}

// GoLock reads a server's lock of Go modules and compares it with its spec. It is nil when it cannot be read.
func GoLock(tree fs.FS, label string, s catalogue.Server) (*golock.Lock, problem.List) {
	f := golock.Files{ModName: path.Join(label, s.Path(catalogue.GoMod)), SumName: path.Join(label, s.Path(catalogue.GoSum))}
	for name, into := range map[string]*io.Reader{catalogue.GoMod: &f.Mod, catalogue.GoSum: &f.Sum} {
		file, err := tree.Open(s.Path(name))
		if err != nil {
			return nil, problem.List{{File: path.Join(label, s.Path(name)), Message: err.Error()}}
		}
		defer file.Close()
		*into = file
	}
	lock, found := golock.Read(f)
	if lock == nil {
		return nil, found
	}
	return lock, append(found, golock.Check(f, lock, GoWant(s.ID, s.Spec))...)
}
