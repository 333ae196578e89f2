package golock

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// Files are a lock's two files, with the names that problems give them.
type Files struct {
	ModName, SumName string
	Mod, Sum         io.Reader
}

// Read parses a lock. It returns nil and the problems when one of the files is not of the strict form at all; what does not fit the spec is
// for Check to find.
func Read(f Files) (*Lock, problem.List) {
	l := &Lock{Sums: map[string]string{}}
	mod := &reader{file: f.ModName, lock: l}
	mod.read(f.Mod, mod.modLine)
	if mod.block != "" {
		mod.fail("the block %q is not closed", mod.block)
	}
	sum := &reader{file: f.SumName, lock: l}
	sum.read(f.Sum, sum.sumLine)
	if found := append(mod.found, sum.found...); len(found) > 0 {
		return nil, found
	}
	return l, nil
}

// maxReported bounds the problems of one file: a file of another kind has one in each line.
const maxReported = 20

type reader struct {
	file  string
	line  int
	block string // directive whose parenthesis is open
	lock  *Lock
	found problem.List
}

func (r *reader) fail(format string, args ...any) {
	if len(r.found) < maxReported {
		r.found = append(r.found, problem.Problem{File: r.file, Line: r.line, Message: fmt.Sprintf(format, args...)})
	}
}

func (r *reader) read(src io.Reader, each func(line string)) {
	raw, err := io.ReadAll(io.LimitReader(src, MaxBytes+1))
	switch {
	case err != nil:
		r.fail("reading the lock: %v", err)
		return
	case len(raw) > MaxBytes:
		r.fail("the lock has more than %d bytes (MaxBytes)", MaxBytes)
		return
	}
	for line := range strings.Lines(string(raw)) {
		r.line++
		each(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
	}
	r.line = 0
}

// modLine reads one line of go.mod.
func (r *reader) modLine(line string) {
	if facts, ok := strings.CutPrefix(line, factsMark); ok {
		r.facts(facts)
		return
	}
	text, comment, _ := strings.Cut(line, "//")
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
	case r.block != "" && len(words) == 1 && words[0] == ")":
		r.block = ""
	case r.block != "":
		r.directive(r.block, words, comment)
	case len(words) == 2 && words[1] == "(":
		r.block = words[0]
	default:
		r.directive(words[0], words[1:], comment)
	}
}

func (r *reader) facts(raw string) {
	if r.lock.Facts != nil {
		r.fail("the facts are given twice")
		return
	}
	r.lock.Facts = &Facts{}
	if err := json.Unmarshal([]byte(raw), r.lock.Facts); err != nil {
		r.fail("reading the facts: %v", err)
	}
}

// directive reads what follows the keyword, on its line or in its block.
func (r *reader) directive(keyword string, words []string, comment string) {
	switch {
	case keyword == "require" && len(words) == 2:
		r.require(words[0], words[1], comment)
	case keyword == "module" && len(words) == 1:
		r.once(&r.lock.Module, keyword, words[0], modulePath)
	case keyword == "go" && len(words) == 1:
		r.once(&r.lock.Go, keyword, words[0], goVersion)
	case keyword == "toolchain" && len(words) == 1:
		version, ok := strings.CutPrefix(words[0], "go")
		if !ok {
			r.fail("toolchain: got %q, want go and a version", words[0])
			return
		}
		r.once(&r.lock.Toolchain, keyword, version, goVersion)
	case keyword == "tool" && len(words) == 1:
		r.once(&r.lock.Tool, keyword, words[0], modulePath)
	default:
		r.fail("got %.80q, want module, go, toolchain, tool or require as `dagger call lock` writes them", strings.Join(append([]string{keyword}, words...), " "))
	}
}

// Grammars (Go modules reference, "Module paths" and "Versions"), no wider than what the go command writes without quotes.
var (
	modulePath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*|/\.[A-Za-z0-9][A-Za-z0-9._~+-]*)*$`)
	goVersion  = regexp.MustCompile(`^1\.(0|[1-9][0-9]*)((\.(0|[1-9][0-9]*))|rc[1-9][0-9]*)?$`)
	// canonical is a version in the one form that the go command keeps (semver.Canonical, with +incompatible).
	canonical = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+incompatible)?$`)
)

func (r *reader) once(into *string, keyword, value string, grammar *regexp.Regexp) {
	switch {
	case *into != "":
		r.fail("%s is given twice", keyword)
	case !grammar.MatchString(value):
		r.fail("%s: got %.80q, want one as the go command writes it", keyword, value)
	default:
		*into = value
	}
}

func (r *reader) require(path, version, comment string) {
	if !modulePath.MatchString(path) || !strings.Contains(path, ".") {
		r.fail("require: got %.80q, want the path of a module", path)
		return
	}
	if !canonical.MatchString(version) {
		r.fail("require %s: got %.80q, want one exact version in canonical form", path, version)
		return
	}
	if len(r.lock.Requires) == MaxRequires {
		r.fail("got more than %d requirements, want at most that (MaxRequires)", MaxRequires)
		return
	}
	// "indirect" is what the go command writes behind modules that no file of the main module imports; the server's own is marked as direct.
	r.lock.Requires = append(r.lock.Requires, Require{Path: path, Version: version, Line: r.line, Indirect: strings.TrimSpace(comment) == "indirect"})
}

// sumLine reads one line of go.sum: PATH VERSION[/go.mod] h1:BASE64 (Go modules reference, "go.sum files").
func (r *reader) sumLine(line string) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return
	}
	if len(words) != 3 || !modulePath.MatchString(words[0]) || !canonical.MatchString(strings.TrimSuffix(words[1], "/go.mod")) {
		r.fail("got %.120q, want MODULE VERSION h1:HASH", line)
		return
	}
	digest, ok := strings.CutPrefix(words[2], "h1:")
	if raw, err := base64.StdEncoding.DecodeString(digest); !ok || err != nil || len(raw) != 32 {
		r.fail("%s %s: got the hash %.80q, want h1: and the base64 of 32 bytes", words[0], words[1], words[2])
		return
	}
	key := words[0] + " " + words[1]
	if old, again := r.lock.Sums[key]; again && old != words[2] {
		// The go command accepts a module that has either of two hashes; here a module has one.
		r.fail("%s has two hashes, want one", key)
		return
	}
	if len(r.lock.Sums) == MaxSums {
		r.fail("got more than %d hashes, want at most that (MaxSums)", MaxSums)
		return
	}
	r.lock.Sums[key] = words[2]
}
