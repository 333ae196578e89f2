package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"

	"dagger/dockyard/pipeline/surface"
)

// lineReader splits a server's standard output into lines, none longer than the bound, all together within another.
type lineReader struct {
	r     *bufio.Reader
	line  int   // bound of one, in bytes
	total int64 // what is left of the bound of all
}

func newLineReader(r io.Reader, l Limits) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), line: l.Line, total: l.Output}
}

// next returns a line without its end; the last one may lack it. Its bytes belong to the caller. At the end it returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		l.total -= int64(len(part))
		if l.total < 0 {
			return nil, failed(surface.ReasonTooMuch, "standard output is longer than its bound")
		}
		if len(line)+len(part) > l.line {
			return nil, failed(surface.ReasonTooMuch, "a line on standard output is longer than %d bytes", l.line)
		}
		if line = append(line, part...); errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && len(line) == 0 {
			return nil, io.EOF // also for what the end of a killed process may look like
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// tail keeps the end of what is written to it and refuses more than a bound.
type tail struct {
	kept  []byte
	total int64
}

func (t *tail) Write(p []byte) (int, error) {
	if t.total -= int64(len(p)); t.total < 0 {
		return 0, failed(surface.ReasonTooMuch, "standard error is longer than its bound")
	}
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - keptStderr; extra > 0 {
		t.kept = slices.Delete(t.kept, 0, extra)
	}
	return len(p), nil
}
