package scanreport

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/names"
	"dagger/dockyard/pipeline/report"
)

// maxResults bounds the results of a SARIF file. GitHub reads 25,000 of a run and shows 5,000.
const maxResults = 5000

// SARIF is the report in the Static Analysis Results Interchange Format 2.1.0 (OASIS). Findings that the spec allows are suppressed results; what is
// missing is a result too, so that an empty list always means clean.
func (r Report) SARIF() string {
	s := sarif{label: r.label, locks: locks(r.catalogue), rules: map[string]int{}, driver: sarifDriver{Name: "Dockyard", InformationURI: names.Home, Rules: []sarifRule{}}, results: []sarifResult{}}
	complete := len(r.verdicts) > 0
	for _, v := range r.verdicts {
		complete = complete && v.Status != gate.NotScanned && severity(v) < 5
		for _, n := range v.Notes {
			s.note(v, n)
		}
	}
	for _, pick := range []func(gate.Verdict) []gate.Issue{
		func(v gate.Verdict) []gate.Issue { return v.Blocking },
		func(v gate.Verdict) []gate.Issue { return v.Warnings },
		func(v gate.Verdict) []gate.Issue { return v.Allowed },
	} {
		for _, v := range r.verdicts {
			for _, i := range pick(v) {
				s.issue(v, i)
			}
		}
	}
	run := sarifRun{Tool: sarifTool{s.driver}, Results: s.results, ColumnKind: "unicodeCodePoints",
		Invocations: []sarifInvocation{{ExecutionSuccessful: complete}}}
	if s.left > 0 {
		run.Invocations[0].Notifications = []sarifNotification{{Level: "warning", Message: sarifText{fmt.Sprintf("%d results are left out, the least severe", s.left)}}}
	}
	raw, err := json.MarshalIndent(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}, "", "  ")
	if err != nil {
		panic(err) // strings, numbers and lists of them always marshal
	}
	return string(raw) + "\n"
}

type sarif struct {
	label   string
	locks   func(server string) []byte // surface lock of a server, or nothing
	driver  sarifDriver
	rules   map[string]int // position in driver.Rules
	results []sarifResult
	left    int
}

func (s *sarif) add(r sarifResult) {
	if len(s.results) == maxResults {
		s.left++
		return
	}
	s.results = append(s.results, r)
}

func (s *sarif) note(v gate.Verdict, n gate.Note) {
	id := "scan." + strings.ToLower(n.Code)
	level := "note"
	if n.Blocks {
		level = "error"
	}
	s.add(sarifResult{RuleID: id, RuleIndex: s.rule(id, ruleOfNote(n.Code)), Level: level, Message: sarifText{sarifEscape(report.Line(n.Message, maxMessage))},
		Locations:    []sarifLocation{s.location(v, catalogue.SpecFile, 1, sarifLogical{Name: v.Server, FullyQualifiedName: v.Server, Kind: "module"})},
		Fingerprints: fingerprint(v.Server, id, n.Message)})
}

func (s *sarif) issue(v gate.Verdict, i gate.Issue) {
	f := i.Finding
	file, line := s.place(v, f)
	id := cmp.Or(report.Line(f.Rule, maxName), "unnamed")
	text := report.Line(f.Message, maxMessage)
	if f.Evidence != "" {
		text += ". Evidence: " + report.Line(f.Evidence, maxEvidence)
	}
	if f.Decoded != "" {
		text += ". Decoded: " + report.Line(f.Decoded, maxEvidence)
	}
	r := sarifResult{RuleID: id, RuleIndex: s.rule(id, ruleOf(f)), Level: level(i.Severity, v.Block), Message: sarifText{sarifEscape(text)},
		Locations:    []sarifLocation{s.location(v, file, line, logical(f))},
		Fingerprints: fingerprint(v.Server, f.Kind, f.Item, f.Field, f.Fingerprint),
		Properties:   map[string]any{"severity": f.Severity, "code": report.Line(code(f), maxName), "aitech": report.Line(cmp.Or(f.AISubtech, f.AITech), maxName)}}
	if len(f.Path) > 0 {
		r.CodeFlows = []sarifCodeFlow{flow(f.Path)}
	}
	if i.Allowed != nil {
		r.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: report.Line(i.Allowed.Reason, maxReason)}}
	}
	s.add(r)
}

// level is the level of a severity. What the policy made less of, such as a finding about another server, has a "why" in the other forms.
func level(s, block finding.Severity) string {
	switch {
	case s.AtLeast(cmp.Or(block, finding.High)):
		return "error"
	case s.AtLeast(finding.Medium):
		return "warning"
	}
	return "note"
}

func (s *sarif) location(v gate.Verdict, file string, line int, l sarifLogical) sarifLocation {
	return sarifLocation{
		Physical: &sarifPhysical{Artifact: sarifArtifact{URI: uri(path.Join(s.label, v.Server, file)), BaseID: "%SRCROOT%"}, Region: sarifRegion{StartLine: line}},
		Logical:  []sarifLogical{l},
	}
}

func logical(f finding.Finding) sarifLogical {
	parts := []string{f.Server}
	for _, p := range []string{f.Kind, f.Item, f.Field} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return sarifLogical{Name: report.Line(cmp.Or(f.Item, f.Server), maxName), FullyQualifiedName: report.Line(strings.Join(parts, "/"), 4*maxName), Kind: cmp.Or(f.Kind, "server")}
}

func flow(steps []finding.Step) sarifCodeFlow {
	var t sarifThreadFlow
	for _, p := range steps {
		t.Locations = append(t.Locations, sarifThreadLocation{Location: sarifLocation{
			Message: &sarifText{sarifEscape(p.Role)},
			Logical: []sarifLogical{{Name: report.Line(p.Tool, maxName), FullyQualifiedName: report.Line(p.Server+"/tool/"+p.Tool, 4*maxName), Kind: "tool"}},
		}})
	}
	return sarifCodeFlow{ThreadFlows: []sarifThreadFlow{t}}
}

func fingerprint(parts ...string) map[string]string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return map[string]string{"dockyardFinding/v1": hex.EncodeToString(sum[:])}
}

// sarifEscape keeps text from becoming a link or a placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6).
func sarifEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "{", "{{", "}", "}}").Replace(s)
}
