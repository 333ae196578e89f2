package report

import (
	"encoding/json"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/problem"
)

func TestStatusFollowsFromProblems(t *testing.T) {
	warning, blocking := problem.Problem{File: "a", Message: "m", Warning: true}, problem.Problem{File: "a", Message: "m"}
	for _, c := range []struct {
		name     string
		subjects []Subject
		want     string
	}{
		{"nothing was checked", nil, Failed},
		{"all in order", []Subject{{Name: "a"}, {Name: "b"}}, Passed},
		{"a warning", []Subject{{Name: "a"}, {Name: "b", Problems: problem.List{warning}}}, Warnings},
		{"one blocks", []Subject{{Name: "a", Problems: problem.List{warning, blocking}}, {Name: "b"}}, Failed},
	} {
		if got := New("check", c.subjects).Status; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// hostile is a report whose texts try to become markup, or to move a terminal's cursor.
func hostile() Report {
	return New("validate", []Subject{
		{Name: "good"},
		{Name: "bad\x1b[2J", Problems: problem.List{{File: "servers/bad/spec.yaml", Line: 3, Field: "spec.version", Message: "got ``x`` <b>\u202e", Fix: "write\na version"}}},
	})
}

func TestSummary(t *testing.T) {
	got := hostile().Summary()
	for _, want := range []string{"FAILED    bad\\u001b[2J\n", "servers/bad/spec.yaml:3: spec.version: got ``x`` <b>\\u202e; write", "validate: FAILED: 1 passed, 0 with warnings, 1 failed"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	if strings.Contains(got, "\x1b") || strings.Contains(got, "good") {
		t.Errorf("got %q, want no control characters and nothing of what passed", got)
	}
}

func TestMarkdownIsCode(t *testing.T) {
	got := hostile().Markdown()
	want := "- ``` servers/bad/spec.yaml:3: spec.version: got ``x`` <b>\\u202e; write a version ```\n"
	if !strings.Contains(got, want) || !strings.HasPrefix(got, "## validate\n\n- **Status**: FAILED\n") {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

// TestFacts expects facts to be shown of what passed too, and data in the JSON form alone.
func TestFacts(t *testing.T) {
	r := New("update", []Subject{{Name: "good", Facts: []string{"1.0 to `1.1`\x1b"}, Data: map[string]int{"added": 2}}})
	if got := r.Summary(); !strings.Contains(got, "PASSED    good\n  1.0 to `1.1`\\u001b\n") || strings.Contains(got, "added") {
		t.Errorf("summary: got %q", got)
	}
	if got := r.Markdown(); !strings.Contains(got, "### `good`\n\n- **Status**: PASSED\n- `` 1.0 to `1.1`\\u001b ``\n") {
		t.Errorf("markdown: got %q", got)
	}
	if got := r.JSON(); !strings.Contains(got, `"added": 2`) {
		t.Errorf("json: got %s", got)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	var got Report
	if err := json.Unmarshal([]byte(hostile().JSON()), &got); err != nil {
		t.Fatal(err)
	}
	if got.SchemaVersion != 1 || got.Status != Failed || len(got.Subjects) != 2 || got.Subjects[1].Problems[0].Line != 3 {
		t.Errorf("got %+v", got)
	}
}
