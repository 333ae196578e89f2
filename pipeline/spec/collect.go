package spec

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// collector gathers the problems of one file and remembers on which line each field stands.
type collector struct {
	file     string
	lax      bool
	lines    map[string]int
	problems problem.List
	more     bool // problems beyond MaxProblems were dropped
}

// fail reports a problem that always blocks.
func (c *collector) fail(field, message, fix string) {
	c.add(problem.Problem{Line: lineOf(c.lines, field), Field: field, Message: message, Fix: fix})
}

// strict reports a problem that blocks unless the spec is read in lax mode.
func (c *collector) strict(field, message, fix string) {
	c.add(problem.Problem{Line: lineOf(c.lines, field), Field: field, Message: message, Fix: fix, Warning: c.lax})
}

// warn reports a problem that never blocks.
func (c *collector) warn(field, message, fix string) {
	c.add(problem.Problem{Line: lineOf(c.lines, field), Field: field, Message: message, Fix: fix, Warning: true})
}

// at reports a blocking problem on a line; 0 is the whole file.
func (c *collector) at(line int, field, message, fix string) {
	c.add(problem.Problem{Line: line, Field: field, Message: message, Fix: fix})
}

func (c *collector) add(p problem.Problem) {
	if len(c.problems) == MaxProblems {
		c.more = true
		return
	}
	p.File = c.file
	c.problems = append(c.problems, p)
}

// reported tells whether a field has a problem already.
func (c *collector) reported(field string) bool {
	return slices.ContainsFunc(c.problems, func(p problem.Problem) bool { return p.Field == field })
}

// list returns the problems sorted. That there are more than MaxProblems is a blocking problem itself: the dropped ones may block.
func (c *collector) list() problem.List {
	c.problems.Sort()
	if c.more {
		c.problems = append(c.problems, problem.Problem{File: c.file,
			Message: fmt.Sprintf("more than %d problems; the others are not shown", MaxProblems), Fix: "mend these first"})
	}
	return c.problems
}

// lineOf finds the line of a field, or of the nearest part of the file that holds it; 0 when there is none.
func lineOf(lines map[string]int, field string) int {
	for field != "" {
		if line, ok := lines[field]; ok {
			return line
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return 0
}

// join puts a name below a path: "spec.version". A name that is no plain word is quoted: spec.env["A B"].
func join(path, name string) string {
	if !plainWord.MatchString(name) {
		return path + "[" + quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
