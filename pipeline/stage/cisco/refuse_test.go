package cisco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/surface"
)

// edited is a recorded output after a change.
func edited(t testing.TB, name string, change func(all map[string]any, results []any) []any) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(read(t, name+".raw.json"), &all); err != nil {
		t.Fatal(err)
	}
	all["scan_results"] = change(all, all["scan_results"].([]any))
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func analysisOf(r []any, n int, name string) map[string]any {
	return r[n].(map[string]any)["findings"].(map[string]any)[name+"_analyzer"].(map[string]any)
}

// TestFailsClosed has one case for each way in which output must not be read as clean.
func TestFailsClosed(t *testing.T) {
	set := func(n int, key string, value any) func(map[string]any, []any) []any {
		return func(_ map[string]any, r []any) []any { r[n].(map[string]any)[key] = value; return r }
	}
	yara := func(n int, key string, value any) func(map[string]any, []any) []any {
		return func(_ map[string]any, r []any) []any { analysisOf(r, n, Yara)[key] = value; return r }
	}
	for name, c := range map[string]struct {
		change func(map[string]any, []any) []any
		want   string // in the reason of yara
		only   bool   // schema did its work
	}{
		"item missing":         {change: func(_ map[string]any, r []any) []any { return r[1:] }, want: "results of 8 items, want all 9"},
		"item doubled":         {change: func(_ map[string]any, r []any) []any { return append(r, r[0]) }, want: "results of 10 items, want all 9"},
		"no item":              {change: func(map[string]any, []any) []any { return []any{} }, want: "results of 0 items"},
		"another in place":     {change: func(_ map[string]any, r []any) []any { r[0] = r[1]; return r }, want: "result 1: got"},
		"order of namesakes":   {change: func(_ map[string]any, r []any) []any { r[1], r[2] = r[2], r[1]; return r }, want: "result 2: got"},
		"status skipped":       {change: set(2, "status", "skipped"), want: `status is "skipped"`},
		"status missing":       {change: set(2, "status", nil), want: `status is ""`},
		"status partial":       {change: set(2, "status", "partial"), want: `status is "partial"`},
		"other kind":           {change: set(2, "item_type", "prompt"), want: "result 3: got"},
		"resource passed over": {change: set(7, "resource_mime_type", "image/png"), want: "image/png"},
		"no verdict":           {change: set(2, "is_safe", nil), want: "verdict"},
		"verdict against":      {change: set(1, "is_safe", true), want: "verdict"},
		"verdict without":      {change: set(2, "is_safe", false), want: "verdict"},
		"analyzers other":      {change: func(all map[string]any, r []any) []any { all["requested_analyzers"] = []string{"yara"}; return r }, want: "ran the analyzers"},
		"analyzers unnamed":    {change: func(all map[string]any, r []any) []any { delete(all, "requested_analyzers"); return r }, want: "ran the analyzers"},
		"foreign analyzer": {change: func(_ map[string]any, r []any) []any {
			r[2].(map[string]any)["findings"].(map[string]any)["x_analyzer"] = map[string]any{}
			return r
		}, want: "not asked for"},
		"threat unnamed":   {change: yara(1, "threat_names", []string{}), want: "names of threats"},
		"threat uncounted": {change: yara(1, "total_findings", 0), want: "names of threats"},
		"no number":        {change: yara(2, "total_findings", nil), want: "names of threats"},
		"severity without": {change: yara(2, "severity", "HIGH"), want: "no findings and the severity"},
		"type":             {change: yara(2, "severity", 7), want: "cannot unmarshal"},
		"analyzer missing": {change: func(_ map[string]any, r []any) []any {
			delete(r[2].(map[string]any)["findings"].(map[string]any), "yara_analyzer")
			return r
		}, want: "no result of this analyzer", only: true},
		"analyzer failed":  {change: yara(2, "status", "error"), want: `status is "error"`, only: true},
		"analyzer's error": {change: set(2, "analyzer_errors", []map[string]string{{"analyzer": "YARA", "message": "X"}}), want: `"X"`, only: true},
		"error of none":    {change: set(2, "analyzer_errors", []map[string]string{{"analyzer": "", "message": "X"}}), want: "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := load(t, "bad")
			r := Judged{Asked: []string{Yara, Schema}}.Read(s, f.Items, edited(t, "bad", c.change), nil)
			check(t, r, c.want, c.only)
		})
	}
}

func check(t *testing.T, r finding.Result, want string, only bool) {
	t.Helper()
	if r.Complete() || r.Analyzers[0].Status != finding.StatusFailed || !strings.Contains(r.Analyzers[0].Reason, want) {
		t.Errorf("got %+v, want yara failed with %q", r.Analyzers, want)
	}
	if only != (r.Analyzers[1].Status == finding.StatusCompleted) {
		t.Errorf("got %+v, want schema completed: %v", r.Analyzers, only)
	}
}

// TestRefusesText has output that is not one JSON text.
func TestRefusesText(t *testing.T) {
	s, f := load(t, "bad")
	good := string(read(t, "bad.raw.json"))
	for name, c := range map[string]struct{ raw, want string }{
		"nothing":       {"", "not JSON"},
		"warning":       {"Warning: yara failed on a tool\n" + good, "not JSON"},
		"warning after": {good + "\nWarning: x", "not JSON"},
		"twice":         {good + good, "not JSON"},
		"truncated":     {good[:len(good)/2], "not JSON"},
		"array":         {"[]", "cannot unmarshal"},
		"null":          {"null", "ran the analyzers"},
		"deep":          {`{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "nested too deep"},
		"keys twice":    {`{"scan_results":[],"scan_results":[]}`, "repeated key"},
		"not UTF-8":     {"{\"x\":\"\xff\"}", "not UTF-8"},
		"large":         {strings.Repeat(" ", MaxOutput+1), "MaxOutput"},
	} {
		r := Judged{Asked: []string{Yara, Schema}}.Read(s, f.Items, []byte(c.raw), nil)
		if len(r.Findings) > 0 {
			t.Errorf("%s: got findings", name)
		}
		check(t, r, c.want, false)
	}
}

// TestUnknown has what this version of the table does not know: always HIGH, never left out.
func TestUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		threats    []string
		taxonomies []map[string]string
		severity   string
		want       []string // rule severity code
	}{
		"low":         {[]string{"CODE EXECUTION"}, []map[string]string{{"aitech": "AITech-9.1", "aisubtech": "AISubtech-9.1.1"}}, "LOW", []string{"cisco.yara.code-execution LOW AITech-9.1"}},
		"low, not":    {[]string{"CODE EXECUTION"}, []map[string]string{{"aitech": "AITech-9.1", "aisubtech": "AISubtech-9.1.1"}}, "HIGH", []string{"cisco.yara.code-execution HIGH AITech-9.1"}},
		"threat":      {[]string{"TELEPATHY"}, nil, "LOW", []string{"cisco.yara.telepathy HIGH cisco.yara.telepathy"}},
		"named":       {[]string{"TELEPATHY"}, []map[string]string{{"aitech": "AITech-99.1", "aisubtech": "AISubtech-99.1.2"}}, "LOW", []string{"cisco.yara.telepathy HIGH AITech-99.1"}},
		"no taxonomy": {[]string{"CODE EXECUTION"}, nil, "LOW", []string{"cisco.yara.code-execution HIGH AITech-9.1"}},
		"taxonomy": {[]string{"CODE EXECUTION"}, []map[string]string{{"aitech": "AITech-9.1", "aisubtech": "AISubtech-9.1.1"}, {"aitech": "AITech-99.1", "aisubtech": "AISubtech-99.1.1"}}, "LOW",
			[]string{"cisco.yara.aisubtech-99-1-1 HIGH AITech-99.1", "cisco.yara.code-execution LOW AITech-9.1"}},
		"no code": {[]string{"\x1b[31m\n"}, []map[string]string{{"aitech": "<b>", "aisubtech": "x"}}, "SAFE", []string{"cisco.yara.31m HIGH cisco.yara.31m"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := load(t, "good")
			raw := edited(t, "good", func(_ map[string]any, r []any) []any {
				a := analysisOf(r, 1, Yara)
				a["threat_names"], a["total_findings"], a["severity"], a["mcp_taxonomies"] = c.threats, len(c.threats), c.severity, c.taxonomies
				r[1].(map[string]any)["is_safe"] = false
				return r
			})
			r := Judged{Asked: []string{Yara, Schema}}.Read(s, f.Items, raw, nil)
			var got []string
			for _, f := range r.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Rule, f.Severity, f.Code))
				if strings.ContainsAny(f.Message, "\x1b\n") {
					t.Errorf("the message %q has control characters", f.Message)
				}
			}
			if !r.Complete() || !slices.Equal(got, c.want) {
				t.Errorf("got %q %+v, want %q", got, r.Analyzers, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	s, in := load(f, "bad")
	for _, name := range []string{"bad", "good", "bad-llm", "bad-api", "good-llm-down", "good-api-down"} {
		f.Add(read(f, name+".raw.json"), read(f, name+".stderr"))
	}
	f.Fuzz(func(t *testing.T, stdout, stderr []byte) {
		r := Judged{Asked: []string{Yara, Schema}}.Read(s, in.Items, stdout, stderr)
		if len(r.Analyzers) != len(analyzers) {
			t.Fatalf("got %d statuses", len(r.Analyzers))
		}
		if canonical, err := surface.Canonical(stdout); r.Complete() && (err != nil || bytes.Count(canonical, []byte("item_type")) < len(in.Items)) {
			t.Fatalf("complete with too few items: %q", stdout)
		}
		for _, f := range r.Findings {
			if f.Rule == "" || f.Code == "" || f.Fingerprint == "" || f.Severity.Rank() > 4 && f.Severity != finding.Critical {
				t.Fatalf("got the finding %+v", f)
			}
		}
	})
}
