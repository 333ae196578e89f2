package sarif

import (
	"os"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/scanreport"
)

func TestReport(t *testing.T) {
	golden, err := os.ReadFile("../../../pipeline/scanreport/testdata/report.sarif") // the test there keeps it current
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"every kind of result": string(golden),
		"no server":            scanreport.New(nil, scanreport.Options{}).SARIF(),
		"no verdict":           scanreport.New([]gate.Verdict{{}}, scanreport.Options{}).SARIF(),
		"not scanned":          scanreport.New([]gate.Verdict{gate.Judge(gate.Input{Server: "a b"})}, scanreport.Options{Label: "my servers"}).SARIF(),
	} {
		if err := Validate([]byte(raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for from, to := range map[string]string{`"level": "error"`: `"level": "fatal"`, `"kind": "external"`: `"kind": "elsewhere"`, `"ruleIndex": 0`: `"ruleIndex": -2`} {
		if !strings.Contains(string(golden), from) || Validate([]byte(strings.ReplaceAll(string(golden), from, to))) == nil {
			t.Errorf("%s is as good as %s: the schema is not applied", to, from)
		}
	}
}
