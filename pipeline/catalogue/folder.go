package catalogue

import (
	"fmt"
	"io"
	"io/fs"
	"slices"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

// server reads one folder. Without a spec it is no server: a warning, or with optional nothing.
func (l *loader) server(dir string, o spec.Options, optional bool) {
	entries, err := fs.ReadDir(l.tree, dir)
	if err != nil {
		l.report(dir, "reading the folder: "+cause(err), "", false)
		return
	}
	at := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == SpecFile })
	if at < 0 {
		if !optional {
			l.report(dir, "the folder has no "+SpecFile+" and is left out", "write one or remove the folder", true)
		}
		return
	}
	s := Server{ID: o.Folder, Dir: dir}
	file := l.path(s.Path(SpecFile))
	switch {
	case len(entries) > MaxEntries:
		s.Found = problem.List{{File: l.path(dir), Message: fmt.Sprintf("has %d entries, want at most %d", len(entries), MaxEntries)}}
	case !entries[at].Type().IsRegular():
		s.Found = problem.List{{File: file, Message: "is no regular file", Fix: "put the file itself here: links are not followed"}}
	default:
		s.Files = regular(entries)
		s.Spec, s.Found = l.spec(s.Path(SpecFile), o)
	}
	if name := o.Folder; !spec.ValidName(name) {
		s.Spec = nil
		s.Found = append(s.Found, problem.Problem{File: l.path(dir),
			Message: fmt.Sprintf("the folder is named %q, want %s", name, spec.NameGrammar), Fix: "rename the folder"})
	}
	l.servers = append(l.servers, s)
}

// spec reads at most one byte more than a spec may have; Parse reports the excess.
func (l *loader) spec(file string, o spec.Options) (*spec.Spec, problem.List) {
	f, err := l.tree.Open(file)
	if err != nil {
		return nil, problem.List{{File: l.path(file), Message: "opening the file: " + cause(err)}}
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, spec.MaxBytes+1))
	if err != nil {
		return nil, problem.List{{File: l.path(file), Message: "reading the file: " + cause(err)}}
	}
	return spec.Parse(l.path(file), raw, o)
}

func regular(entries []fs.DirEntry) []string {
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			out = append(out, e.Name())
		}
	}
	return out
}
