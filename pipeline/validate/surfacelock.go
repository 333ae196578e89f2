package validate

import (
	"errors"
	"io/fs"
	"path"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/surface"
)

// SurfaceLock reads what was approved of a server's tools, prompts and resources. Nil without a problem: the server's folder has no such file, which
// is for the gate of the build to mind. The server's spec is not needed.
func SurfaceLock(tree fs.FS, label string, s catalogue.Server) (*surface.Surface, problem.List) {
	if !s.Has(catalogue.SurfaceLock) {
		return nil, nil
	}
	name := s.Path(catalogue.SurfaceLock)
	f, err := tree.Open(name)
	if err == nil {
		defer f.Close()
		var lock *surface.Surface
		if lock, err = surface.ReadLock(f); err == nil {
			return lock, nil
		}
	}
	p := problem.Problem{File: path.Join(label, name), Message: err.Error(), Fix: "take it from the last commit that was reviewed; or review the tools and run: dagger call lock --surface --server=" + s.ID}
	if !errors.Is(err, surface.ErrLock) {
		p.Fix = ""
	}
	return nil, problem.List{p}
}
