package main

import (
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	report := func(subjects ...string) string { return `{"subjects":[` + strings.Join(subjects, ",") + `]}` }
	const fine, warned, failed = `{"name":"a","data":{"status":"PASSED"}}`, `{"name":"b","data":{"status":"WARNINGS"}}`, `{"name":"broken","status":"FAILED","data":{"status":"NOT-SCANNED"}}`
	for name, c := range map[string]struct{ report, want, err string }{
		"the others are scanned":   {report: report(fine, failed, warned), want: "3 servers, 1 not built"},
		"another is not":           {report: report(`{"name":"a","status":"FAILED","data":{"status":"NOT-SCANNED"}}`, failed), err: `got NOT-SCANNED for "a"`},
		"the broken one is":        {report: report(fine, `{"name":"broken","data":{"status":"PASSED"}}`), err: `got PASSED for "broken"`},
		"the broken one is absent": {report: report(fine), err: `got 0 servers named "broken"`},
		"no report":                {report: "scanning …", err: "reading the scan's report"},
	} {
		got, err := verdicts(c.report)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %q, %v, want %q, %q", name, got, err, c.want, c.err)
		}
	}
}
