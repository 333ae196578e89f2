package wheel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"dagger/dockyard/pipeline/pylock"
)

// Built is a wheel that was made from a source distribution.
type Built struct {
	SHA256   string
	Requires []string          // Requires-Dist
	Extras   []string          // Provides-Extra
	Contents map[string]string // path to what is installed of it: mode and SHA-256
}

// ReadBuilt checks a wheel that was built for a package of the lock: it must have that name and version, run wherever Python does, and hold what
// its RECORD says. There is no hash to hold it to.
func ReadBuilt(name string, p pylock.Package, l Limits) (Built, error) {
	l = l.withDefaults()
	sum, err := hashFile(name, l.WheelBytes)
	if err != nil {
		return Built{}, err
	}
	a, err := open(name, p, l)
	if err != nil {
		return Built{}, err
	}
	defer a.Close()
	b := Built{SHA256: sum, Requires: []string{}, Extras: []string{}, Contents: map[string]string{}}
	if err := errors.Join(a.pure(), a.checkRecord()); err != nil {
		return b, err
	}
	h, _, err := a.headers("METADATA")
	if err != nil {
		return b, err
	}
	b.Requires, b.Extras = append(b.Requires, h.Values("Requires-Dist")...), append(b.Extras, h.Values("Provides-Extra")...)
	return b, a.contents(b.Contents)
}

// pure refuses a wheel that is not for every platform: there is no compiler here, and what another machine would make is not known.
func (a *archive) pure() error {
	f := a.file
	pythons := slices.Sorted(slices.Values(f.pythons))
	if !slices.Equal(pythons, []string{"py3"}) && !slices.Equal(pythons, []string{"py2", "py3"}) || !slices.Equal(f.abis, []string{"none"}) || !slices.Equal(f.systems, []string{"any"}) {
		return fmt.Errorf("%w: its build made a wheel for %v-%v-%v, want one of pure Python, py3-none-any: nothing is compiled here", ErrPlatform, f.pythons, f.abis, f.systems)
	}
	kind, _, err := a.headers("WHEEL")
	if err == nil && kind.Get("Root-Is-Purelib") != "true" {
		err = fmt.Errorf("%w: its build made a wheel with Root-Is-Purelib %q, want true", ErrPlatform, kind.Get("Root-Is-Purelib"))
	}
	return err
}

func (a *archive) contents(into map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(a.members)) {
		m := a.members[name]
		r, err := m.Open()
		if err != nil {
			return fmt.Errorf("%w: %q: %v", ErrWheel, name, err)
		}
		h, head := sha256.New(), &bytes.Buffer{}
		_, err = io.Copy(io.MultiWriter(h, head), io.LimitReader(r, 4))
		if err == nil {
			_, err = io.Copy(h, r)
		}
		r.Close()
		if err != nil {
			return fmt.Errorf("%w: %q: %v", ErrWheel, name, err)
		}
		if head.String() == "\x7fELF" {
			return fmt.Errorf("%w: %q is compiled code, want pure Python", ErrPlatform, name)
		}
		into[name] = fmt.Sprintf("%t %s", m.Mode()&0o111 != 0, hex.EncodeToString(h.Sum(nil)))
	}
	return nil
}
