package cisco

import (
	"fmt"
	"slices"

	"dagger/dockyard/pipeline/finding"
)

// noThreat is the name that the scanner gives a finding without one. The analyzer with the language model reports its own failure as such.
const noThreat = "unknown"

// alerts gives each threat its own taxonomy and severity. What this version of the table does not know is HIGH.
func (a analysis) alerts(item int, analyzer, label string, failed failures) []alert {
	var out []alert
	claimed := map[taxonomy]bool{}
	for _, name := range a.Threats {
		t, ok := threats[analyzer][name]
		switch {
		case analyzer == LLM && name == noThreat:
			failed.add(LLM, label+": the language model gave no judgement")
			continue
		case ok && !t.unnamed && !slices.Contains(a.Taxonomies, t.taxonomy), !ok:
			out = append(out, alert{item: item, analyzer: analyzer, name: name, taxonomy: t.taxonomy, severity: finding.High, unknown: true})
			continue
		case t.severity == "":
			t.severity = rollUp(a.Severity)
		}
		claimed[t.taxonomy] = true
		out = append(out, alert{item: item, analyzer: analyzer, name: name, taxonomy: t.taxonomy, severity: t.severity})
	}
	out = a.unclaimed(out, item, analyzer, claimed)
	a.raise(out)
	return out
}

// unclaimed hands taxonomies that no known threat has to the unknown threats, and makes alerts of those that are left.
func (a analysis) unclaimed(out []alert, item int, analyzer string, claimed map[taxonomy]bool) []alert {
	for _, t := range a.Taxonomies {
		if claimed[t] {
			continue
		}
		claimed[t] = true
		i := slices.IndexFunc(out, func(x alert) bool { return x.unknown && x.taxonomy == taxonomy{} })
		if i < 0 {
			out = append(out, alert{item: item, analyzer: analyzer, name: fmt.Sprintf("%.40s", t.AISubtech), severity: finding.High, unknown: true})
			i = len(out) - 1
		}
		out[i].taxonomy = t.known()
	}
	return out
}

// raise believes the scanner where it says worse of the item than the table does of all its threats: the table is then out of date.
func (a analysis) raise(out []alert) {
	said := rollUp(a.Severity)
	for _, x := range out {
		if a.Severity == "SAFE" || x.severity.AtLeast(said) {
			return
		}
	}
	for i := range out {
		out[i].severity = said
	}
}

// rollUp is the one severity that an analyzer gives an item. Unknown is HIGH.
func rollUp(s string) finding.Severity {
	switch v := finding.Severity(s); v {
	case finding.Low, finding.Medium, finding.Critical:
		return v
	}
	return finding.High
}
