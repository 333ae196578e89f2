package npm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/elfcheck"
)

// entrypoint decides how the server is started and records what its package says about itself.
func (in *installation) entrypoint() error {
	o := in.options
	e, ok := in.lock.Lookup("node_modules/" + o.Package)
	if !ok || e.Version != o.Version {
		return fmt.Errorf("%w: looking for %s@%s: the lock has %q", ErrPackage, o.Package, o.Version, e.Version)
	}
	m := in.manifests[e.Path]
	if m.Name != o.Package || m.Version != o.Version {
		return fmt.Errorf("%w: the tarball of %s@%s holds %s@%s", ErrPackage, o.Package, o.Version, m.Name, m.Version)
	}
	in.result.Package = Package{Name: m.Name, Version: m.Version, License: m.License, Description: m.Description, MCPName: m.MCPName, Repository: m.Repository}
	b, err := chooseBin(o, e, m)
	if err != nil {
		return err
	}
	target := path.Join(appDir, e.Path, b.file)
	f, ok := in.tree.Lookup(target)
	if !ok || !f.Mode.IsRegular() {
		return fmt.Errorf("%w: %s: the executable %q is the file %q, which the package does not hold", ErrEntrypoint, e.ID(), b.name, b.file)
	}
	head, err := in.head(f, 256)
	if err != nil {
		return err
	}
	in.result.Entrypoint, err = command("/"+target, head)
	if err != nil {
		return fmt.Errorf("%w: %s: the executable %q: %v", ErrEntrypoint, e.ID(), b.name, err)
	}
	return nil
}

// chooseBin takes the executable that was asked for, else the only one, else the one named like the package.
func chooseBin(o InstallOptions, e npmlock.Entry, m manifest) (bin, error) {
	bins := normalizeBins(path.Base(o.Package), m.Bin)
	var names []string
	want := o.Entrypoint
	if want == "" {
		want = path.Base(o.Package)
	}
	for _, b := range bins {
		if b.name == want {
			return b, nil
		}
		names = append(names, b.name)
	}
	if o.Entrypoint == "" && len(bins) == 1 {
		return bins[0], nil
	}
	switch {
	case len(bins) == 0:
		return bin{}, fmt.Errorf("%w: %s has no executable", ErrEntrypoint, e.ID())
	case o.Entrypoint != "":
		return bin{}, fmt.Errorf("%w: %s has no executable %q; it has %s", ErrEntrypoint, e.ID(), o.Entrypoint, strings.Join(names, ", "))
	}
	return bin{}, fmt.Errorf("%w: %s has several executables; set spec.entrypoint to one of %s", ErrEntrypoint, e.ID(), strings.Join(names, ", "))
}

// command starts a file without a shell: a script by Node.js, a binary directly. Anything else would need an interpreter the image lacks.
func command(file string, head []byte) ([]string, error) {
	if elfcheck.IsELF(head) {
		return []string{file}, nil
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.HasPrefix(line, []byte("#!")) && !bytes.Contains(line, []byte("node")) {
		return nil, fmt.Errorf("it begins with %q, want a program for Node.js", bytes.TrimSpace(line))
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, errors.New("it is a binary of an unknown kind, want a program for Node.js")
	}
	return []string{nodeBinary, file}, nil
}

// readFull fills buf as far as r has data.
func readFull(r io.Reader, buf []byte) (int, error) {
	n, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}
