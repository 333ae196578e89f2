package gate

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/surface"
)

const reason = "It asks for the key of its own service only."

// good is a server that was scanned and has nothing to mend.
func good() Input {
	in := Input{Server: "s", Pinned: true, At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	in.Capture = surface.Capture{SchemaVersion: 1, Status: surface.Captured, Starts: 2, Pages: map[string]int{"tools": 1},
		Surface: &surface.Surface{SchemaVersion: 1, Source: surface.SourceRunning, Tools: []json.RawMessage{[]byte(`{"name":"t"}`)}, ResourceTemplates: []json.RawMessage{[]byte(`{"name":"r"}`)}}}
	own := finding.Result{SchemaVersion: 1, Server: "s", Tools: 1, ResourceTemplates: 1}
	for _, n := range append(Native(), "drift") {
		own.Analyzers = append(own.Analyzers, finding.AnalyzerStatus{Name: n, Status: finding.StatusCompleted})
	}
	other := finding.Result{SchemaVersion: 1, Server: "s", Tools: 1, ResourceTemplates: 1, Analyzers: []finding.AnalyzerStatus{{Name: "cisco", Status: finding.StatusCompleted}}}
	in.Results = []finding.Result{own, other}
	in.Require = append(Native(), "cisco")
	return in
}

func secret(s finding.Severity) finding.Finding {
	return finding.Finding{Rule: "poisoning.credential", Code: "E003", Severity: s, AITech: "AITech-8.2", AISubtech: "AISubtech-8.2.3", Server: "s", Kind: "tool", Item: "t",
		Field: "description", Message: "m", Fingerprint: finding.Fingerprint("r", "text")}
}

func drifting() finding.Finding {
	f := secret(finding.High)
	f.Rule, f.Code, f.AITech, f.AISubtech = "drift.changed", "W003", "AITech-12.1", "AISubtech-12.1.2"
	return f
}

func with(f ...finding.Finding) func(*Input) {
	return func(in *Input) { in.Results[0].Findings = f }
}

func allow(a ...spec.AllowedIssue) func(*Input) { return func(in *Input) { in.Allowed = a } }

func changes(list ...func(*Input)) func(*Input) {
	return func(in *Input) {
		for _, f := range list {
			f(in)
		}
	}
}

func ignore(in *Input) { in.Ignore = &spec.InsecureIgnore{Reason: reason} }

func unpinned(in *Input) { in.Pinned = false }

func dark(in *Input) {
	in.Capture = surface.Capture{SchemaVersion: 1, Status: surface.NotScanned, Reason: surface.ReasonExited, Detail: "exit status 1"}
	in.Results, in.Pinned = nil, false
}

func flowThrough(server string) finding.Finding {
	f := secret(finding.High)
	f.Rule, f.Code, f.Path = "flow.leak", "TF001", []finding.Step{{Server: "s", Tool: "t"}, {Server: server, Tool: "u"}}
	return f
}

// TestJudge has a case for each rule of the policy. says is a part of the JSON form.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Input)
		status string
		blocks bool
		says   string
	}{
		{"nothing found", func(*Input) {}, Passed, false, ""},
		{"zero input", func(in *Input) { *in = Input{} }, NotScanned, true, "there is no capture"},

		{"HIGH blocks", with(secret(finding.High)), Failed, true, `"blocking":[{"rule":"poisoning.credential"`},
		{"CRITICAL blocks", with(secret(finding.Critical)), Failed, true, ""},
		{"unknown severity blocks", with(secret("WHATEVER")), Failed, true, ""},
		{"MEDIUM warns", with(secret(finding.Medium)), Warnings, false, `"warnings":[{"rule"`},
		{"threshold MEDIUM", changes(with(secret(finding.Medium)), func(in *Input) { in.Block = finding.Medium }), Failed, true, ""},
		{"threshold CRITICAL", changes(with(secret(finding.High)), func(in *Input) { in.Block = finding.Critical }), Warnings, false, ""},
		{"threshold unknown", changes(with(secret(finding.Low)), func(in *Input) { in.Block = "high" }), Failed, true, `"block":"INFO"`},
		{"found by the other scanner", func(in *Input) { in.Results[1].Findings = []finding.Finding{secret(finding.High)} }, Failed, true, ""},

		{"no result", func(in *Input) { in.Results = nil }, NotScanned, true, "no scanner has a result"},
		{"one scanner is missing", func(in *Input) { in.Results = in.Results[:1] }, NotScanned, true, "analyzer cisco did not run"},
		{"own scanner is missing", func(in *Input) { in.Results, in.Require = in.Results[1:], nil }, NotScanned, true, "analyzer injection did not run"},
		{"analyzer failed", func(in *Input) {
			in.Results[0].Analyzers[1] = finding.AnalyzerStatus{Name: "hidden", Status: finding.StatusFailed, Reason: "broken item"}
		}, NotScanned, true, `hidden has the status \"failed\": broken item`},
		{"analyzer of unknown status", func(in *Input) { in.Results[1].Analyzers[0].Status = "" }, NotScanned, true, "cisco has the status"},
		{"required analyzer skipped", func(in *Input) { in.Results[1].Analyzers[0].Status = finding.StatusSkipped }, NotScanned, true, "cisco did not run"},
		{"pinned but not compared", func(in *Input) {
			in.Results[0].Analyzers[5] = finding.AnalyzerStatus{Name: "drift", Status: finding.StatusSkipped}
		}, NotScanned, true, "drift did not run"},
		{"result without analyzers", func(in *Input) { in.Results[1].Analyzers, in.Require = nil, nil }, NotScanned, true, "names no analyzer"},
		{"result of another version", func(in *Input) { in.Results[0].SchemaVersion = 2 }, NotScanned, true, "schemaVersion 2"},
		{"result of another server", func(in *Input) { in.Results[0].Server = "other" }, NotScanned, true, `of the server \"other\"`},
		{"fewer tools scanned", func(in *Input) { in.Results[1].Tools = 0 }, NotScanned, true, "scanned 0 tools, and 1 were captured"},
		{"more prompts scanned", func(in *Input) { in.Results[1].Prompts = 1 }, NotScanned, true, "1 prompts, and 0"},
		{"fewer templates scanned", func(in *Input) { in.Results[0].ResourceTemplates = 0 }, NotScanned, true, "0 resource templates, and 1"},
		{"fewer templates scanned by Cisco's scanner", func(in *Input) { in.Results[1].ResourceTemplates = 0 }, NotScanned, true, "0 resource templates, and 1"},
		{"nothing offered", func(in *Input) {
			in.Capture.Surface = &surface.Surface{Source: surface.SourceRunning}
			for n := range in.Results {
				in.Results[n].Tools, in.Results[n].ResourceTemplates = 0, 0
			}
		}, NotScanned, true, "offers no tool"},
		{"not captured", dark, NotScanned, true, "could not be captured: exited: exit status 1"},
		{"not built", func(in *Input) {
			in.Capture = surface.Capture{Status: surface.NotScanned, Reason: surface.ReasonNotBuilt, Detail: "no lock"}
			in.Results = nil
		}, NotScanned, true, "mend what its build failed on"},
		{"capture of unknown status", func(in *Input) { in.Capture.Status = "FINE" }, NotScanned, true, `got status \"FINE\"`},
		{"capture without surface", func(in *Input) { in.Capture.Surface = nil }, NotScanned, true, "there is no capture"},
		{"findings of a partial scan", changes(with(secret(finding.High)), func(in *Input) { in.Results = in.Results[:1] }), NotScanned, true, `"blocking":[{"rule"`},

		{"ignored", changes(dark, ignore), NotScanned, false, "THIS SERVER WAS NOT SCANNED"},
		{"ignored, publishing", changes(dark, ignore, func(in *Input) { in.Publish = true }), NotScanned, false, ""},
		{"ignored without a reason", changes(dark, func(in *Input) { in.Ignore = &spec.InsecureIgnore{} }), NotScanned, true, "has no reason"},
		{"ignored with the placeholder", changes(dark, func(in *Input) { in.Ignore = &spec.InsecureIgnore{Reason: Placeholder} }), NotScanned, true, "has no reason"},
		{"ignored, but pinned", changes(dark, ignore, func(in *Input) { in.Pinned = true }), NotScanned, true, "could be scanned before"},
		{"ignore does not excuse findings", changes(with(secret(finding.High)), ignore, func(in *Input) { in.Results = in.Results[:1] }), NotScanned, true, `"ways":[`},
		{"ignore without need", ignore, Warnings, false, "insecure_ignore is not needed"},

		{"changing", func(in *Input) {
			in.Capture.Status = surface.Changing
			in.Capture.Differences = []surface.Difference{{When: surface.SecondStart, List: "tools", Item: "t", Detail: "new"}}
		}, Failed, true, `"rule":"drift.changing","code":"W003"`},
		{"changing without differences", func(in *Input) { in.Capture.Status = surface.Changing }, Failed, true, RuleChanging},
		{"differences without the status", func(in *Input) { in.Capture.Differences = []surface.Difference{{List: "tools", Item: "t"}} }, Failed, true, RuleChanging},
		{"changing cannot be allowed", func(in *Input) {
			in.Capture.Status, in.Block = surface.Changing, finding.Critical
			f := changing("s", in.Capture)[0]
			in.Allowed = []spec.AllowedIssue{{Code: "W003", Reason: reason}, {Code: RuleChanging, Reason: reason, Fingerprint: f.Fingerprint}}
		}, Failed, true, "always block"},
		{"static", func(in *Input) { in.Capture.Surface.Source = surface.SourceStatic }, Warnings, false, NoteStatic},
		{"capture warned", func(in *Input) { in.Capture.Warnings = []string{"slow"} }, Warnings, false, "slow"},

		{"unpinned", unpinned, Warnings, false, NoteUnpinned},
		{"unpinned, publishing", changes(unpinned, func(in *Input) { in.Publish = true }), Failed, true, "lock --surface --server=s"},

		{"another server's finding", with(func() finding.Finding { f := secret(finding.Critical); f.Server = "o"; return f }()), Warnings, false, "about the server o"},
		{"a finding of no server", with(func() finding.Finding { f := secret(finding.High); f.Server = ""; return f }()), Failed, true, ""},
		{"flow through a server not asked for", with(flowThrough("o")), Warnings, false, "not asked for"},
		{"flow through one of the set", changes(with(flowThrough("o")), func(in *Input) { in.With = []string{"o"} }), Failed, true, ""},
		{"own flow", with(flowThrough("s")), Failed, true, ""},

		{"allowed", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason})), Passed, false, `"allowed":{"index":0`},
		{"a warning is allowed", changes(with(secret(finding.Low)), allow(spec.AllowedIssue{Code: "E003", Reason: reason})), Passed, false, ""},
		{"allowed without a reason", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003"})), Failed, true, "has no reason"},
		{"allowed with the placeholder", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: Placeholder})), Failed, true, "has no reason"},
		{"allowed for the tool", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Tool: "t"})), Passed, false, ""},
		{"allowed for another tool", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Tool: "u"})), Failed, true, "it is for the tool u"},
		{"allowed for the text", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Fingerprint: secret("").Fingerprint})), Passed, false, ""},
		{"allowed for the text, short", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Fingerprint: secret("").Fingerprint[7:23]})), Passed, false, ""},
		{"allowed for another text", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Fingerprint: finding.Fingerprint("r", "other")})), Failed, true, "another text"},
		{"expired", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Expires: "2026-05-31"})), Failed, true, `"expired":[{"index":0`},
		{"on its last day", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Expires: "2026-06-01"})), Passed, false, ""},
		{"day unknown", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "E003", Reason: reason, Expires: "2999-01-01"}), func(in *Input) { in.At = time.Time{} }), Failed, true, ""},
		{"matches nothing", allow(spec.AllowedIssue{Code: "TF001", Reason: reason}), Warnings, false, `"unused":[{"index":0`},
		{"other code", changes(with(secret(finding.High)), allow(spec.AllowedIssue{Code: "AITech-9.1", Reason: reason})), Failed, true, "no finding has its code"},

		{"drift blocks", with(drifting()), Failed, true, "renew the lock"},
		{"drift is not allowed by code", changes(with(drifting()), allow(spec.AllowedIssue{Code: "W003", Reason: reason, Tool: "t"})), Failed, true, "by fingerprint only"},
		{"drift is not allowed by AITech", changes(with(drifting()), allow(spec.AllowedIssue{Code: "AITech-12", Reason: reason})), Failed, true, "by fingerprint only"},
		{"drift is allowed by fingerprint", changes(with(drifting()), allow(spec.AllowedIssue{Code: "W003", Reason: reason, Fingerprint: drifting().Fingerprint})), Passed, false, ""},
	} {
		in := good()
		c.change(&in)
		v := Judge(in)
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != c.status || v.Blocks != c.blocks || !strings.Contains(string(raw), c.says) {
			t.Errorf("%s: got %s, blocks %t, want %s, %t, %q in %s", c.name, v.Status, v.Blocks, c.status, c.blocks, c.says, raw)
		}
		if strings.Contains(string(raw), ":null") {
			t.Errorf("%s: a list is null in %s", c.name, raw)
		}
	}
}

func TestCovers(t *testing.T) {
	f := finding.Finding{Rule: "flow.leak", Code: "TF001", AITech: "AITech-1.1", AISubtech: "AISubtech-1.1.1"}
	ten := finding.Finding{Rule: "x.y", Code: "X", AITech: "AITech-1.10", AISubtech: "AISubtech-1.10.1"}
	for _, c := range []struct {
		code string
		f    finding.Finding
		want bool
	}{
		{"flow.leak", f, true}, {"flow", f, false}, {"flow.lea", f, false}, {"TF001", f, true}, {"tf001", f, true}, {"TF00", f, false}, {"TF0010", f, false},
		{"AITech-1", f, true}, {"AITech-1.1", f, true}, {"AISubtech-1.1.1", f, true}, {"AISubtech-1.1", f, false}, {"AISubtech-1.1.10", f, false}, {"AISubtech-1.1.2", f, false},
		{"AITech-1.10", f, false}, {"AITech-1.1", ten, false}, {"AITech-1", ten, true}, {"AITech-1.10", ten, true}, {"AITech-11", ten, false}, {"AITech-", f, false}, {"AITech", f, false}, {"", f, false},
		{"", finding.Finding{}, false}, {"AITech-1.1", finding.Finding{AISubtech: "AISubtech-1.1.1"}, true}, {"AITech-1.1", finding.Finding{Code: "AITech-1.1"}, true},
	} {
		if got := Covers(c.code, c.f); got != c.want {
			t.Errorf("%q covers %s %s: got %t", c.code, c.f.Rule, c.f.AISubtech, got)
		}
	}
}

func TestParseBlock(t *testing.T) {
	for in, want := range map[string]finding.Severity{"": finding.High, "medium": finding.Medium, "CRITICAL": finding.Critical, "info": finding.Info} {
		if got, err := ParseBlock(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
	if got, err := ParseBlock("severe"); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}

const specText = `metadata:
  name: s
  description: A server for this test
  protocol: npx
spec:
  package: "s"
  version: "1.0.0"
provenance:
  repository_uri: "https://example.com/o/s"
security:
  allowed_issues:
`

// TestPaste puts what is offered into a spec: refused as long as nobody wrote a reason, and then it allows that finding alone.
func TestPaste(t *testing.T) {
	odd := secret(finding.High)
	odd.Item = "a\": b # \\ 'c' {x} é"
	unseen := secret(finding.High)
	unseen.Item = "a\u202eb\n- code: x"
	named := secret(finding.High)
	named.Rule = "yara._odd__name"
	for _, f := range []finding.Finding{secret(finding.High), odd, unseen, named, drifting(), flowThrough("s")} {
		in := good()
		with(f)(&in)
		offered := Judge(in).Blocking[0].Allow
		text := specText + "    " + strings.ReplaceAll(strings.TrimSpace(offered), "\n", "\n    ") + "\n"
		_, problems := spec.Parse("spec.yaml", []byte(text), spec.Options{Folder: "s"})
		if b := problems.Blocking(); len(b) == 0 || b[0].Field != "security.allowed_issues[0].reason" {
			t.Errorf("%s: got %v, want the reason alone to be refused in:\n%s", f.Rule, b, text)
		}
		s, problems := spec.Parse("spec.yaml", []byte(strings.Replace(text, Placeholder, reason, 1)), spec.Options{Folder: "s"})
		if b := problems.Blocking(); len(b) > 0 {
			t.Errorf("%s: got %v in:\n%s", f.Rule, b, text)
			continue
		}
		in.Allowed = s.Security.AllowedIssues
		if v := Judge(in); v.Status != Passed {
			t.Errorf("%s: got %s with its own allowance:\n%s", f.Rule, v.Status, text)
		}
		f.Fingerprint = finding.Fingerprint("r", "changed")
		with(f)(&in)
		if v := Judge(in); !v.Blocks {
			t.Errorf("%s: the allowance holds for another text", f.Rule)
		}
	}
}

func TestJudgeIsDeterministic(t *testing.T) {
	in := good()
	with(secret(finding.High), drifting(), secret(finding.Low))(&in)
	a, _ := json.Marshal(Judge(in))
	with(secret(finding.Low), secret(finding.High), drifting())(&in)
	if b, _ := json.Marshal(Judge(in)); string(a) != string(b) {
		t.Errorf("the order of findings shows:\n%s\n%s", a, b)
	}
}
