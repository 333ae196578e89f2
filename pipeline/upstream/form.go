package upstream

import (
	"fmt"

	"dagger/dockyard/pipeline/pylock"
)

// Forms are the newest versions of a PyPI package that are old enough, by what they come as. "" is none.
type Forms struct {
	Wheel  string // one that can be used
	Source string // source distribution, whether there is a wheel beside it or not
}

// Form is what a version of a PyPI package comes as, and what an update has to say of that.
type Form struct {
	FromSource bool   `json:"fromSource,omitempty"` // it is built from its source distribution, as the spec allows
	Wheel      bool   `json:"wheelToo,omitempty"`   // it is, and has a wheel that could be used
	Refused    string `json:"refused,omitempty"`    // a version that was looked for and does not come as the spec wants it
}

// Choose returns the newest version in the form that the spec wants, which is never below the one in use. A newer one in the other form is not taken,
// and told, as is one of any age where there is none in the form that is wanted.
func (f Forms) Choose(source bool, current string) (string, Form) {
	version, other := f.Wheel, f.Source
	if source {
		version, other = other, version
	}
	missing := version == ""
	if missing || pylock.CompareVersions(version, current) <= 0 {
		version = current
	}
	form := Form{FromSource: source, Wheel: source && f.Wheel != "" && pylock.SameVersion(f.Wheel, version)}
	if missing || Newer(other, version) {
		form.Refused = other
	}
	return version, form
}

// Newer tells whether a version is one to go to from another. A resolver names a pre-release where a package has nothing else in one form; that is no
// reason to leave a release.
func Newer(version, than string) bool {
	return version != "" && pylock.CompareVersions(version, than) > 0 && (!pylock.PreRelease(version) || pylock.PreRelease(than))
}

// NeedsReason is the error for a new package of PyPI that comes without a wheel. It tells how to go on to a person who looked at the package.
func NeedsReason(r Ref) error {
	full := "pypi:" + r.Name
	if r.Version != "" {
		full += "@" + r.Version
	}
	return fmt.Errorf("%w: adding %q: got no wheel that can be used, want one; to have it built, offline, from its source distribution, by code of its own, "+
		"look at the package and say why that is acceptable: add --package=%s --source-distribution=\"WHY\"", ErrPackage, r.Name, full)
}
