// Package elfcheck finds the programs and libraries of a layer that cannot run on its platform: another machine, another system or C
// library, or a newer glibc than the base has.
package elfcheck

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/stage/layer"
)

// ErrELF is the category of every file that is refused.
var ErrELF = errors.New("unusable binary")

// mend is how to go on after every refusal.
const mend = "pick a version of the package whose files fit, or leave this platform out"

// defaultMaxBytes is what Options.MaxBytes of 0 stands for.
const defaultMaxBytes = 1 << 30

// Options tell what files are measured against.
type Options struct {
	Platform string // "linux/amd64" or "linux/arm64"
	Glibc    string // newest glibc symbol version that the base offers: "2.41"; "" checks none
	MaxBytes int64  // of one ELF file; 0 is 1 GiB
}

// Foreign is an ELF file that does not fit the platform and may stay, because nothing on this platform is meant to load it.
type Foreign struct {
	Path    string `json:"path"`
	Machine string `json:"machine"` // as Go names it where it does: "arm64", "386"
	Reason  string `json:"reason"`
}

// Result is what Check found.
type Result struct {
	Checked int             `json:"checked"`         // ELF files, foreign ones included
	Foreign []Foreign       `json:"foreign"`         // sorted by path; never nil
	Glibc   string          `json:"glibc,omitempty"` // newest glibc version that a file for the platform needs
	Native  map[string]bool `json:"-"`               // paths of ELF files that fit the platform
}

// IsELF tells whether the first bytes are those of an ELF file.
func IsELF(head []byte) bool { return bytes.HasPrefix(head, []byte(elf.ELFMAG)) }

// Check looks at every regular file of a layer tree; files that do not begin with the ELF magic are skipped. A file for another
// platform is Foreign where its path names that platform, or where the same path with other platform names leads to a file that fits;
// every other misfit is refused. All refusals come in one error of the category ErrELF, next to the Result. Options out of range and
// sources that cannot be opened or read are errors outside that category.
func Check(t *layer.Tree, o Options) (Result, error) {
	want, err := o.target()
	if err != nil {
		return Result{}, err
	}
	var files []file
	for _, e := range t.Entries() {
		if !e.Mode.IsRegular() || e.Data == nil {
			continue
		}
		f, ok, err := want.inspect(e)
		if err != nil {
			return Result{}, fmt.Errorf("reading %q: %w", e.Path, err)
		}
		if ok {
			files = append(files, f)
		}
	}
	return want.judge(files)
}

// target is Options in the form that files are compared with.
type target struct {
	platform string
	machine  machine
	glibc    version // nil: not checked
	maxBytes int64
}

func (o Options) target() (target, error) {
	want := target{platform: o.Platform, maxBytes: o.MaxBytes}
	switch o.Platform {
	case "linux/amd64":
		want.machine = machine{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB}
	case "linux/arm64":
		want.machine = machine{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB}
	default:
		return want, fmt.Errorf("checking binaries: platform: got %q, want linux/amd64 or linux/arm64", o.Platform)
	}
	if o.Glibc != "" {
		v, ok := parseVersion(o.Glibc)
		if !ok {
			return want, fmt.Errorf("checking binaries: glibc version: got %q, want one such as 2.41", o.Glibc)
		}
		want.glibc = v
	}
	if o.MaxBytes < 0 {
		return want, fmt.Errorf("checking binaries: bytes of one file: got at most %d, want 0 or more", o.MaxBytes)
	}
	if o.MaxBytes == 0 {
		want.maxBytes = defaultMaxBytes
	}
	return want, nil
}

// judge sorts the files into native, foreign and refused ones.
func (want target) judge(files []file) (Result, error) {
	res := Result{Checked: len(files), Foreign: []Foreign{}, Native: map[string]bool{}}
	var newest version
	siblings := map[string]bool{}
	for _, f := range files {
		if f.misfit(want) != "" {
			continue
		}
		res.Native[f.path] = true
		siblings[pattern(f.path)] = true
		if newest.less(f.glibc) {
			newest = f.glibc
		}
	}
	res.Glibc = newest.String()
	var refused problem.List
	for _, f := range files {
		reason := f.misfit(want)
		switch {
		case reason == "":
		case f.tolerated(want, siblings):
			res.Foreign = append(res.Foreign, Foreign{Path: f.path, Machine: f.machine.String(), Reason: reason})
		default:
			refused = append(refused, problem.Problem{File: f.path, Message: "got a file " + f.refusal(reason, want), Fix: mend})
		}
	}
	return res, refused.Err(ErrELF)
}
