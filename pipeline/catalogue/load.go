package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

// Bounds of a catalogue. More is an error, not a silent cut.
const (
	MaxServers = 4096
	MaxEntries = 1024 // in one server's folder
)

// Options tell how a catalogue is read. The zero value reads the tree as it is.
type Options struct {
	// Label is put before the paths of problems, so that they are paths the user knows: "servers". Empty: nothing.
	Label string
}

// Load reads all specs of a tree and reports what is wrong with them, sorted. The catalogue is never nil: a server with problems is in it
// without a spec, so that its problems do not keep others from being built. A folder without spec.yaml is left out with a warning; next to
// protocol folders, where the tree is a whole repository, silently.
//
// Two layouts are known and may be mixed: NAME/spec.yaml is read strictly; npx/NAME/spec.yaml, uvx/NAME/spec.yaml and go/NAME/spec.yaml are
// read in the lax mode of package spec. Hidden folders are left out. Only regular files count: a link is not followed, and a link named
// spec.yaml is an error. tree may be os.DirFS, the FS of an os.Root, or an fstest.MapFS made from contents.
func Load(tree fs.FS, o Options) (*Catalogue, problem.List) {
	l := &loader{tree: tree, label: o.Label}
	l.top()
	l.duplicates()
	slices.SortFunc(l.servers, func(a, b Server) int {
		return strings.Compare(a.ID+"\x00"+a.Dir, b.ID+"\x00"+b.Dir)
	})
	for _, s := range l.servers {
		l.problems = append(l.problems, s.Found...)
	}
	l.problems.Sort()
	return &Catalogue{Servers: l.servers}, l.problems
}

type loader struct {
	tree     fs.FS
	label    string
	servers  []Server
	problems problem.List // of the tree; those of servers are with them
}

var protocols = map[string]spec.Protocol{"npx": spec.NPX, "uvx": spec.UVX, "go": spec.Go}

// top reads the folders of the tree. Beside protocol folders there may be folders that are no servers: then the tree is a whole repository.
func (l *loader) top() {
	folders := l.folders(".")
	repository := slices.ContainsFunc(folders, func(name string) bool { return protocols[name] != "" })
	for _, dir := range folders {
		protocol := protocols[dir]
		if protocol == "" {
			l.server(dir, spec.Options{Folder: dir}, repository)
			continue
		}
		for _, name := range l.folders(dir) {
			l.server(path.Join(dir, name), spec.Options{Folder: name, Protocol: protocol, Lax: true}, false)
		}
		if _, err := fs.Stat(l.tree, path.Join(dir, SpecFile)); err == nil {
			l.report(path.Join(dir, SpecFile), fmt.Sprintf("is the spec of a server named %q, which is a protocol", dir), "rename the folder", false)
		}
	}
	if len(l.servers) == 0 && len(l.problems.Blocking()) == 0 {
		l.report(".", "no server here, want folders NAME or PROTOCOL/NAME with a "+SpecFile, "give the folder of the catalogue with --servers", false)
	}
}

// folders lists the visible folders of a folder, sorted.
func (l *loader) folders(dir string) []string {
	entries, err := fs.ReadDir(l.tree, dir)
	if err != nil {
		l.report(dir, "reading the folder: "+cause(err), "", false)
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	if len(out) > MaxServers {
		l.report(dir, fmt.Sprintf("has %d folders, want at most %d", len(out), MaxServers), "split the catalogue", false)
		return nil
	}
	return out
}

// duplicates reports servers of one id. They stay in the catalogue: Find takes their paths, and their images differ by protocol.
func (l *loader) duplicates() {
	first := map[string]Server{}
	for _, s := range l.servers {
		other, again := first[s.ID]
		if !again {
			first[s.ID] = s
			continue
		}
		p := problem.Problem{File: l.path(s.Path(SpecFile)), Message: fmt.Sprintf("the id %q is taken by %s", s.ID, l.path(other.Dir)),
			Fix: "rename one of the folders"}
		if s.Spec != nil {
			p.Line, p.Field = s.Spec.Problem("metadata.name", "", "").Line, "metadata.name"
		}
		l.problems = append(l.problems, p)
	}
}

func (l *loader) report(name, message, fix string, warning bool) {
	l.problems = append(l.problems, problem.Problem{File: l.path(name), Message: message, Fix: fix, Warning: warning})
}

// path is what problems call a path of the tree. Names in a foreign tree may hold anything, so it is escaped where it has to be.
func (l *loader) path(name string) string {
	return escape(path.Join(l.label, name))
}

// cause is an error of the tree without its path, which problems name already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return escape(err.Error())
}
