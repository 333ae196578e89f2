package node

import (
	"archive/zip"
	"fmt"
	"io"

	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// program finds Node.
func (w *wheel) program(o Options) (source, error) {
	f, err := w.find(programPath)
	if err != nil {
		return source{}, err
	}
	if f.UncompressedSize64 > uint64(o.MaxBytes) {
		return source{}, fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrWheel, programPath, f.UncompressedSize64, o.MaxBytes)
	}
	return source{f}, nil
}

// checkProgram returns the newest glibc version that Node needs. A program for another platform is an error.
func checkProgram(t *layer.Tree, o Options) (glibc string, err error) {
	r, err := elfcheck.Check(t, elfcheck.Options{Platform: "linux/" + o.Arch, MaxBytes: o.MaxBytes})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrWheel, err)
	}
	if len(r.Native) != 1 {
		return "", fmt.Errorf("%w: %q: got no program for %s, want one", ErrWheel, programPath, o.Arch)
	}
	return r.Glibc, nil
}

// source streams a member into a layer, so that Node's 126 MB need not be held in memory. The zip reader fails when the member is longer
// or shorter than its header says or its checksum differs.
type source struct{ f *zip.File }

func (s source) Open() (io.ReadCloser, error) { return s.f.Open() }
func (s source) Size() int64                  { return int64(s.f.UncompressedSize64) }
