// Package cisco runs Cisco AI Defense's mcp-scanner over a captured surface and turns what it says into findings. The scanner reads files
// (its mode "static"); nothing of the server runs. Everything it prints is untrusted: its dependencies are a hundred packages. An item that does
// not come back as completed by every analyzer that was asked fails that analyzer, and the scan is then not to be read as clean.
package cisco

import (
	"errors"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/finding"
)

// Analyzers of the scanner, as its option --analyzers calls them. The first two work offline, the others need a key and the network.
const (
	Yara   = "yara"   // its YARA rules over every text
	Schema = "schema" // references in schemas to what lies elsewhere
	LLM    = "llm"    // a language model's judgement of each item
	API    = "api"    // Cisco's service
)

// analyzers are all that are known, in the order of the result.
var analyzers = []string{Yara, Schema, LLM, API}

// Prefix begins the names of analyzers in findings and statuses: "cisco-yara".
const Prefix = "cisco-"

// Bounds of what goes in and comes out.
const (
	MaxInput  = 16 << 20 // bytes of all files for the scanner
	MaxOutput = 64 << 20 // bytes of its standard output
)

// Categories of failures. Each fails every analyzer that was asked.
var (
	ErrInput  = errors.New("a surface that the scanner cannot be given")
	ErrOutput = errors.New("unusable output of the scanner")
)

// maxReasons bounds what one status tells.
const maxReasons = 3

// failures are the reasons why analyzers failed.
type failures map[string][]string

func (f failures) add(analyzer, reason string) {
	if !slices.Contains(f[analyzer], reason) {
		f[analyzer] = append(f[analyzer], reason)
	}
}

// all fails every analyzer of a list.
func (f failures) all(list []string, reason string) {
	for _, a := range list {
		f.add(a, reason)
	}
}

// statuses are those of all known analyzers; one that was not asked is skipped.
func (f failures) statuses(asked []string) []finding.AnalyzerStatus {
	var out []finding.AnalyzerStatus
	for _, a := range analyzers {
		s := finding.AnalyzerStatus{Name: Prefix + a, Status: finding.StatusCompleted}
		switch reasons := f[a]; {
		case !slices.Contains(asked, a):
			s.Status, s.Reason = finding.StatusSkipped, "not asked for"
			if a == LLM || a == API {
				s.Reason = "no key was given"
			}
		case len(reasons) > maxReasons:
			s.Status, s.Reason = finding.StatusFailed, strings.Join(reasons[:maxReasons], "; ")+"; ..."
		case len(reasons) > 0:
			s.Status, s.Reason = finding.StatusFailed, strings.Join(reasons, "; ")
		}
		out = append(out, s)
	}
	return out
}
