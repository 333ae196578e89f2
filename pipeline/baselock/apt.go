package baselock

import (
	"errors"
	"fmt"
	"slices"
)

// Request says what FromApt is to lock.
type Request struct {
	Suite string // code name for the lock: "trixie"
	Date  string // day for the lock, YYYY-MM-DD

	// Packages is the text of the verified Packages files of each architecture, one after the other in any order: the newest version
	// of a package wins.
	Packages map[string][]byte

	Want    []string // names of the packages to lock
	Closure bool     // also lock what they depend on, without packages that only maintainer scripts need; false: only Want
	Without []string // names to leave out of the closure besides; nil: none

	// Base is a lock whose packages are there already and are left out; nil: none. A package wanted by name that the base has is left
	// out as well.
	Base *Lock

	Releases []Release // copied into the lock; nil: nothing is known about the signatures
}

// FromApt makes a lock. It depends on nothing but its request, so equal requests give equal locks. Notes tell, sorted, which
// dependencies were left out although no base has them. All packages that cannot be found are reported together in the category ErrLock.
func FromApt(q Request) (l *Lock, notes []string, err error) {
	l = &Lock{SchemaVersion: SchemaVersion, Suite: q.Suite, Date: q.Date, Releases: q.Releases, Architectures: map[string][]Package{}}
	indexes := map[string]*index{}
	var problems []error
	for _, arch := range Architectures {
		if indexes[arch], err = readIndex(arch, q.Packages[arch]); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLock, err)
	}
	names, notes, err := q.names(indexes)
	if err != nil {
		return nil, notes, fmt.Errorf("%w: %w", ErrLock, err)
	}
	for _, arch := range Architectures {
		for _, name := range names {
			s, ok := indexes[arch].newest[name]
			if !ok {
				problems = append(problems, fmt.Errorf("looking for package %q on %s: got none, want it on every architecture", name, arch))
				continue
			}
			l.Architectures[arch] = append(l.Architectures[arch], s.Package)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, notes, fmt.Errorf("%w: %w", ErrLock, err)
	}
	l.Glibc = glibcOf(l.Architectures[Architectures[0]])
	if err := Check("new base lock", l).Err(ErrLock); err != nil {
		return nil, notes, err
	}
	return l, notes, nil
}

// names resolves the request on every architecture and returns the union, sorted: where dependencies differ between architectures, all
// of them get all.
func (q Request) names(indexes map[string]*index) (all, notes []string, err error) {
	if len(q.Want) == 0 {
		return nil, nil, errors.New("making a lock: got no package names, want at least one")
	}
	var problems []error
	for _, arch := range Architectures {
		base := func(name string) string { return q.inBase(arch, name) }
		r := &resolver{arch: arch, ix: indexes[arch], stop: q.stop(base), base: base, taken: map[string]bool{}}
		for _, name := range q.Want {
			if base(name) != "" {
				r.notes = append(r.notes, fmt.Sprintf("%s: left out %s, which the base has", arch, name))
				continue
			}
			if err := r.take(name, q.Closure); err != nil {
				problems = append(problems, err)
			}
		}
		for name := range r.taken {
			all = append(all, name)
		}
		notes = append(notes, r.notes...)
	}
	slices.Sort(all)
	return slices.Compact(all), uniqueLines(notes), errors.Join(problems...)
}

// stop tells which packages a closure does not take.
func (q Request) stop(base func(name string) string) func(name string) bool {
	return func(name string) bool {
		if slices.Contains(q.Want, name) {
			return false
		}
		return slices.Contains(installTimeOnly, name) || slices.Contains(q.Without, name) || base(name) != ""
	}
}

// inBase returns the version of a package that the base has, or "".
func (q Request) inBase(arch, name string) string {
	if q.Base == nil {
		return ""
	}
	for _, p := range q.Base.Architectures[arch] {
		if p.Name == name {
			return p.Version
		}
	}
	return ""
}
