package wheel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
)

// sdists lists the source distributions by their SHA-256.
func (o LockOptions) sdists() (map[string]string, error) {
	if o.Sdists == "" {
		return nil, nil
	}
	return byHash(o.Sdists, sdist.MaxSdist)
}

// onlySdist leaves a package the hash of the source distribution that was fetched.
func onlySdist(files map[string]string, p pylock.Package) ([]string, error) {
	var found []string
	for _, sum := range p.SHA256 {
		if _, ok := files[sum]; ok {
			found = append(found, sum)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: got %d source distributions of it, want one", ErrPackage, len(found))
	}
	return found, nil
}

// openBuilt opens the wheels of packages that were built from source. Each was made from the very file of the lock, and is looked at as if it had
// been downloaded.
func (in *installation) openBuilt(sdists []pylock.Package) error {
	if len(sdists) == 0 {
		return nil
	}
	if in.options.Built == "" {
		return fmt.Errorf("%w: %s is a source distribution, and it was not built", ErrPackage, sdists[0].ID())
	}
	r, err := readBuilt(filepath.Join(in.options.Built, "build.json"))
	if err != nil {
		return err
	}
	if err := r.Err(); err != nil {
		return err
	}
	var errs []error
	for _, p := range sdists {
		if err := in.openOneBuilt(r, p); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.ID(), err))
		}
	}
	return errors.Join(errs...)
}

func (in *installation) openOneBuilt(r sdist.Result, p pylock.Package) error {
	at := slices.IndexFunc(r.Built, func(b sdist.Built) bool { return b.ID == pylock.CanonicalName(p.Name)+"=="+p.Version })
	if at < 0 {
		return fmt.Errorf("%w: it was not built", ErrPackage)
	}
	b := r.Built[at]
	if !slices.Contains(p.SHA256, b.SdistSHA256) {
		return fmt.Errorf("%w: it was built from %s with SHA-256 %s, want %q", ErrPackage, b.Sdist, b.SdistSHA256, p.SHA256)
	}
	name := filepath.Join(in.options.Built, "wheels", filepath.Base(b.Wheel))
	made, err := ReadBuilt(name, p, in.options.Limits)
	if err != nil {
		return err
	}
	if made.SHA256 != b.WheelSHA256 {
		return fmt.Errorf("%w: %s has SHA-256 %s, want %s as it was built", ErrPackage, b.Wheel, made.SHA256, b.WheelSHA256)
	}
	in.result.Built = append(in.result.Built, b)
	in.result.Warnings = append(in.result.Warnings, fmt.Sprintf("%s was built here from its source distribution %s; the wheel has SHA-256 %s", p.ID(), b.Sdist, b.WheelSHA256))
	return in.openOne(name, p)
}

func readBuilt(name string) (sdist.Result, error) {
	var r sdist.Result
	f, err := os.Open(name)
	if err != nil {
		return r, fmt.Errorf("reading what was built: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, sdist.MaxBytes+1))
	if err != nil {
		return r, fmt.Errorf("reading what was built: %w", err)
	}
	err = sdist.Decode("what was built", raw, &r)
	return r, err
}
