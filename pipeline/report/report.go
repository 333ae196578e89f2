// Package report turns the outcome of a check into the forms people and programs read: a terminal summary, Markdown for a pull request, and
// versioned JSON.
package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// SchemaVersion is the version of the JSON form. It grows when a field changes its meaning or goes; new fields do not change it.
const SchemaVersion = 1

// Statuses a report and each of its subjects can have.
const (
	Passed   = "PASSED"   // checked, nothing to mend
	Warnings = "WARNINGS" // checked, nothing blocks
	Failed   = "FAILED"   // at least one problem blocks
)

// Report is the outcome of one check over one or more subjects.
type Report struct {
	SchemaVersion int       `json:"schemaVersion"`
	Check         string    `json:"check"` // the function that made it: "validate"
	Status        string    `json:"status"`
	Subjects      []Subject `json:"subjects"`
}

// Subject is what was checked, a server as a rule, with its problems.
type Subject struct {
	Name     string       `json:"name"`
	Status   string       `json:"status"`
	Facts    []string     `json:"facts,omitempty"` // what was found out, for people: a line each
	Problems problem.List `json:"problems,omitempty"`
	Data     any          `json:"data,omitempty"` // the same for programs, in the check's own form; JSON only
}

// silent tells whether there is nothing to say of a subject but that it is in order.
func (s Subject) silent() bool { return s.Status == Passed && len(s.Facts) == 0 }

// New makes a report. The status of each subject follows from its problems, that of the report from its subjects; a report without any
// subject has failed, because nothing was checked.
func New(check string, subjects []Subject) Report {
	r := Report{SchemaVersion: SchemaVersion, Check: check, Status: Passed, Subjects: subjects}
	if len(subjects) == 0 {
		r.Status = Failed
	}
	for i := range subjects {
		subjects[i].Problems.Sort()
		subjects[i].Status = status(subjects[i].Problems)
		r.Status = worse(r.Status, subjects[i].Status)
	}
	return r
}

func status(l problem.List) string {
	switch {
	case len(l.Blocking()) > 0:
		return Failed
	case len(l) > 0:
		return Warnings
	}
	return Passed
}

func worse(a, b string) string {
	rank := map[string]int{Passed: 0, Warnings: 1, Failed: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Summary is the report for a terminal: a line for each subject that is not in order or of which something was found out, with facts and problems
// below, and a count.
func (r Report) Summary() string {
	var b strings.Builder
	count := map[string]int{}
	for _, s := range r.Subjects {
		count[s.Status]++
		if s.silent() {
			continue
		}
		fmt.Fprintf(&b, "%-9s %s\n", s.Status, Printable(s.Name))
		for _, f := range s.Facts {
			fmt.Fprintf(&b, "  %s\n", Printable(f))
		}
		for _, p := range s.Problems {
			fmt.Fprintf(&b, "  %s%s\n", warning(p), Printable(p.String()))
		}
	}
	fmt.Fprintf(&b, "%s: %s: %d passed, %d with warnings, %d failed\n", r.Check, r.Status, count[Passed], count[Warnings], count[Failed])
	return b.String()
}

// Markdown is the report for a pull request. Text from files is shown as code, so that it cannot become markup.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n- **Status**: %s\n- **Checked**: %d\n", r.Check, r.Status, len(r.Subjects))
	for _, s := range r.Subjects {
		if s.silent() {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n- **Status**: %s\n", Code(s.Name), s.Status)
		for _, f := range s.Facts {
			fmt.Fprintf(&b, "- %s\n", Code(f))
		}
		for _, p := range s.Problems {
			fmt.Fprintf(&b, "- %s%s\n", warning(p), Code(p.String()))
		}
	}
	return b.String()
}

// JSON is the report as data, ending in a line feed.
func (r Report) JSON() string {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(err) // strings, numbers and lists of them always marshal
	}
	return string(raw) + "\n"
}

func warning(p problem.Problem) string {
	if p.Warning {
		return "warning: "
	}
	return ""
}
