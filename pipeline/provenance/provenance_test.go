package provenance

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func verdict(name string, s Status) Verdict {
	return Verdict{SchemaVersion: 1, Ecosystem: "npm", Package: name, Version: "1.0.0", Status: s, Reasons: []Reason{{"CODE", "why " + name}}}
}

func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		name           string
		subject, dep   Status
		e              Expectations
		blocks, warned string // part of the message; "" is none
	}{
		{"all verified", Verified, Verified, Expectations{Available: true, Publish: true}, "", ""},
		{"signed is enough where nothing is expected", Signed, HashOnly, Expectations{Publish: true}, "", ""},
		{"less than expected", Signed, Verified, Expectations{Available: true}, "npm:s@1.0.0 is SIGNED, want VERIFIED", ""},
		{"hash only where more is expected", HashOnly, Verified, Expectations{Available: true}, "is HASH-ONLY, want VERIFIED", ""},
		{"expected, unreachable", Unreachable, Verified, Expectations{Available: true}, "is UNREACHABLE, want VERIFIED", ""},
		{"expected, offline", Unreachable, Verified, Expectations{Available: true, Offline: true}, "", "1 packages was not looked at"},
		{"publishing is never offline", Unreachable, Verified, Expectations{Available: true, Offline: true, Publish: true}, "want VERIFIED", ""},
		{"subject mismatch", Mismatch, Verified, Expectations{}, "npm:s@1.0.0 is MISMATCH: why s", ""},
		{"subject invalid", Invalid, Verified, Expectations{Offline: true}, "npm:s@1.0.0 is INVALID: why s", ""},
		{"dependency mismatch", Verified, Mismatch, Expectations{}, "npm:d@1.0.0 is MISMATCH: why d", ""},
		{"dependency invalid", Verified, Invalid, Expectations{}, "npm:d@1.0.0 is INVALID: why d", ""},
		{"dependency unreachable, build", Verified, Unreachable, Expectations{}, "", "npm:d@1.0.0 is UNREACHABLE: why d"},
		{"dependency unreachable, publish", Verified, Unreachable, Expectations{Publish: true}, "npm:d@1.0.0 is UNREACHABLE: why d", ""},
		{"dependency without anything, expectations for the subject only", Verified, HashOnly, Expectations{Available: true, Publish: true}, "", ""},
		{"unknown status", Verified, "GOOD", Expectations{}, `status "GOOD"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewResult("npm", verdict("s", c.subject), []Verdict{verdict("d", c.dep)}, "sha256:x")
			blocking, warnings := Policy(r, c.e)
			for _, l := range []struct {
				got  fmt.Stringer
				want string
				n    int
			}{{text(fmt.Sprint(blocking)), c.blocks, len(blocking)}, {text(fmt.Sprint(warnings)), c.warned, len(warnings)}} {
				if (l.want == "") != (l.n == 0) || !strings.Contains(l.got.String(), l.want) {
					t.Errorf("got %v, want %q", l.got, l.want)
				}
			}
			if len(blocking.Blocking()) != len(blocking) || len(warnings.Blocking()) != 0 {
				t.Errorf("the lists do not fit their marks: %v, %v", blocking, warnings)
			}
		})
	}
}

type text string

func (s text) String() string { return string(s) }

func TestPolicyNamesWithdrawnReleasesAndErrors(t *testing.T) {
	gone := "broken"
	s := verdict("s", Signed)
	s.Yanked = &gone
	r := NewResult("pypi", s, nil, "")
	r.Errors = []string{"the index went away"}
	_, warnings := Policy(r, Expectations{})
	if got := fmt.Sprint(warnings); !strings.Contains(got, "withdrawn (yanked) by its publisher: broken") || !strings.Contains(got, "went away") {
		t.Errorf("got %s", got)
	}
	if blocking, _ := Policy(r, Expectations{Publish: true, Available: true}); len(blocking) != 2 {
		t.Errorf("got %v, want the status and the error", blocking)
	}
}

// TestPolicyNamesUnknownRetractions: what is not known is told once for all, and is never taken for good.
func TestPolicyNamesUnknownRetractions(t *testing.T) {
	var dependencies []Verdict
	for i := range 7 {
		d := verdict(fmt.Sprintf("d%d", i), Signed)
		d.Checks = []Check{{CheckRetracted, Skipped, "403"}}
		dependencies = append(dependencies, d)
	}
	known := verdict("known", Signed)
	known.Checks = []Check{{CheckRetracted, Passed, ""}}
	_, warnings := Policy(NewResult("go", verdict("s", Signed), append(dependencies, known), ""), Expectations{})
	if got := fmt.Sprint(warnings); len(warnings) != 1 || !strings.Contains(got, "UNKNOWN of 7 modules") || !strings.Contains(got, "d4@1.0.0") || strings.Contains(got, "d5@1.0.0") || strings.Contains(got, "known@") {
		t.Errorf("got %s", got)
	}
}

func TestResultRoundTrip(t *testing.T) {
	r := NewResult("npm", verdict("s", Verified), []Verdict{verdict("z", Signed), verdict("a", Signed)}, "sha256:x")
	if r.Dependencies[0].Package != "a" || r.Counts[Signed] != 2 || r.Counts[Invalid] != 0 || len(r.Counts) != len(Statuses()) {
		t.Errorf("got %+v", r)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Read(raw); err != nil || back.Counts[Signed] != 2 {
		t.Errorf("got %+v, %v", back, err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"other version":  {`"schemaVersion":1,"ecosystem":"npm","subject"`, `"schemaVersion":2,"ecosystem":"npm","subject"`, "schemaVersion 2"},
		"unknown status": {`"status":"SIGNED"`, `"status":"FINE"`, `"FINE"`},
		"no JSON":        {"{", "", "invalid"},
	} {
		if _, err := Read([]byte(strings.Replace(string(raw), c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestWorse(t *testing.T) {
	if !Invalid.Worse(Mismatch) || !Mismatch.Worse(Unreachable) || Verified.Worse(Signed) || !Status("x").Worse(Invalid) {
		t.Error("the order of outcomes is wrong")
	}
}
