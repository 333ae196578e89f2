package upstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/spec"
)

// TestSubject: a package that was attested and is not any more blocks, unless the spec allows it with a reason that still holds.
func TestSubject(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	lost := Change{From: "1.0.0", To: "1.1.0", LostAttestation: true}
	const why = "the project moved its release to another service"
	for name, c := range map[string]struct {
		change   Change
		allowed  []spec.AllowedIssue
		blocking bool
		want     string
	}{
		"lost":                {lost, nil, true, "version 1.0.0 has a provenance attestation and 1.1.0 has none"},
		"lost for some files": {Change{From: "1.0.0", To: "1.1.0", LostAttestation: true, HalfAttested: true}, nil, true, "1.1.0 has none for some of its files"},
		"allowed":             {lost, []spec.AllowedIssue{{Code: LostAttestation, Reason: why}}, false, "has none"},
		"allowed, last day":   {lost, []spec.AllowedIssue{{Code: LostAttestation, Reason: why, Expires: "2026-11-20"}}, false, "has none"},
		"allowed till before": {lost, []spec.AllowedIssue{{Code: LostAttestation, Reason: why, Expires: "2026-11-19"}}, true, "allow attestation-lost in security.allowed_issues"},
		"allowed, no reason":  {lost, []spec.AllowedIssue{{Code: LostAttestation}}, true, "has none"},
		"another is allowed":  {lost, []spec.AllowedIssue{{Code: "AITech-8.2", Reason: why}}, true, "has none"},
		"new install script":  {Change{Suspicious: []string{"the package has a new install script: postinstall: x"}}, nil, false, "postinstall: x"},
		"deprecated":          {Change{Deprecated: "use another"}, nil, false, "calls the new version deprecated: use another"},
		"wheel again":         {Change{From: "1.0.0", To: "1.1.0", Form: Form{FromSource: true, Wheel: true}}, nil, false, "version 1.1.0 has a wheel that can be used: that spec.source_distributions allows to build the package is no longer needed"},
		"wheel lost":          {Change{From: "1.0.0", To: "1.0.0", Form: Form{Refused: "1.1.0"}}, nil, true, "version 1.1.0 is not taken: it has no wheel that can be used"},
		"wheel lost later":    {Change{From: "1.0.0", To: "1.1.0", Form: Form{Refused: "1.2.0"}}, nil, false, "with the reason: {package: some-mcp, reason: WHY}"},
		"source lost":         {Change{From: "1.0.0", To: "1.0.0", Form: Form{FromSource: true, Refused: "1.1.0"}}, nil, true, "remove the package from spec.source_distributions"},
		"from source":         {Change{From: "1.0.0", To: "1.1.0", Form: Form{FromSource: true}}, nil, false, ""},
		"nothing newer":       {Change{From: "1.0.0", To: "1.0.0", Form: Form{FromSource: true}}, nil, false, ""},
		"nothing remarkable":  {Change{From: "1.0.0", To: "1.1.0", Attested: true}, nil, false, ""},
	} {
		s := &spec.Spec{}
		s.Package.Name, s.Security.AllowedIssues = "Some_MCP[cli]", c.allowed
		got := Subject("s", "servers/s/spec.yaml", s, c.change, at)
		if blocks := len(got.Problems.Blocking()) > 0; blocks != c.blocking || !strings.Contains(fmt.Sprint(got.Problems), c.want) || (c.want == "") != (len(got.Problems) == 0) {
			t.Errorf("%s: got %v (blocks: %v), want %q (blocks: %v)", name, got.Problems, blocks, c.want, c.blocking)
		}
	}
}
