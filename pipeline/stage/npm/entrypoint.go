package npm

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// entrypoint decides how the server is started and records what its package says about itself.
func (in *installation) entrypoint(elf elfcheck.Result) error {
	o := in.options
	e, ok := in.lock.Lookup("node_modules/" + o.Package)
	chosen := slices.ContainsFunc(in.entries, func(c npmlock.Entry) bool { return c.Path == e.Path })
	if !ok || !chosen || e.Version != o.Version || e.Package() != o.Package {
		return fmt.Errorf("%w: looking for %s@%s: the lock has %q for %s", ErrPackage, o.Package, o.Version, e.ID(), o.Platform)
	}
	m := in.manifests[e.Path]
	if m.Name != e.Package() || plainVersion(m.Version) != plainVersion(e.Version) {
		return fmt.Errorf("%w: the tarball of %s holds %s@%s", ErrPackage, e.ID(), m.Name, m.Version)
	}
	in.result.Package = Package{Name: m.Name, Version: m.Version, License: m.License, Description: m.Description, MCPName: m.MCPName, Repository: m.Repository}
	b, err := chooseBin(e, o.Entrypoint)
	if err != nil {
		return err
	}
	target := path.Join(appDir, e.Path, b.file)
	f, ok := in.tree.Lookup(target)
	if !ok || !f.Mode.IsRegular() {
		return fmt.Errorf("%w: %s: the executable %q is the file %q, which the package does not hold", ErrEntrypoint, e.ID(), b.name, b.file)
	}
	in.result.Entrypoint, err = command(target, f, elf)
	if err != nil {
		return fmt.Errorf("%w: %s: the executable %q (%s) %w", ErrEntrypoint, e.ID(), b.name, b.file, err)
	}
	return nil
}

// chooseBin takes the executable that was asked for, else the only one, else the one named like the package without its scope.
func chooseBin(e npmlock.Entry, asked string) (bin, error) {
	bins := normalizeBins(e.Package(), e.Bin)
	want := asked
	if want == "" {
		want = path.Base(e.Package())
	}
	var names []string
	for _, b := range bins {
		if b.name == want {
			return b, nil
		}
		names = append(names, b.name)
	}
	switch {
	case len(bins) == 0:
		return bin{}, fmt.Errorf("%w: %s has no executable; it is a library, not a server", ErrEntrypoint, e.ID())
	case asked != "":
		return bin{}, fmt.Errorf("%w: %s has no executable %q; set spec.entrypoint to one of %s", ErrEntrypoint, e.ID(), asked, strings.Join(names, ", "))
	case len(bins) == 1:
		return bins[0], nil
	}
	return bin{}, fmt.Errorf("%w: %s has several executables; set spec.entrypoint to one of %s", ErrEntrypoint, e.ID(), strings.Join(names, ", "))
}

// command starts a file without a shell: a script by Node.js, with the options its first line gives, and a binary of the platform directly.
// Anything else would need an interpreter the image lacks.
func command(name string, f layer.Entry, elf elfcheck.Result) ([]string, error) {
	start, err := head(f, shebangBytes)
	switch {
	case err != nil:
		return nil, err
	case elf.Native[name]:
		return []string{"/" + name}, nil
	case elfcheck.IsELF(start):
		return nil, errors.New("is a binary for another platform")
	case strings.ContainsRune(string(start), 0):
		return nil, errors.New("is a binary of an unknown kind, want a program for Node.js")
	}
	line, _, _ := strings.Cut(string(start), "\n")
	if interpreter, ok := strings.CutPrefix(line, "#!"); ok {
		options, err := nodeOptions(strings.Fields(interpreter))
		if err != nil {
			return nil, fmt.Errorf("begins with %.120q: %w", strings.TrimSpace(line), err)
		}
		return slices.Concat([]string{nodeBinary}, options, []string{"/" + name}), nil
	}
	switch ext := path.Ext(name); ext {
	case ".js", ".cjs", ".mjs", "":
		return []string{nodeBinary, "/" + name}, nil
	default:
		return nil, fmt.Errorf("has no first line that names Node.js and the extension %q, want a program for Node.js", ext)
	}
}

// nodeOptions reads the words of a shebang line: a path of node, or env with node, and options of node after it.
func nodeOptions(words []string) ([]string, error) {
	if len(words) > 0 && path.Base(words[0]) == "env" {
		if words = words[1:]; len(words) > 0 && words[0] == "-S" {
			words = words[1:]
		}
	}
	if len(words) == 0 || path.Base(words[0]) != "node" && path.Base(words[0]) != "nodejs" {
		return nil, errors.New("want node")
	}
	for _, o := range words[1:] {
		if !strings.HasPrefix(o, "-") || strings.ContainsAny(o, "\"'\\$`") {
			return nil, fmt.Errorf("got %q after node, want plain options", o)
		}
	}
	return words[1:], nil
}

// head reads the beginning of a file, n bytes where it has as many.
func head(e layer.Entry, n int64) ([]byte, error) {
	if !e.Mode.IsRegular() {
		return nil, nil
	}
	r, err := e.Data.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, n))
}

// plainVersion is a version as the registry has it: it takes "v1.0.0" and "=1.0.0" for 1.0.0, and the build is no part of it.
func plainVersion(v string) string {
	v, _, _ = strings.Cut(strings.TrimLeft(strings.TrimSpace(v), "=v "), "+")
	return v
}
