package base

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/stage/deb"
	"dagger/dockyard/pipeline/stage/layer"
)

// statusDir is where scanners look for the packages of images without a package manager (the place that distroless images use).
const statusDir = "var/lib/dpkg/status.d/"

// unpacker puts packages into one tree.
type unpacker struct {
	tree   layer.Tree
	arch   string
	budget int64 // bytes of files that may still come
	limit  int64
	left   LeftOut
}

func newUnpacker(o Options) *unpacker {
	u := &unpacker{arch: o.Arch, limit: o.MaxUnpacked, left: LeftOut{Scripts: []string{}}}
	if u.limit == 0 {
		u.limit = 1 << 30
	}
	u.budget = u.limit
	return u
}

// add unpacks one package and records it for scanners.
func (u *unpacker) add(p baselock.Package, r io.Reader) error {
	c, err := deb.Read(r, deb.Limits{}, u.entry)
	if err != nil {
		return err
	}
	if c.Fields["Package"] != p.Name || c.Fields["Version"] != p.Version {
		return fmt.Errorf("%w: got %q version %q inside, want %q version %q as locked", ErrPackage, c.Fields["Package"], c.Fields["Version"], p.Name, p.Version)
	}
	if a := c.Fields["Architecture"]; a != u.arch && a != "all" {
		return fmt.Errorf("%w: got architecture %q, want %q or \"all\"", ErrPackage, a, u.arch)
	}
	status := append(bytes.TrimRight(c.Stanza, "\n"), '\n')
	if err := u.tree.Add(layer.Entry{Path: statusDir + p.Name, Mode: 0o644, Data: layer.Bytes(status)}); err != nil {
		return err
	}
	if c.MD5Sums == nil {
		return nil
	}
	return u.tree.Add(layer.Entry{Path: statusDir + p.Name + ".md5sums", Mode: 0o644, Data: layer.Bytes(c.MD5Sums)})
}

// entry takes one entry of a data archive.
func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	name, err := cleanName(h.Name)
	if err != nil || name == "." {
		return err
	}
	if u.budget -= h.Size; u.budget < 0 {
		return fmt.Errorf("%w: the packages unpack to more than %d bytes", deb.ErrLimit, u.limit)
	}
	if leftOut(name) {
		if h.Typeflag != tar.TypeDir {
			u.left.Files++
			u.left.Bytes += h.Size
		}
		return nil
	}
	e := layer.Entry{Path: merged(name), Mode: fs.FileMode(h.Mode).Perm() & 0o755}
	if h.Typeflag != tar.TypeDir && h.Mode&0o6000 != 0 {
		return fmt.Errorf("%w: %q has mode %#o, want no setuid or setgid bit", ErrPackage, h.Name, h.Mode)
	}
	if h.Typeflag == tar.TypeDir {
		return u.directory(e)
	}
	if slices.Contains(mergedDirs, name) && (h.Typeflag != tar.TypeSymlink || path.Clean(h.Linkname) != "usr/"+name) {
		return fmt.Errorf("%w: %q is not the link to usr/%s, want Debian's merged /usr", ErrPackage, h.Name, name)
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return u.file(e, h.Size, r)
	case tar.TypeSymlink:
		return u.link(e, h.Linkname)
	case tar.TypeLink:
		return u.hardLink(e, h.Linkname)
	}
	return fmt.Errorf("%w: %q has the tar type %q, want a directory, regular file or link", ErrPackage, h.Name, h.Typeflag)
}

// directory adds a directory. Owner and mode go by rule, not by package: some of Debian's belong to groups that a base does not have,
// with a setgid bit that means nothing there.
func (u *unpacker) directory(e layer.Entry) error {
	if slices.Contains(mergedDirs, e.Path) {
		e.Path = "usr/" + e.Path
	}
	if old, ok := u.tree.Lookup(e.Path); ok && !old.Mode.IsDir() {
		return fmt.Errorf("%w: %q is a directory where another package has a link or file", ErrPackage, e.Path)
	}
	e.Mode = fs.ModeDir | directoryMode(e.Path)
	return u.tree.Replace(e)
}

// directoryMode gives the permissions of a directory: what everybody may write to is listed here and nowhere else.
func directoryMode(p string) fs.FileMode {
	switch p {
	case "tmp", "var/tmp":
		return 0o777 | fs.ModeSticky
	case "root":
		return 0o700
	}
	return 0o755
}

func (u *unpacker) file(e layer.Entry, size int64, r io.Reader) error {
	data := make([]byte, 0, min(size, 1<<20))
	buf := bytes.NewBuffer(data)
	if n, err := io.Copy(buf, r); err != nil || n != size {
		return fmt.Errorf("%w: reading %q: got %d bytes, want %d: %v", deb.ErrFormat, e.Path, n, size, err)
	}
	e.Data = layer.Bytes(buf.Bytes())
	return u.tree.Add(e)
}

func (u *unpacker) link(e layer.Entry, target string) error {
	if leavesRoot(e.Path, target) {
		return fmt.Errorf("%w: symbolic link %q points to %q, want a target inside the root", ErrPackage, e.Path, target)
	}
	e.Mode, e.Link = fs.ModeSymlink|0o777, target
	return u.tree.Add(e)
}

// hardLink adds a second file with the same content: a layer holds no hard links, so that its files do not depend on their order.
func (u *unpacker) hardLink(e layer.Entry, target string) error {
	name, err := cleanName(target)
	if err != nil {
		return err
	}
	first, ok := u.tree.Lookup(merged(name))
	if !ok || !first.Mode.IsRegular() {
		return fmt.Errorf("%w: hard link %q points to %q, want a regular file that comes before it", ErrPackage, e.Path, target)
	}
	if u.budget -= first.Data.Size(); u.budget < 0 {
		return fmt.Errorf("%w: the packages unpack to more than %d bytes", deb.ErrLimit, u.limit)
	}
	e.Mode, e.Data = first.Mode, first.Data
	return u.tree.Add(e)
}
