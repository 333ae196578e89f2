// Package problem holds what is wrong with an input as data: where it is, what it is, and how to mend it. Checks collect problems and
// report all of them together.
package problem

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing to mend in one file.
type Problem struct {
	File    string `json:"file"`              // path as the user knows it: "servers/context7/spec.yaml"
	Line    int    `json:"line,omitempty"`    // 1-based; 0 when the problem belongs to the whole file
	Field   string `json:"field,omitempty"`   // dotted path: "spec.version", "security.allowed_issues[0].reason"
	Message string `json:"message"`           // what was got and what was wanted
	Fix     string `json:"fix,omitempty"`     // what to write or run instead
	Warning bool   `json:"warning,omitempty"` // true: does not block
}

// String renders "FILE:LINE: FIELD: MESSAGE; FIX" without the parts that are empty.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	if p.Fix != "" {
		b.WriteString("; " + p.Fix)
	}
	return b.String()
}

// List is a set of problems in the order they should be read.
type List []Problem

// Sort orders by file, then line, then field.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i], l[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Field < b.Field
	})
}

// Blocking returns the problems that are not warnings.
func (l List) Blocking() List {
	var out List
	for _, p := range l {
		if !p.Warning {
			out = append(out, p)
		}
	}
	return out
}

// Err returns nil when nothing blocks, else one error with a line for each blocking problem. category is what errors.Is finds.
func (l List) Err(category error) error {
	blocking := l.Blocking()
	if len(blocking) == 0 {
		return nil
	}
	lines := make([]string, len(blocking))
	for i, p := range blocking {
		lines[i] = p.String()
	}
	return fmt.Errorf("%w:\n  %s", category, strings.Join(lines, "\n  "))
}

// ErrInvalid is the category of problems in files that people write.
var ErrInvalid = errors.New("invalid input")
