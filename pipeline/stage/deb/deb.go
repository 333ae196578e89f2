// Package deb reads Debian binary packages (deb(5), format 2.0) from streams that nobody has vouched for beyond a hash: every size and
// count has a bound, nothing is run, and nothing is written.
package deb

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Categories of errors.
var (
	ErrFormat = errors.New("malformed .deb")
	ErrLimit  = errors.New(".deb exceeds a bound")
)

// Limits bounds what a package may unpack to. A zero field takes the default beside it.
type Limits struct {
	Entries      int   // of the data archive; 100,000
	FileBytes    int64 // of one file; 256 MiB
	DataBytes    int64 // of the whole data archive; 1 GiB
	ControlBytes int64 // of the whole control archive; 16 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Entries == 0 {
		l.Entries = 100_000
	}
	if l.FileBytes == 0 {
		l.FileBytes = 256 << 20
	}
	if l.DataBytes == 0 {
		l.DataBytes = 1 << 30
	}
	if l.ControlBytes == 0 {
		l.ControlBytes = 16 << 20
	}
	return l
}

// Control is what the control archive says.
type Control struct {
	Stanza  []byte            // the control file as it is
	Fields  map[string]string // its fields; continuation lines are kept with their newlines
	MD5Sums []byte            // the md5sums file as it is; nil when there is none
}

// Visit takes one entry of the data archive. r gives the content of a regular file and is valid during the call.
type Visit func(h *tar.Header, r io.Reader) error

// Read reads one package: debian-binary, control archive, data archive, in that order. visit is called for each entry of the data
// archive in its order; an error from it ends the reading. What follows the data archive is not looked at (deb(5) allows members there).
func Read(r io.Reader, limits Limits, visit Visit) (Control, error) {
	limits = limits.withDefaults()
	a, err := openArchive(r)
	if err != nil {
		return Control{}, err
	}
	if err := readVersion(a); err != nil {
		return Control{}, err
	}
	m, err := nextNamed(a, "control.tar")
	if err != nil {
		return Control{}, err
	}
	c, err := readControl(m, limits)
	if err != nil {
		return Control{}, err
	}
	if m, err = nextNamed(a, "data.tar"); err != nil {
		return Control{}, err
	}
	return c, readData(m, limits, visit)
}

func readVersion(a *archive) error {
	m, err := a.next()
	if err != nil {
		return notEOF(err)
	}
	line, err := io.ReadAll(io.LimitReader(m, 64))
	if m.name != "debian-binary" || err != nil || !strings.HasPrefix(string(line), "2.") || !strings.Contains(string(line), "\n") {
		return fmt.Errorf("%w: got the first member %q with %q, want \"debian-binary\" with version 2", ErrFormat, m.name, line)
	}
	return nil
}

// nextNamed goes to the member with the given name before its compression suffix. Members whose names begin with "_" are passed over,
// as deb(5) wants.
func nextNamed(a *archive, name string) (*member, error) {
	for {
		m, err := a.next()
		if err != nil {
			return nil, fmt.Errorf("looking for member %q: %w", name, notEOF(err))
		}
		if strings.HasPrefix(m.name, "_") {
			continue
		}
		if m.name != name && !strings.HasPrefix(m.name, name+".") {
			return nil, fmt.Errorf("%w: got member %q, want %q", ErrFormat, m.name, name)
		}
		return m, nil
	}
}

func readControl(m *member, limits Limits) (c Control, err error) {
	plain, done, err := decompress(m, limits.ControlBytes)
	if err != nil {
		return c, err
	}
	defer done()
	tr := tar.NewReader(plain)
	for n := 0; ; n++ {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return c, formatError(m.name, err)
		}
		if n >= limits.Entries {
			return c, fmt.Errorf("%w: %s has more than %d entries", ErrLimit, m.name, limits.Entries)
		}
		if err := c.take(h, tr); err != nil {
			return c, formatError(m.name, err)
		}
	}
	if c.Stanza == nil {
		return c, fmt.Errorf("%w: %s has no file \"control\"", ErrFormat, m.name)
	}
	c.Fields, err = ParseControl(c.Stanza)
	return c, err
}

// take keeps the two files of interest; the stream itself is bounded.
func (c *Control) take(h *tar.Header, r io.Reader) (err error) {
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	switch path.Clean(h.Name) {
	case "control":
		c.Stanza, err = io.ReadAll(r)
	case "md5sums":
		c.MD5Sums, err = io.ReadAll(r)
	}
	return err
}

func readData(m *member, limits Limits, visit Visit) error {
	plain, done, err := decompress(m, limits.DataBytes)
	if err != nil {
		return err
	}
	defer done()
	tr := tar.NewReader(plain)
	for n := 0; ; n++ {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return formatError(m.name, err)
		}
		if n >= limits.Entries {
			return fmt.Errorf("%w: %s has more than %d entries", ErrLimit, m.name, limits.Entries)
		}
		if h.Size > limits.FileBytes {
			return fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrLimit, h.Name, h.Size, limits.FileBytes)
		}
		if err := visit(h, tr); err != nil {
			return err
		}
	}
}

func notEOF(err error) error {
	if err == io.EOF {
		return fmt.Errorf("%w: the archive ends here", ErrFormat)
	}
	return err
}

func formatError(member string, err error) error {
	if errors.Is(err, ErrLimit) {
		return fmt.Errorf("%s: %w", member, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrFormat, member, err)
}
