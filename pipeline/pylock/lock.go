// Package pylock reads, checks and writes requirements.lock: the wheels of a Python server for all platforms, each by version and SHA-256, in
// the form of a requirements file. pip and uv read it as it is. Packages that the spec wants built from source stand in it with the SHA-256 of
// their source distribution, and build-requirements.lock, of the same form, has the wheels that their builds need.
package pylock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/problem"
)

// Bounds of a lock. The largest servers have some 200 packages in 60 KB; what uv writes, with the hashes of every file, has some 500 KB.
const (
	MaxBytes    = 8 << 20
	MaxPackages = 5000
	MaxHashes   = 2000 // of one package
)

// ErrLock is the category of locks that cannot be used.
var ErrLock = errors.New("invalid requirements.lock")

// Machines are the platforms a lock covers and what markers call them (PEP 508, platform_machine).
var Machines = map[string]string{"linux/amd64": "x86_64", "linux/arm64": "aarch64"}

// Lock is a parsed requirements.lock.
type Lock struct {
	Facts    *Facts    // what it was made from; nil when it was not made by this project
	Packages []Package // in the order of the file
}

// Package is one requirement. Where platforms need different versions, each has its own.
type Package struct {
	Name    string
	Version string
	Machine string   // "x86_64" or "aarch64"; "" on all
	SHA256  []string // of its wheels, 64 lower-case hex digits
	Line    int      // where it begins
}

// ID is NAME==VERSION, for messages.
func (p Package) ID() string { return p.Name + "==" + p.Version }

// Facts record what a lock was made from. They stand in a comment.
type Facts struct {
	Before      time.Time `json:"before"`                // nothing published later was taken
	Python      string    `json:"python"`                // minor version of CPython: "3.13"
	UV          string    `json:"uv"`                    // version of the resolver
	Requirement string    `json:"requirement,omitempty"` // "mcp-server-time[extra]==1.0"
	Constraints []string  `json:"constraints,omitempty"`
	Yanked      []string  `json:"yanked,omitempty"` // releases among the packages that were withdrawn when the lock was made: NAME==VERSION, sorted
	Sdists      []string  `json:"sdists,omitempty"` // packages whose hash is that of a source distribution: NAME==VERSION, sorted

	// Of build-requirements.lock alone, which has no requirement.
	Builds   []string `json:"builds,omitempty"`   // what is built with it: NAME==VERSION sha256:HEX, sorted
	Requires []string `json:"requires,omitempty"` // requirements of those builds, from which it was resolved, sorted
}

// factsMark begins the comment that holds the facts as JSON.
const factsMark = "# dockyard: "

// requirement is the one form a line may have: no addresses, no options, no ranges.
var requirement = regexp.MustCompile(`^([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)(?: ?; ?platform_machine == "(x86_64|aarch64)")?((?: +--hash=sha256:[0-9a-f]{64})+)$`)

// Read parses a lock. It returns nil and the problems when a line is not of the form that locks have.
func Read(file string, r io.Reader) (*Lock, problem.List) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, problem.List{{File: file, Message: fmt.Sprintf("reading the lock: %v", err)}}
	}
	if len(raw) > MaxBytes {
		return nil, problem.List{{File: file, Message: fmt.Sprintf("the lock has more than %d bytes (MaxBytes)", MaxBytes)}}
	}
	p := parser{file: file}
	p.lines(string(raw))
	if n := len(p.lock.Packages); n > MaxPackages {
		p.add(0, "got %d packages, want at most %d (MaxPackages)", n, MaxPackages)
	}
	if len(p.found) > 0 {
		return nil, p.found
	}
	return &p.lock, nil
}

type parser struct {
	file  string
	lock  Lock
	found problem.List
}

func (p *parser) add(line int, format string, args ...any) {
	p.found = append(p.found, problem.Problem{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// lines joins continued lines and takes each whole one apart.
func (p *parser) lines(text string) {
	var joined strings.Builder
	begin := 0
	for i, line := range strings.Split(text, "\n") {
		if joined.Len() == 0 {
			begin = i + 1
		}
		line = strings.TrimRight(line, "\r")
		if head, more := strings.CutSuffix(line, "\\"); more {
			joined.WriteString(strings.TrimSpace(head) + " ")
			continue
		}
		joined.WriteString(strings.TrimSpace(line))
		p.line(begin, joined.String())
		joined.Reset()
	}
	if joined.Len() > 0 {
		p.add(begin, "the last line goes on behind the end of the file")
	}
}

func (p *parser) line(at int, s string) {
	switch {
	case strings.HasPrefix(s, factsMark):
		p.facts(at, strings.TrimPrefix(s, factsMark))
		return
	case s == "" || strings.HasPrefix(s, "#"):
		return
	}
	m := requirement.FindStringSubmatch(s)
	if m == nil {
		p.add(at, "got %.120q, want NAME==VERSION with --hash=sha256:HEX and nothing else", s)
		return
	}
	q := Package{Name: m[1], Version: m[2], Machine: m[3], Line: at}
	for _, h := range strings.Fields(m[4]) {
		q.SHA256 = append(q.SHA256, strings.TrimPrefix(h, "--hash=sha256:"))
	}
	if len(q.SHA256) > MaxHashes {
		p.add(at, "%s has %d hashes, want at most %d (MaxHashes)", q.ID(), len(q.SHA256), MaxHashes)
	}
	p.lock.Packages = append(p.lock.Packages, q)
}

func (p *parser) facts(at int, raw string) {
	if p.lock.Facts != nil {
		p.add(at, "got a second record of what the lock was made from, want one")
		return
	}
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.DisallowUnknownFields()
	var f Facts
	if err := dec.Decode(&f); err != nil {
		p.add(at, "reading what the lock was made from: %v", err)
		return
	}
	p.lock.Facts = &f
}

// Select returns the packages of a platform.
func (l *Lock) Select(platform string) ([]Package, error) {
	machine, ok := Machines[platform]
	if !ok {
		return nil, fmt.Errorf("selecting packages: got the platform %q, want linux/amd64 or linux/arm64", platform)
	}
	return slices.DeleteFunc(slices.Clone(l.Packages), func(p Package) bool { return p.Machine != "" && p.Machine != machine }), nil
}
