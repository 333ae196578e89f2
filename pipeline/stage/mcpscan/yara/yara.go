// Package yara reads and matches a subset of YARA, so that users can bring the rule files that they have: meta, text strings (nocase, ascii,
// fullword), regular expressions (i, s), and conditions of and, or, not, parentheses, true, false, $name, any of them, all of them, none of
// them, N of them, and the same of ($a*, $b). Everything else is refused with its line: nothing of a rule is ever left out in silence.
//
// Source of the format: "Writing YARA rules" of the YARA documentation, version 4.
package yara

import (
	"errors"
	"regexp"
)

// Name of this analyzer.
const Name = "yara"

// ErrSyntax is the category of files that are not YARA; ErrUnsupported that of parts of YARA that this reader does not know.
var (
	ErrSyntax      = errors.New("wrong YARA rule")
	ErrUnsupported = errors.New("unsupported part of YARA")
)

// Bounds of one file.
const (
	MaxSize    = 1 << 20 // bytes
	MaxRules   = 1000
	MaxStrings = 10000
	maxDepth   = 64   // parentheses and not
	maxRegexp  = 4096 // bytes of one regular expression
)

// Rules are the rules of one file.
type Rules struct {
	File string
	List []Rule
}

// Rule is one rule.
type Rule struct {
	Name    string
	Tags    []string
	Meta    map[string]string // values as written, without quotes
	strings []pattern
	when    node
}

// pattern is one string of a rule.
type pattern struct {
	name string
	re   *regexp.Regexp
}

// Match is a rule whose condition holds.
type Match struct {
	Rule  *Rule
	Start int // first match of any of its strings; both zero when the condition needs none
	End   int
}

// Match returns the rules that hold for text, in the order of the file. Time is linear in text for each string.
func (r *Rules) Match(text string) []Match {
	var out []Match
	for i := range r.List {
		rule := &r.List[i]
		e := evaluation{rule: rule, text: text, found: make([]int8, len(rule.strings)), start: -1}
		if rule.when.eval(&e) {
			m := Match{Rule: rule}
			if e.start >= 0 {
				m.Start, m.End = e.start, e.end
			}
			out = append(out, m)
		}
	}
	return out
}

// evaluation remembers which strings of a rule were found.
type evaluation struct {
	rule       *Rule
	text       string
	found      []int8 // 0 not tried, 1 found, -1 not found
	start, end int
}

func (e *evaluation) has(i int) bool {
	if e.found[i] == 0 {
		e.found[i] = -1
		if at := e.rule.strings[i].re.FindStringIndex(e.text); at != nil {
			e.found[i] = 1
			if e.start < 0 {
				e.start, e.end = at[0], at[1]
			}
		}
	}
	return e.found[i] == 1
}

// node is a part of a condition.
type node interface{ eval(*evaluation) bool }

type (
	constant bool
	str      int
	negation struct{ of node }
	both     struct{ a, b node }
	either   struct{ a, b node }
	count    struct {
		least   int // -1: none may be found
		strings []int
	}
)

func (c constant) eval(*evaluation) bool   { return bool(c) }
func (s str) eval(e *evaluation) bool      { return e.has(int(s)) }
func (n negation) eval(e *evaluation) bool { return !n.of.eval(e) }
func (b both) eval(e *evaluation) bool     { return b.a.eval(e) && b.b.eval(e) }
func (o either) eval(e *evaluation) bool   { return o.a.eval(e) || o.b.eval(e) }

func (c count) eval(e *evaluation) bool {
	n := 0
	for _, i := range c.strings {
		if e.has(i) {
			if n++; c.least >= 0 && n >= c.least {
				return true
			}
		}
	}
	if c.least < 0 {
		return n == 0
	}
	return n >= c.least
}
