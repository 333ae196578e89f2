package scanreport

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/surface"
)

var update = flag.Bool("update", false, "write the golden files")

// hostile tries to be markup, a mention, a link, a reference, a new line, a terminal command and hidden text at once.
const hostile = "`x` ``` | <b>&amp;</b> <!-- @octocat [click](https://evil.example) #12 GH-12 deadbeef0 \n## PASSED\n- **Status**: PASSED\r\x1b[2J\u202e\u200b\U000e0041 ::error:: {0} ~~~"

func captured(tools int) surface.Capture {
	s := &surface.Surface{SchemaVersion: 1, Source: surface.SourceRunning}
	for range tools {
		s.Tools = append(s.Tools, json.RawMessage(`{"name":"a"}`))
	}
	return surface.Capture{SchemaVersion: 1, Status: surface.Captured, Surface: s, Starts: 2, Pages: map[string]int{"tools": 1}}
}

func result(server string, tools int, findings ...finding.Finding) finding.Result {
	r := finding.Result{SchemaVersion: 1, Server: server, Tools: tools, Findings: findings}
	for _, n := range gate.Native() {
		r.Analyzers = append(r.Analyzers, finding.AnalyzerStatus{Name: n, Status: finding.StatusCompleted})
	}
	r.Analyzers = append(r.Analyzers, finding.AnalyzerStatus{Name: "drift", Status: finding.StatusCompleted},
		finding.AnalyzerStatus{Name: "yara", Status: finding.StatusSkipped, Reason: "no rules of the user"})
	return r
}

func found(rule, code, aitech, aisubtech string, s finding.Severity) finding.Finding {
	return finding.Finding{Rule: rule, Code: code, Severity: s, Category: finding.ToolPoisoning, AITech: aitech, AISubtech: aisubtech, Analyzer: "x", Server: "notes", Kind: "tool",
		Item: "read_note", Field: "description", Message: "asks for a file that holds secrets", Evidence: "read ~/.ssh/id_rsa", Fingerprint: finding.Fingerprint(rule, code)}
}

// sample is servers of every status.
func sample() Report {
	flow := found("flow.leak", "TF001", "AITech-8.2", "AISubtech-8.2.3", finding.High)
	flow.Kind, flow.Item, flow.Field, flow.Message = "server", "", "", "one server bundles tools of unrelated products (mail, files): untrusted content can reach private data and a public sink"
	flow.Path = []finding.Step{{Role: "untrusted content", Server: "notes", Tool: "read_mail"}, {Role: "public sink", Server: "notes", Tool: hostile}}
	drift := found("drift.changed", "W003", "AITech-12.1", "AISubtech-12.1.2", finding.High)
	drift.Changes = []finding.Change{{Kind: "tool", Tool: "read_note", Field: "description", Before: "Reads a note.", After: "Reads a note.\n```\n" + hostile}, {Field: "inputSchema.properties.x.type", Before: "string"}}
	evil := found("hidden.tag", "W021", "AITech-1.1", "AISubtech-1.1.1", finding.Critical)
	evil.Item, evil.Field, evil.Message, evil.Evidence, evil.Decoded = hostile, hostile, hostile, hostile, hostile
	cisco := found("cisco.yara", "AITech-1.1", "AITech-1.1", "AISubtech-1.1.1", finding.Medium)
	allowed := found("poisoning.credential", "E003", "AITech-8.2", "AISubtech-8.2.3", finding.High)
	bad := gate.Judge(gate.Input{Server: "notes", Capture: captured(2), Results: []finding.Result{result("notes", 2, flow, drift, evil, cisco, allowed)}, Pinned: true,
		Allowed: []spec.AllowedIssue{{Code: "E003", Reason: "It asks for the key of its own service only. " + hostile}, {Code: "TF002", Reason: "no longer there at all"},
			{Code: "W001", Reason: "was looked at once", Expires: "2020-01-01"}}, At: time.Unix(1800000000, 0)})
	c := captured(0)
	c.Status, c.Surface, c.Reason, c.Detail = surface.NotScanned, nil, surface.ReasonExited, hostile
	return New([]gate.Verdict{
		gate.Judge(gate.Input{Server: "clean", Capture: captured(1), Results: []finding.Result{result("clean", 1)}, Pinned: true}),
		bad,
		gate.Judge(gate.Input{Server: "unpinned", Capture: captured(1), Results: []finding.Result{result("unpinned", 1)}}),
		gate.Judge(gate.Input{Server: "dark", Capture: c}),
		gate.Judge(gate.Input{Server: "ignored", Capture: c, Ignore: &spec.InsecureIgnore{Reason: "It needs a cluster to start at all. " + hostile}}),
	}, Options{})
}

func TestGolden(t *testing.T) {
	r := sample()
	for name, got := range map[string]string{"summary.txt": r.Summary(), "report.md": r.Markdown(), "report.json": r.JSON(), "report.sarif": r.SARIF(), "error.txt": Err(r.verdicts[0]).Error() + "\n"} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; run go test -update and look at the difference", file)
		}
	}
	if r.Status() != report.Failed {
		t.Errorf("got %s", r.Status())
	}
}

// TestStatus expects what is not scanned to fail, unless it is ignored with a reason.
func TestStatus(t *testing.T) {
	v := map[string]gate.Verdict{}
	for _, x := range sample().verdicts {
		v[x.Server] = x
	}
	for _, c := range []struct {
		name string
		list []gate.Verdict
		want string
	}{
		{"nothing", nil, report.Failed},
		{"no verdict", []gate.Verdict{{}}, report.Failed},
		{"clean", []gate.Verdict{v["clean"]}, report.Passed},
		{"unpinned", []gate.Verdict{v["clean"], v["unpinned"]}, report.Warnings},
		{"ignored", []gate.Verdict{v["clean"], v["ignored"]}, report.Warnings},
		{"not scanned", []gate.Verdict{v["clean"], v["dark"]}, report.Failed},
	} {
		if got := New(c.list, Options{}).Status(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	for name, want := range map[string]bool{"clean": false, "unpinned": false, "ignored": false, "dark": true, "notes": true} {
		if err := Err(v[name]); (err != nil) != want || want && !errors.Is(err, ErrBlocked) {
			t.Errorf("%s: got error %v, want one: %t", name, err, want)
		}
	}
	if Err(gate.Verdict{}) == nil {
		t.Error("no verdict is no error")
	}
}

// TestMarkdownInjection takes the code out of the Markdown form; nothing of what the server sent may be left that is more than words.
func TestMarkdownInjection(t *testing.T) {
	got := sample().Markdown()
	for _, r := range got {
		if r != '\n' && (r < 0x20 || r == 0x202e || r == 0x200b || r >= 0xE0000) {
			t.Fatalf("got the character %U", r)
		}
	}
	rest := fences(t, got)
	rest = spans(rest)
	for _, bad := range []string{"@", "<b", "<!--", "](", "#12", "GH-12", "evil.example", "`", "~~~", "|"} {
		if strings.Contains(rest, bad) {
			t.Errorf("%q stands outside of code", bad)
		}
	}
	for _, c := range []struct {
		line string
		n    int
	}{{`(?m)^## `, 1}, {`(?m)^### `, 5}, {`(?m)^- \*\*Status\*\*: PASSED$`, 1}, {`(?m)^- \*\*\[TF001\]\*\* .*\(AITech-8\.2, AISubtech-8\.2\.3\)$`, 1}, {`(?m)^- \*\*Tools scanned\*\*: \d+$`, 5}} {
		if n := len(regexp.MustCompile(c.line).FindAllString(rest, -1)); n != c.n {
			t.Errorf("got %d lines of the form %s, want %d", n, c.line, c.n)
		}
	}
}

// fences removes fenced blocks, which begin in indented lines.
func fences(t *testing.T, s string) string {
	var out []string
	fence := ""
	for _, line := range strings.Split(s, "\n") {
		bare := strings.TrimLeft(line, " ")
		run := bare[:len(bare)-len(strings.TrimLeft(bare, "`"))]
		switch {
		case fence == "" && len(run) >= 3 && !strings.Contains(bare[len(run):], "`"):
			fence = run
		case fence != "" && len(run) >= len(fence) && strings.TrimSpace(bare[len(run):]) == "":
			fence = ""
		case fence == "":
			out = append(out, line)
		}
	}
	if fence != "" {
		t.Error("a block of code is not closed")
	}
	return strings.Join(out, "\n")
}

// spans removes code spans: a run of backticks ends at the next run of the same length (CommonMark 0.31, section 6.1).
func spans(s string) string {
	runs := regexp.MustCompile("`+")
	var b strings.Builder
	for {
		at := runs.FindStringIndex(s)
		if at == nil {
			return b.String() + s
		}
		b.WriteString(s[:at[0]])
		n, rest := at[1]-at[0], s[at[1]:]
		end := -1
		for _, m := range runs.FindAllStringIndex(rest, -1) {
			if m[1]-m[0] == n {
				end = m[1]
				break
			}
		}
		if end < 0 {
			return b.String() + s
		}
		s = rest[end:]
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	var list []gate.Verdict
	for i := range 120 {
		var f []finding.Finding
		for n := range 40 {
			x := found("poisoning.credential", "E003", "AITech-8.2", "AISubtech-8.2.3", finding.High)
			x.Server, x.Message, x.Evidence, x.Fingerprint = "s", strings.Repeat(hostile, 90), strings.Repeat("`", 5000), finding.Fingerprint("r", string(rune(n)))
			x.Item = strings.Repeat("é", n+1)
			if i%2 == 0 {
				x.Severity = finding.Low
			}
			f = append(f, x)
		}
		list = append(list, gate.Judge(gate.Input{Server: "s", Capture: captured(1), Results: []finding.Result{result("s", 1, f...)}}))
	}
	got := New(list, Options{}).Markdown()
	if len(got) > 65_536 || len(got) < MaxMarkdown/2 {
		t.Errorf("got %d bytes", len(got))
	}
	if !strings.Contains(got, "**Left out, because a comment has a bound:** ") {
		t.Error("nothing says what is left out")
	}
	if first := strings.Index(got, "FAILED"); first < 0 || strings.Contains(got, "**Warnings (they do not block):**") {
		t.Error("warnings take the place of findings that block")
	}
	if n := len(New(list, Options{}).SARIF()); n > 32<<20 {
		t.Errorf("SARIF has %d bytes", n)
	}
}

func TestSummaryIsPrintable(t *testing.T) {
	for _, text := range []string{sample().Summary(), Err(sample().verdicts[0]).Error()} {
		if report.Printable(text) != text {
			t.Error("the text holds characters that are not printable")
		}
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "#") {
				t.Errorf("a line of the server: %q", line)
			}
		}
	}
}

// TestHolds has a report that is kept too long: over the end of a day, or though a server was not scanned.
func TestHolds(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name     string
		status   string
		from, to string
		want     bool
	}{
		{"one day", gate.Passed, "2026-11-27T23:40:00Z", "2026-11-27T23:59:59Z", true},
		{"findings", gate.Failed, "2026-11-27T00:00:00Z", "2026-11-27T00:10:00Z", true},
		{"over midnight", gate.Passed, "2026-11-27T23:55:00Z", "2026-11-28T00:05:00Z", false},
		{"over midnight elsewhere only", gate.Passed, "2026-11-27T23:55:00+01:00", "2026-11-28T00:05:00+01:00", true},
		{"over midnight in UTC only", gate.Passed, "2026-11-28T00:55:00+01:00", "2026-11-28T01:05:00+01:00", false},
		{"a month later", gate.Passed, "2026-11-27T10:00:00Z", "2026-12-27T10:00:00Z", false},
		{"not scanned", gate.NotScanned, "2026-11-27T10:00:00Z", "2026-11-27T10:01:00Z", false},
	} {
		r := New([]gate.Verdict{{Server: "a", Status: gate.Passed}, {Server: "b", Status: c.status}}, Options{})
		if got := r.Holds(at(c.from), at(c.to)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
