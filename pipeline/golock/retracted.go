package golock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ErrRetracted is the category of module versions that their authors retracted and that are not allowed.
var ErrRetracted = errors.New("retracted version")

// Bounds of what the go command says of one lock's modules: bytes, and modules.
const (
	maxRetractions = 64 << 20
	maxUnknown     = 200 // bytes of the reason for which something is not known
)

// Retraction is what is not in order with one module version. Retractions are told in the module's newest version (Go modules reference, "retract
// directive"), which only a list of the module's versions leads to.
type Retraction struct {
	Path, Version string
	Retracted     bool
	Reasons       []string // of the authors; may be empty
	Unknown       string   // why it is not known whether it was retracted; "" is known
}

// ID is PATH@VERSION.
func (r Retraction) ID() string { return r.Path + "@" + r.Version }

// Because are the authors' reasons.
func (r Retraction) Because() string {
	if len(r.Reasons) == 0 {
		return "they give no reason"
	}
	return strings.Join(r.Reasons, "; ")
}

// RetractedArgv is the go command that tells of modules what Retractions reads. It takes some tenths of a second for each, and does not fail for
// those it learns nothing of.
func RetractedArgv(requires []Require) []string {
	argv := []string{"go", "list", "-m", "-e", "-json", "-retracted", "-versions"}
	for _, r := range requires {
		argv = append(argv, r.ID())
	}
	return argv
}

// Retractions reads what the go command said of the modules of a lock. It returns, in the order of the lock, those that were retracted and those of
// which it is not known; all others were looked at and are in order.
func Retractions(raw []byte, requires []Require) ([]Retraction, error) {
	if len(raw) > maxRetractions {
		return nil, fmt.Errorf("reading what the go command says of retractions: got %d bytes, want at most %d", len(raw), maxRetractions)
	}
	type answer struct {
		Path, Version       string
		Versions, Retracted []string
		Error               *struct{ Err string }
	}
	said := map[string]answer{}
	for dec := json.NewDecoder(strings.NewReader(string(raw))); ; {
		var a answer
		if err := dec.Decode(&a); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("reading what the go command says of retractions: %w", err)
		}
		said[a.Path+"@"+a.Version] = a
	}
	var out []Retraction
	for _, q := range requires {
		a, ok := said[q.ID()]
		r := Retraction{Path: q.Path, Version: q.Version}
		switch {
		case !ok:
			r.Unknown = "the go command says nothing of it"
		case a.Error != nil:
			r.Unknown = clip(a.Error.Err)
		case a.Retracted != nil:
			r.Retracted, r.Reasons = true, slices.DeleteFunc(a.Retracted, func(s string) bool { return strings.TrimSpace(s) == "" })
		case !pseudo(q.Version) && !slices.Contains(a.Versions, q.Version):
			r.Unknown = "the module proxy lists no versions of it, or not this one"
		default:
			continue
		}
		out = append(out, r)
	}
	return out, nil
}

// pseudo tells whether a version names a commit (Go modules reference, "Pseudo-versions"). Lists of versions do not have those.
func pseudo(version string) bool {
	version, _, _ = strings.Cut(version, "+")
	parts := strings.Split(version, "-")
	if len(parts) < 3 {
		return false
	}
	commit, stamp := parts[len(parts)-1], parts[len(parts)-2]
	stamp = stamp[strings.LastIndex(stamp, ".")+1:]
	return len(commit) == 12 && len(stamp) == 14 && strings.Trim(stamp, "0123456789") == ""
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxUnknown {
		s = strings.ToValidUTF8(s[:maxUnknown], "") + "…"
	}
	return s
}

// Refuse is an error in the category ErrRetracted that names every retracted version that allowed, as PATH@VERSION, does not have. The others it
// returns, sorted.
func Refuse(found []Retraction, own string, allowed []string) (taken []string, err error) {
	var refused []string
	for _, r := range found {
		switch {
		case !r.Retracted:
		case slices.Contains(allowed, r.ID()):
			taken = append(taken, r.ID())
		case r.Path == own:
			refused = append(refused, fmt.Sprintf("%s was retracted by its authors (%s); take another version, or allow it in spec.yanked with the reason", r.ID(), r.Because()))
		default:
			refused = append(refused, fmt.Sprintf("the dependency %s was retracted by its authors (%s); raise it with spec.overrides, or allow it in spec.yanked with the reason", r.ID(), r.Because()))
		}
	}
	slices.Sort(taken)
	if len(refused) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrRetracted, strings.Join(refused, "\n"))
	}
	return taken, nil
}
