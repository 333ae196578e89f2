package cisco

import (
	"fmt"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/stage/mcpscan/yara"
	"dagger/dockyard/pipeline/surface"
)

// Judged is what a run gave for a surface.
type Judged struct {
	Server string
	Asked  []string      // analyzers
	Rules  []*yara.Rules // the scanner's own, to find the place of what it reports; none leaves the place empty
}

// Failed is the result of a run that gave nothing: each analyzer that was asked failed.
func (j Judged) Failed(s *surface.Surface, reason error) finding.Result {
	f := failures{}
	f.all(j.Asked, reason.Error())
	return j.result(s, f, nil)
}

// Read makes a result of the scanner's standard output and error. Whatever is wrong with them fails analyzers.
func (j Judged) Read(s *surface.Surface, items []Item, stdout, stderr []byte) finding.Result {
	alerts, failed, err := parse(stdout, items, j.Asked)
	if err != nil {
		return j.Failed(s, err)
	}
	complaints(stderr, j.Asked, failed)
	var findings []finding.Finding
	read := map[int]prose.Item{}
	for _, a := range alerts {
		if _, ok := read[a.item]; !ok {
			read[a.item] = items[a.item].prose()
		}
		findings = append(findings, j.finding(a, items[a.item], read[a.item]))
	}
	return j.result(s, failed, findings)
}

func (j Judged) result(s *surface.Surface, f failures, findings []finding.Finding) finding.Result {
	r := finding.Result{SchemaVersion: finding.SchemaVersion, Server: j.Server, Tools: len(s.Tools), Prompts: len(s.Prompts), Resources: len(s.Resources),
		ResourceTemplates: len(s.ResourceTemplates), Analyzers: f.statuses(j.Asked), Findings: finding.Sort(findings)}
	if r.Findings == nil {
		r.Findings = []finding.Finding{}
	}
	return r
}

func (j Judged) finding(a alert, i Item, texts prose.Item) finding.Finding {
	rule := ruleName(a.analyzer, a.name)
	out := finding.Finding{Rule: rule, Code: a.AITech, Severity: a.severity, Category: category(a.taxonomy), AITech: a.AITech, AISubtech: a.AISubtech,
		Analyzer: Prefix + a.analyzer, Server: j.Server, Kind: i.Kind, Item: i.Name, Fingerprint: finding.Fingerprint(rule, string(i.Raw))}
	out.Message = fmt.Sprintf("Cisco's mcp-scanner (%s) reports %.60q", a.analyzer, a.name)
	if out.Code == "" {
		out.Code = rule
	}
	if a.unknown {
		out.Message += ", which this version of Dockyard does not know"
	}
	if a.analyzer == Yara {
		j.locate(&out, a.name, texts)
	}
	return out
}

// locate finds the first field in which the scanner's own rules for a threat match, for it does not tell. A rule that matches over several fields
// only has no place.
func (j Judged) locate(f *finding.Finding, threat string, texts prose.Item) {
	for _, file := range j.Rules {
		for n := range file.List {
			if file.List[n].Meta["threat_type"] != threat {
				continue
			}
			one := &yara.Rules{File: file.File, List: file.List[n : n+1]}
			if found := yara.Analyze(j.Server, texts, []*yara.Rules{one}); len(found) > 0 {
				f.Field, f.Evidence = found[0].Field, found[0].Evidence
				f.Message += " by its rule " + file.List[n].Name
				return
			}
		}
	}
}

// prose reads the texts of an item. One that cannot be read has none, and the native analyzers say so.
func (i Item) prose() prose.Item {
	if i.Kind == fields.Server {
		var s surface.Surface
		s.Server.Name, s.Instructions = i.Name, i.description
		if list, err := fields.Walk(&s); err == nil && len(list) > 0 {
			return prose.New(list[0])
		}
		return prose.Item{}
	}
	it, err := fields.Read(i.Kind, i.Raw)
	if err != nil {
		return prose.Item{}
	}
	return prose.New(it)
}
