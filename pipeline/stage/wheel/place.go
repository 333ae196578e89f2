package wheel

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/stage/layer"
)

// place puts the files of a wheel where installers put them, and a launcher for each console script.
func (in *installation) place(a *archive) error {
	var errs []error
	names := make([]string, 0, len(a.members))
	for name := range a.members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if bytecode(name) {
			continue
		}
		at, err := in.destination(a, name)
		if err == nil {
			err = in.add(a, at, name)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range a.meta.scripts {
		e := layer.Entry{Path: binDir + "/" + s.name, Mode: 0o755, Data: layer.Bytes(s.launcher())}
		if err := in.put(a, e); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bytecode tells of compiled files that come with a wheel. They could run something else than the source beside them says, and nothing would
// compare the two; the base's own CPython makes new ones.
func bytecode(name string) bool {
	return path.Base(path.Dir(name)) == "__pycache__" && strings.HasSuffix(name, ".pyc")
}

// destination is where a member goes. Members of the .data folder go by their scheme, the virtual environment's folder being the prefix; all
// others go among the packages.
func (in *installation) destination(a *archive, name string) (string, error) {
	below, ok := strings.CutPrefix(name, a.data+"/")
	if !ok {
		return path.Join(in.sitePackages(), name), nil
	}
	scheme, rest, _ := strings.Cut(below, "/")
	if rest == "" {
		return "", fmt.Errorf("%w: %q lies beside the folders of %q", ErrWheel, name, a.data)
	}
	switch scheme {
	case "purelib", "platlib":
		return path.Join(in.sitePackages(), rest), nil
	case "scripts":
		if strings.Contains(rest, "/") {
			return "", fmt.Errorf("%w: the script %q lies in a folder, want none", ErrWheel, name)
		}
		return path.Join(binDir, rest), nil
	case "headers":
		return path.Join(appDir, "include", "python"+in.options.Python, a.file.name, rest), nil
	case "data":
		return path.Join(appDir, rest), nil
	}
	return "", fmt.Errorf("%w: %q is of the scheme %q, want purelib, platlib, scripts, headers or data", ErrWheel, name, scheme)
}

func (in *installation) add(a *archive, at, name string) error {
	f := a.members[name]
	e := layer.Entry{Path: at, Mode: 0o644, Data: source{f}}
	if f.Mode()&0o111 != 0 {
		e.Mode = 0o755
	}
	if strings.HasPrefix(name, a.data+"/scripts/") {
		e.Mode = 0o755
		var err error
		if e.Data, err = withInterpreter(source{f}); err != nil {
			return fmt.Errorf("%w: %q: %v", ErrWheel, name, err)
		}
	}
	return in.put(a, e)
}

// put adds an entry. Packages may share a path only where they hold the same bytes, as old namespace packages do: installers let the last one
// win, which makes what runs depend on an order.
func (in *installation) put(a *archive, e layer.Entry) error {
	old, taken := in.tree.Lookup(e.Path)
	if !taken {
		in.owners[e.Path] = a.id
		if err := in.tree.Add(e); err != nil {
			return fmt.Errorf("%w: %v", ErrConflict, err)
		}
		return nil
	}
	same, err := equal(old, e)
	if err != nil {
		return err
	}
	if !same {
		return fmt.Errorf("%w: /%s of %s is there from %s", ErrConflict, e.Path, a.id, in.owners[e.Path])
	}
	return nil
}

func equal(a, b layer.Entry) (bool, error) {
	if !a.Mode.IsRegular() || !b.Mode.IsRegular() || a.Data.Size() != b.Data.Size() {
		return false, nil
	}
	var sums [2][sha256.Size]byte
	for i, d := range []layer.Source{a.Data, b.Data} {
		r, err := d.Open()
		if err != nil {
			return false, err
		}
		h := sha256.New()
		_, err = io.Copy(h, r)
		r.Close()
		if err != nil {
			return false, err
		}
		h.Sum(sums[i][:0])
	}
	return sums[0] == sums[1], nil
}

// withInterpreter gives a script whose first line is "#!python" the interpreter of the image (wheel format, "Recommended installer features").
func withInterpreter(s source) (layer.Source, error) {
	if s.Size() > maxText {
		return s, nil
	}
	r, err := s.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	line, rest, _ := bytes.Cut(raw, []byte("\n"))
	if !bytes.HasPrefix(line, []byte("#!python")) {
		return s, nil
	}
	return layer.Bytes("#!" + interpreter + "\n" + string(rest)), nil
}
