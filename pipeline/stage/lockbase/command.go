package lockbase

import (
	"fmt"
	"io"
	"strings"

	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage base-lock" with the arguments after that name. It prints to stderr which dependencies it left out.
func Command(args []string, stderr io.Writer) error {
	o := Options{Packages: map[string][]string{}}
	f := usage.New("base-lock", stderr)
	f.Func("packages", "ARCH=FILE: uncompressed Packages file of an architecture; repeat it for both and for each suite", func(s string) error {
		arch, file, ok := strings.Cut(s, "=")
		if !ok || arch == "" || file == "" {
			return fmt.Errorf("want ARCH=FILE, such as amd64=Packages")
		}
		o.Packages[arch] = append(o.Packages[arch], file)
		return nil
	})
	usage.Strings(f, &o.InReleases, "in-release", "InRelease file that lists them; repeat it for each suite")
	f.StringVar(&o.Keyring, "keyring", "", "OpenPGP keys of the archive (debian-archive-keyring), binary")
	usage.Strings(f, &o.Request.Want, "want", "package to lock; repeat it")
	f.BoolVar(&o.Request.Closure, "closure", false, "also lock dependencies, without those that only maintainer scripts need")
	usage.Strings(f, &o.Request.Without, "without", "dependency to leave out; repeat it")
	f.StringVar(&o.BaseFile, "base", "", "lock of the base below, whose packages are left out")
	f.StringVar(&o.Request.Suite, "suite", "", "Debian code name: trixie")
	f.StringVar(&o.Request.Date, "date", "", "day of the lock, YYYY-MM-DD")
	f.StringVar(&o.Out, "out", "", "file for the lock")
	if err := usage.Parse(f, args, "packages", "in-release", "keyring", "want", "suite", "date", "out"); err != nil {
		return err
	}
	_, notes, err := Run(o)
	for _, n := range notes {
		fmt.Fprintln(stderr, "base-lock: "+n)
	}
	return err
}
