package wheel

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// filename is what a wheel's name says: NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl; the last three may be sets with dots between.
type filename struct {
	name, version          string
	pythons, abis, systems []string
}

var namePart = regexp.MustCompile(`^[A-Za-z0-9_.!+]+$`)

func parseFilename(s string) (filename, error) {
	stem, ok := strings.CutSuffix(s, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 || len(parts) > 6 || slices.ContainsFunc(parts, func(p string) bool { return !namePart.MatchString(p) }) {
		return filename{}, fmt.Errorf("%w: got the file name %q, want NAME-VERSION-PYTHON-ABI-PLATFORM.whl", ErrWheel, s)
	}
	tags := parts[len(parts)-3:]
	return filename{
		name: pylock.CanonicalName(parts[0]), version: parts[1],
		pythons: strings.Split(tags[0], "."), abis: strings.Split(tags[1], "."), systems: strings.Split(tags[2], "."),
	}, nil
}

// target is what wheels have to fit.
type target struct {
	platform string // "linux/amd64"
	machine  string // "x86_64"
	python   int    // minor version of CPython 3
	glibc    int    // minor version of glibc 2
}

func newTarget(platform, python, glibc string) (target, error) {
	t := target{platform: platform, machine: pylock.Machines[platform]}
	if t.machine == "" {
		return t, fmt.Errorf("installing wheels: got the platform %q, want linux/amd64 or linux/arm64", platform)
	}
	var err error
	if t.python, err = minor(python, "3."); err != nil {
		return t, fmt.Errorf("installing wheels: Python version: %w", err)
	}
	if t.glibc, err = minor(glibc, "2."); err != nil {
		return t, fmt.Errorf("installing wheels: glibc version: %w", err)
	}
	return t, nil
}

func minor(version, major string) (int, error) {
	rest, ok := strings.CutPrefix(version, major)
	n, err := strconv.Atoi(rest)
	if !ok || err != nil || n < 0 {
		return 0, fmt.Errorf("got %q, want one such as %s13", version, major)
	}
	return n, nil
}

// check refuses a wheel none of whose tags the target has (PyPA "Platform compatibility tags").
func (t target) check(f filename) error {
	for _, python := range f.pythons {
		for _, abi := range f.abis {
			if !t.runs(python, abi) {
				continue
			}
			if slices.ContainsFunc(f.systems, t.system) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: got tags %s-%s-%s, want CPython 3.%d on %s with glibc 2.%d or older", ErrPlatform,
		strings.Join(f.pythons, "."), strings.Join(f.abis, "."), strings.Join(f.systems, "."), t.python, t.machine, t.glibc)
}

// runs tells whether CPython loads what is made for an interpreter and ABI: its own, the stable one since Python 3.2 (PEP 384), or none.
func (t target) runs(python, abi string) bool {
	own := "cp3" + strconv.Itoa(t.python)
	switch abi {
	case own:
		return python == own
	case "abi3":
		n, err := minor(python, "cp3")
		return err == nil && n >= 2 && n <= t.python
	case "none":
		if python == "py3" || python == "cp3" {
			return true
		}
		for _, kind := range []string{"py3", "cp3"} {
			if n, err := minor(python, kind); err == nil && n <= t.python {
				return true
			}
		}
	}
	return false
}

var manylinux = regexp.MustCompile(`^manylinux_2_([0-9]{1,4})_(.+)$`)

// oldManylinux are the tags before PEP 600, with the glibc they stand for.
var oldManylinux = map[string]int{"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}

func (t target) system(tag string) bool {
	if tag == "any" || tag == "linux_"+t.machine {
		return true
	}
	if m := manylinux.FindStringSubmatch(tag); m != nil {
		n, err := strconv.Atoi(m[1])
		return err == nil && n <= t.glibc && m[2] == t.machine
	}
	kind, machine, _ := strings.Cut(tag, "_")
	n, ok := oldManylinux[kind]
	return ok && n <= t.glibc && machine == t.machine
}
