package npm

import (
	"fmt"
	"io"
)

// Limits bound what tarballs may unpack to. The zero value of a field is its default.
type Limits struct {
	TarballBytes int64 // one tarball as it is; 0 is 512 MiB
	FileBytes    int64 // one file; 0 is 512 MiB
	PackageBytes int64 // files of one package; 0 is 1 GiB
	TotalBytes   int64 // files of all packages of a platform; 0 is 4 GiB
	Entries      int   // entries of one tarball; 0 is 100,000
	TotalEntries int   // entries of all tarballs of a platform; 0 is 1,000,000
	PathBytes    int   // length of a path inside a package; 0 is 1,024
	Depth        int   // folders above a file inside a package; 0 is 64
	Ratio        int   // unpacked size by packed size, once 16 MiB are unpacked; 0 is 200
}

// ratioFloor is how much may be unpacked before Limits.Ratio counts: small tarballs of repetitive text compress very well.
const ratioFloor = 16 << 20

func (l Limits) withDefaults() Limits {
	return Limits{
		TarballBytes: or(l.TarballBytes, 512<<20), FileBytes: or(l.FileBytes, 512<<20), PackageBytes: or(l.PackageBytes, 1<<30),
		TotalBytes: or(l.TotalBytes, 4<<30), Entries: or(l.Entries, 100_000), TotalEntries: or(l.TotalEntries, 1_000_000),
		PathBytes: or(l.PathBytes, 1024), Depth: or(l.Depth, 64), Ratio: or(l.Ratio, 200),
	}
}

func or[T int | int64](v, zero T) T {
	if v == 0 {
		return zero
	}
	return v
}

func tooMany(what string, limit any, name string) error {
	return fmt.Errorf("%w: %s, want at most %v (%s)", ErrLimit, what, limit, name)
}

// counter counts what passes through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// inflated is the unpacked stream of a tarball. It ends with an error when headers, padding and files together pass the limits; a bomb can be
// made of any of them.
type inflated struct {
	r      io.Reader
	packed *counter
	n      int64
	limits Limits
}

func (s *inflated) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	// Each entry has a header of 512 bytes, as much padding at most, and perhaps an extended header of that size.
	if most := s.limits.PackageBytes + int64(s.limits.Entries)*2048; s.n > most {
		return 0, tooMany("it unpacks to more bytes", s.limits.PackageBytes, "PackageBytes")
	}
	if s.n > ratioFloor && s.n/int64(s.limits.Ratio) > s.packed.n {
		return 0, tooMany(fmt.Sprintf("%d bytes unpack to %d, %d times as many", s.packed.n, s.n, s.n/max(s.packed.n, 1)), s.limits.Ratio, "Ratio")
	}
	return n, err
}
