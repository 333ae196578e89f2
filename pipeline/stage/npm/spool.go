package npm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"dagger/dockyard/pipeline/stage/fetch"
)

// spool holds the content of unpacked files, one after the other, in a single file that has no name any more: no path on this machine is ever
// decided by a package, and nothing is left behind however the program ends.
type spool struct {
	file *os.File
	buf  *bufio.Writer
	end  int64
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, ".unpacked-*")
	if err != nil {
		return nil, spoolError(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return &spool{file: f, buf: bufio.NewWriterSize(spoolWriter{f}, 256<<10)}, nil
}

// add appends the content of r. What it returns can be opened after flush.
func (s *spool) add(r io.Reader) (section, error) {
	n, err := io.Copy(s.buf, r)
	out := section{s.file, s.end, n}
	s.end += n
	return out, err
}

func (s *spool) flush() error { return s.buf.Flush() }
func (s *spool) close() error { return s.file.Close() }

// section is a layer.Source: a stretch of a spool.
type section struct {
	file   io.ReaderAt
	offset int64
	length int64
}

// Open also offers io.ReaderAt.
func (s section) Open() (io.ReadCloser, error) {
	return struct {
		*io.SectionReader
		io.Closer
	}{io.NewSectionReader(s.file, s.offset, s.length), io.NopCloser(nil)}, nil
}

// Size is the length in bytes.
func (s section) Size() int64 { return s.length }

// spoolWriter tells failures of this machine's disk from those of a tarball.
type spoolWriter struct{ w io.Writer }

type diskError struct{ error }

func (d diskError) Unwrap() error { return d.error }

func (w spoolWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		err = spoolError(err)
	}
	return n, err
}

func spoolError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return diskError{fmt.Errorf("%w: writing unpacked files; free space where the output folder is", fetch.ErrNoSpace)}
	}
	return diskError{fmt.Errorf("writing unpacked files: %w", err)}
}
