// Package wheel installs the wheels of a requirements.lock without running pip or anything from the packages: the very bytes that were checked
// against the lock are unpacked by the rules of the wheel format (PyPA "Binary distribution format") and become a layer.
package wheel

import "errors"

// Categories of what is wrong with a wheel.
var (
	ErrWheel      = errors.New("unsafe wheel")
	ErrLimit      = errors.New("limit exceeded")
	ErrPackage    = errors.New("wheel does not fit its lock")
	ErrPlatform   = errors.New("wheel for another platform or Python")
	ErrConflict   = errors.New("packages hold different files at one path")
	ErrEntrypoint = errors.New("no usable entry point")
	ErrCompiled   = errors.New("unusable compiled file")
)

// The image's folder /app is a virtual environment (PEP 405): its interpreter is a link to the base's, and pyvenv.cfg beside it makes that
// find the packages, also in processes that a server starts.
const (
	appDir      = "app"
	binDir      = appDir + "/bin"
	interpreter = "/" + binDir + "/python"
)

// Limits bound what wheels may unpack to. The zero value of a field is its default.
type Limits struct {
	WheelBytes   int64 // one wheel as it is; 0 is 1 GiB
	PackageBytes int64 // files of one wheel; 0 is 2 GiB
	TotalBytes   int64 // files of all wheels of a platform; 0 is 8 GiB
	Entries      int   // files of one wheel; 0 is 100,000
	PathBytes    int   // length of a path; 0 is 1,024
	Depth        int   // folders above a file; 0 is 64
	Ratio        int64 // unpacked to packed bytes of a file above 1 MiB; 0 is 1,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		WheelBytes: or(l.WheelBytes, 1<<30), PackageBytes: or(l.PackageBytes, 2<<30), TotalBytes: or(l.TotalBytes, 8<<30),
		Entries: or(l.Entries, 100_000), PathBytes: or(l.PathBytes, 1024), Depth: or(l.Depth, 64), Ratio: or(l.Ratio, 1000),
	}
}

func or[T int | int64](v, instead T) T {
	if v == 0 {
		return instead
	}
	return v
}
