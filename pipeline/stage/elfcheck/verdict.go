package elfcheck

import (
	"slices"
	"strings"
)

// misfit tells why the file cannot run on the platform; "" means that it can.
func (f file) misfit(want target) string {
	switch {
	case f.broken != nil:
		return "not readable: " + f.broken.Error()
	case f.machine != want.machine:
		return "for " + f.machine.String()
	case f.system.evidence != "":
		return "for another system: " + f.system.evidence
	case f.tooNew(want):
		return "needs GLIBC_" + f.glibc.String()
	}
	return ""
}

func (f file) tooNew(want target) bool { return want.glibc != nil && want.glibc.less(f.glibc) }

// refusal completes "got a file" with what the platform wants instead.
func (f file) refusal(reason string, want target) string {
	switch {
	case f.broken != nil:
		return "that is " + reason + ", want a complete ELF file"
	case f.machine == want.machine && f.system.evidence != "":
		return reason + ", want " + want.platform + " with glibc"
	case f.machine == want.machine:
		return "that " + reason + ", want at most GLIBC_" + want.glibc.String() + " of the base"
	}
	return reason + ", want " + want.machine.String() + " for " + want.platform
}

// tolerated tells whether a misfit may stay. siblings are the patterns of the files that fit.
func (f file) tolerated(want target, siblings map[string]bool) bool {
	switch {
	case f.broken != nil:
		return !f.loadable()
	case f.machine == want.machine && f.system.evidence == "": // glibc: a path that names the platform is the one that gets loaded
		return namesAny(f.path, muslNames)
	case f.machine != want.machine && namesAny(f.path, known[f.machine]):
		return true
	case namesAny(f.path, f.system.names):
		return true
	}
	// A path that names this very platform is loaded here, whatever lies beside it.
	own := namesAny(f.path, known[want.machine]) && !namesAny(f.path, otherSystems)
	shape := pattern(f.path)
	return !own && strings.Contains(shape, anyPlatform) && siblings[shape]
}

// joint are the characters between the words of a path.
const joint = "/-_.+"

// spelling makes one word of the machine name that contains a joint.
var spelling = strings.NewReplacer("x86_64", "x64", "x86-64", "x64")

// words splits a path at the joints, in lower case.
func words(p string) []string {
	return strings.FieldsFunc(spelling.Replace(strings.ToLower(p)), func(r rune) bool { return strings.ContainsRune(joint, r) })
}

func namesAny(p string, names []string) bool {
	return slices.ContainsFunc(words(p), func(w string) bool { return slices.Contains(names, w) })
}

// platformWords are all words that pattern takes out of a path.
var platformWords = func() map[string]bool {
	all := map[string]bool{"darwin": true, "macos": true, "win32": true, "windows": true}
	for _, names := range known {
		for _, n := range names {
			all[n] = true
		}
	}
	for _, n := range join(otherSystems, ownSystem) {
		all[n] = true
	}
	return all
}()

// anyPlatform stands for platform words in a pattern.
const anyPlatform = "*"

// pattern replaces every run of platform words within a segment by anyPlatform: "a/linux-x64/b.node" and "a/android-arm64/b.node" are both
// "a/*/b.node".
func pattern(p string) string {
	segments := strings.Split(spelling.Replace(strings.ToLower(p)), "/")
	for i, s := range segments {
		var out []string
		for _, w := range words(s) {
			if platformWords[w] {
				w = anyPlatform
			}
			if w != anyPlatform || len(out) == 0 || out[len(out)-1] != anyPlatform {
				out = append(out, w)
			}
		}
		segments[i] = strings.Join(out, "-")
	}
	return strings.Join(segments, "/")
}
