package wheel

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"dagger/dockyard/pipeline/pylock"
)

// LockOptions say what a lock is made of.
type LockOptions struct {
	Resolved map[string]string // platform to the requirements file that uv wrote for it, with the hashes of every file of each release
	Wheels   map[string]string // platform to the folder of wheels that were fetched by it
	Facts    pylock.Facts
	Sdists   string // folder with the source distributions of the packages that Facts records as such; "" has none
	Glibc    string // newest glibc version the base offers: "2.41"
	Out      string // file for the lock
	Limits   Limits
}

// Lock narrows what uv resolved to the wheels that were fetched, one for each package and platform, and writes it as one lock. A build can then
// get these files and no others, whatever is added to a release later.
func Lock(o LockOptions) error {
	o.Limits = o.Limits.withDefaults()
	var errs []error
	chosen := map[string][]pylock.Package{}
	for _, platform := range slices.Sorted(maps.Keys(o.Resolved)) {
		_, packages, err := selectPackages(o.Resolved[platform], platform)
		if err == nil {
			chosen[platform], err = o.narrow(packages, platform)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", platform, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	packages, err := pylock.Merge(chosen)
	if err != nil {
		return err
	}
	raw, err := (&pylock.Lock{Facts: &o.Facts, Packages: packages}).Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(o.Out, raw, 0o644)
}

// narrow leaves each package the hash of its wheel alone, after checking that the wheel can be installed.
func (o LockOptions) narrow(packages []pylock.Package, platform string) ([]pylock.Package, error) {
	t, err := newTarget(platform, o.Facts.Python, o.Glibc)
	if err != nil {
		return nil, err
	}
	files, err := byHash(o.Wheels[platform], o.Limits.WheelBytes)
	if err != nil {
		return nil, err
	}
	sdists, err := o.sdists()
	if err != nil {
		return nil, err
	}
	var errs []error
	for i, p := range packages {
		if slices.Contains(o.Facts.Sdists, p.ID()) {
			if packages[i].SHA256, err = onlySdist(sdists, p); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", p.ID(), err))
			}
			continue
		}
		name, err := pick(files, p)
		if err == nil {
			packages[i].SHA256, err = t.only(name, p, o.Limits)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.ID(), err))
		}
	}
	return packages, errors.Join(errs...)
}

func (t target) only(name string, p pylock.Package, l Limits) ([]string, error) {
	sum, err := hashFile(name, l.WheelBytes)
	if err != nil {
		return nil, err
	}
	a, err := open(name, p, l)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return []string{sum}, errors.Join(t.check(a.file), a.checkRecord())
}
