package deb

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The common archive format as deb(5) describes it: a magic line, then members of a 60-byte header and content padded to an even length.
const (
	arMagic       = "!<arch>\n"
	arHeaderBytes = 60
	maxMembers    = 16 // of a .deb; three are usual
)

// member is one file of an archive. Its content is read through it.
type member struct {
	name string
	size int64
	*io.LimitedReader
}

// archive reads members one after the other.
type archive struct {
	r     io.Reader
	open  *member // content not read yet belongs to it
	count int
}

func openArchive(r io.Reader) (*archive, error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != arMagic {
		return nil, fmt.Errorf("%w: got the start %q, want %q", ErrFormat, magic, arMagic)
	}
	return &archive{r: r}, nil
}

// next goes to the following member; io.EOF says that there is none.
func (a *archive) next() (*member, error) {
	if err := a.skip(); err != nil {
		return nil, err
	}
	var h [arHeaderBytes]byte
	if _, err := io.ReadFull(a.r, h[:]); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, fmt.Errorf("%w: member header: %w", ErrFormat, err)
	}
	if a.count++; a.count > maxMembers {
		return nil, fmt.Errorf("%w: got more than %d members", ErrLimit, maxMembers)
	}
	name, size, err := parseHeader(h[:])
	if err != nil {
		return nil, err
	}
	a.open = &member{name: name, size: size, LimitedReader: &io.LimitedReader{R: a.r, N: size}}
	return a.open, nil
}

// skip reads to the end of the member in hand and its padding.
func (a *archive) skip() error {
	if a.open == nil {
		return nil
	}
	left := a.open.N + a.open.size%2
	n, err := io.CopyN(io.Discard, a.r, left)
	// The padding byte of the last member may be missing.
	if err == io.EOF && left-n <= a.open.size%2 {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%w: member %q of %d bytes ends early", ErrFormat, a.open.name, a.open.size)
	}
	a.open = nil
	return nil
}

// parseHeader takes name and size from a member header: name 16 bytes, then times, owners and mode, size 10 bytes at 48, and "`\n".
func parseHeader(h []byte) (name string, size int64, err error) {
	if !bytes.HasSuffix(h, []byte("`\n")) {
		return "", 0, fmt.Errorf("%w: got a member header %q, want it to end in \"`\\n\"", ErrFormat, h)
	}
	name = strings.TrimSuffix(strings.TrimRight(string(h[:16]), " "), "/")
	digits := strings.TrimRight(string(h[48:58]), " ")
	size, err = strconv.ParseInt(digits, 10, 64)
	if err != nil || size < 0 || digits[0] == '+' {
		return "", 0, fmt.Errorf("%w: member %q has the size %q, want a number", ErrFormat, name, digits)
	}
	return name, size, nil
}
