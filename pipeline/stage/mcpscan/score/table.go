package main

import (
	"fmt"
	"io"
	"sort"
)

// column is one scanner's verdicts by id of the case.
type column struct {
	name    string
	flagged map[string]bool
}

// ratio is part of whole.
type ratio struct{ part, whole int }

func (r ratio) String() string {
	if r.whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d %.1f %%", r.part, r.whole, 100*float64(r.part)/float64(r.whole))
}

// table prints recall by category, flagged benign cases, and pairs told apart (the malicious one flagged, its twin not).
func table(w io.Writer, cases []Case, columns []column) {
	rows := categories(cases)
	fmt.Fprintf(w, "%-28s", "")
	for _, c := range columns {
		fmt.Fprintf(w, "%-20s", c.name)
	}
	fmt.Fprintln(w)
	line := func(name string, f func(column) ratio) {
		fmt.Fprintf(w, "%-28s", name)
		for _, c := range columns {
			fmt.Fprintf(w, "%-20s", f(c))
		}
		fmt.Fprintln(w)
	}
	for _, r := range append(rows, "") {
		name := "recall " + r
		if r == "" {
			name = "recall over all"
		}
		line(name, func(c column) ratio {
			return rate(cases, c, func(x Case) bool { return x.Label == "malicious" && (r == "" || x.Category == r) })
		})
	}
	line("benign flagged", func(c column) ratio { return rate(cases, c, func(x Case) bool { return x.Label == "benign" }) })
	line("pairs told apart", func(c column) ratio { return pairs(cases, c) })
}

func categories(cases []Case) []string {
	seen := map[string]bool{}
	for _, c := range cases {
		if c.Label == "malicious" {
			seen[c.Category] = true
		}
	}
	var out []string
	for c := range seen {
		out = append(out, c)
	}
	sort.Strings(out)
	return out
}

func rate(cases []Case, c column, in func(Case) bool) ratio {
	var r ratio
	for _, x := range cases {
		if in(x) {
			r.whole++
			if c.flagged[x.ID] {
				r.part++
			}
		}
	}
	return r
}

func pairs(cases []Case, c column) ratio {
	var r ratio
	known := map[string]bool{}
	for _, x := range cases {
		known[x.ID] = true
	}
	for _, x := range cases {
		if x.Twin == "" || !known[x.Twin] || x.Label != "malicious" {
			continue
		}
		r.whole++
		if c.flagged[x.ID] && !c.flagged[x.Twin] {
			r.part++
		}
	}
	return r
}
