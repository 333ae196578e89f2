// Package sdist is what steps tell each other about Python packages that are built from their source distributions: which are to be built, what
// their builds ask for, and what came out.
package sdist

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// SchemaVersion is the version of the JSON forms of Plan, Asked and Result.
const SchemaVersion = 1

// MaxBytes bounds each of them.
const MaxBytes = 8 << 20

// ErrBuild is the category of source distributions that cannot be used, or whose build failed.
var ErrBuild = errors.New("source distribution cannot be built")

// Plan says what is to be built, with requirements that were allowed for it.
type Plan struct {
	SchemaVersion int      `json:"schemaVersion"`
	Sdists        []Item   `json:"sdists"`
	Requires      []string `json:"requires"` // those that the tools were resolved from; a build that asks for more is not run
}

// Item is one source distribution.
type Item struct {
	Name    string   `json:"name"` // canonical
	Version string   `json:"version"`
	SHA256  []string `json:"sha256"` // any of them, hex
}

// ID is NAME==VERSION.
func (i Item) ID() string { return i.Name + "==" + i.Version }

// Items are the source distributions among packages of a lock, each once whatever the platform, sorted.
func Items(packages []pylock.Package) []Item {
	var out []Item
	for _, p := range packages {
		i := slices.IndexFunc(out, func(i Item) bool { return i.ID() == p.ID() })
		if i < 0 {
			i, out = len(out), append(out, Item{Name: pylock.CanonicalName(p.Name), Version: p.Version})
		}
		out[i].SHA256 = append(out[i].SHA256, p.SHA256...)
		slices.Sort(out[i].SHA256)
		out[i].SHA256 = slices.Compact(out[i].SHA256)
	}
	slices.SortFunc(out, func(a, b Item) int { return strings.Compare(a.ID(), b.ID()) })
	return out
}

// Asked is what source distributions say of themselves, without any of their code being run.
type Asked struct {
	SchemaVersion int      `json:"schemaVersion"`
	Sdists        []Source `json:"sdists"` // in the order of the plan
}

// Source is one of them.
type Source struct {
	ID       string   `json:"id"`
	File     string   `json:"file"`
	SHA256   string   `json:"sha256"`
	Requires []string `json:"requires"` // [build-system] requires (PEP 518), or setuptools and wheel
}

// Result is what came out of a build.
type Result struct {
	SchemaVersion int       `json:"schemaVersion"`
	Built         []Built   `json:"built"`
	Missing       []string  `json:"missing"` // requirements that builds ask for and the plan has not, sorted
	Failed        []Failure `json:"failed"`
}

// Built is a wheel that was made. It lies beside the result, in the folder "wheels".
type Built struct {
	ID          string   `json:"id"` // NAME==VERSION of the lock
	Sdist       string   `json:"sdist"`
	SdistSHA256 string   `json:"sdistSha256"`
	Wheel       string   `json:"wheel"`
	WheelSHA256 string   `json:"wheelSha256"`
	Requires    []string `json:"requires"` // Requires-Dist of its METADATA
	Extras      []string `json:"extras"`   // Provides-Extra
}

// Failure is a source distribution that gave no wheel that can be used. Its texts hold printable characters alone.
type Failure struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Output string `json:"output,omitempty"` // last lines of what the build printed
	Exited bool   `json:"exited,omitempty"` // its own program failed
	Asks   bool   `json:"asks,omitempty"`   // it asks for what is in Missing
}

// Encode writes a Plan, Asked or Result.
func Encode(v any) ([]byte, error) {
	raw, err := json.MarshalIndent(v, "", "  ")
	return append(raw, '\n'), err
}

// Decode reads one of them.
func Decode(what string, raw []byte, into any) error {
	if len(raw) > MaxBytes {
		return fmt.Errorf("reading %s: got more than %d bytes (MaxBytes)", what, MaxBytes)
	}
	var head struct {
		SchemaVersion int `json:"schemaVersion"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	if head.SchemaVersion != SchemaVersion {
		return fmt.Errorf("reading %s: got schemaVersion %d, want %d", what, head.SchemaVersion, SchemaVersion)
	}
	return json.Unmarshal(raw, into)
}

// wayOut is what can be done about a build that fails.
const wayOut = "  where a requirement of its build is missing or too new, name it in build_requires of the package in spec.source_distributions and run: dagger call lock"

// Err is nil when everything was built, else one error in the category ErrBuild that tells of all that was not.
func (r Result) Err() error {
	var errs []error
	for _, f := range r.Failed {
		text := f.Reason
		if f.Output != "" {
			text += "; its last lines:\n  | " + strings.ReplaceAll(f.Output, "\n", "\n  | ") + "\n"
		}
		switch {
		case f.Asks:
			text += "; run: dagger call lock"
		case f.Exited:
			text += wayOut
		}
		errs = append(errs, fmt.Errorf("%w: %s: %s", ErrBuild, f.ID, text))
	}
	return errors.Join(errs...)
}
