package finding

import (
	"reflect"
	"testing"
)

func TestSort(t *testing.T) {
	a := Finding{Rule: "a", Severity: Low, Item: "x"}
	b := Finding{Rule: "b", Severity: High, Item: "z"}
	c := Finding{Rule: "c", Severity: High, Item: "y"}
	got := Sort([]Finding{a, b, c, b})
	if want := []Finding{c, b, a}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSeverityUnknownIsWorst(t *testing.T) {
	if !Severity("").AtLeast(Critical) || Low.AtLeast(Medium) || !High.AtLeast(High) {
		t.Error("severities are not ordered, or an unknown one is not the worst")
	}
}

func TestFingerprint(t *testing.T) {
	if Fingerprint("r", "Do  this\nnow") != Fingerprint("r", "do this now") {
		t.Error("white space or case changed the fingerprint")
	}
	if Fingerprint("r", "a") == Fingerprint("r", "b") || Fingerprint("r", "a") == Fingerprint("s", "a") {
		t.Error("the fingerprint does not depend on rule and text")
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		in   []AnalyzerStatus
		want bool
	}{
		{nil, false},
		{[]AnalyzerStatus{{Status: StatusCompleted}, {Status: StatusSkipped}}, true},
		{[]AnalyzerStatus{{Status: StatusCompleted}, {Status: StatusFailed}}, false},
		{[]AnalyzerStatus{{Status: ""}}, false},
	} {
		if got := (Result{Analyzers: c.in}).Complete(); got != c.want {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{StatusCompleted, StatusSkipped, StatusCompleted},
		{StatusSkipped, StatusCompleted, StatusCompleted},
		{StatusSkipped, StatusFailed, StatusFailed},
		{StatusFailed, StatusCompleted, StatusFailed},
		{StatusCompleted, StatusFailed, StatusFailed},
	} {
		a := Result{Analyzers: []AnalyzerStatus{{Name: "x", Status: c.a}}, Findings: []Finding{{Rule: "low", Severity: Low}}}
		b := Result{Analyzers: []AnalyzerStatus{{Name: "x", Status: c.b}, {Name: "y", Status: StatusFailed}}, Findings: []Finding{{Rule: "high", Severity: High}}}
		got := a.Join(b)
		if len(got.Analyzers) != 2 || got.Analyzers[0].Status != c.want || a.Analyzers[0].Status != c.a {
			t.Errorf("%s and %s: got %v, want %s and the one that is new", c.a, c.b, got.Analyzers, c.want)
		}
		if len(got.Findings) != 2 || got.Findings[0].Rule != "high" {
			t.Errorf("got the findings %v, want both, the worst first", got.Findings)
		}
	}
}
