// Package gate decides whether what the scanners found in a server lets it pass: the severity from which findings block, the allowances of the
// spec, and what is missing. Missing is never good: a scan that did not happen, or only in part, has a status of its own, which blocks.
package gate

import (
	"time"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/surface"
)

// SchemaVersion is the version of the JSON form of Verdict. It grows when a field changes its meaning or goes; new fields do not change it.
const SchemaVersion = 1

// Statuses of a verdict.
const (
	Passed     = "PASSED"      // scanned, nothing to mend
	Warnings   = "WARNINGS"    // scanned, nothing blocks
	Failed     = "FAILED"      // scanned, something blocks
	NotScanned = "NOT-SCANNED" // not scanned, or not all of it; blocks unless the spec's insecure_ignore has a reason
)

// Native are the analyzers of our own that no scan goes without. Those that need an input of their own (drift, yara) are not among them.
func Native() []string { return []string{"injection", "hidden", "offensive", "flow", "crossorigin"} }

// Input is what Judge looks at. The zero value is a server that was not scanned.
type Input struct {
	Server  string           // its id in the catalogue, and the name that the results must be of
	Capture surface.Capture  // what the capture stage reports
	Results []finding.Result // of every scanner that ran; their counts must be those of the capture

	Require []string // analyzers that must have completed; nil: those of Native. With Pinned also "drift"
	With    []string // servers that the user asked to judge together with it: a flow across them counts
	Pinned  bool     // its surface.lock.json was given to the scanner as the approved surface

	Allowed []spec.AllowedIssue
	Ignore  *spec.InsecureIgnore

	Block   finding.Severity // the least severity that blocks; "": HIGH
	At      time.Time        // day on which allowances expire; zero: those with a last day count as expired
	Publish bool             // stricter: a surface that is not pinned blocks
}

// Verdict is the outcome for one server. Texts in it are untrusted: escape them where they are shown.
type Verdict struct {
	SchemaVersion int              `json:"schemaVersion"`
	Server        string           `json:"server"`
	Status        string           `json:"status"`
	Blocks        bool             `json:"blocks"`
	Block         finding.Severity `json:"block"` // the threshold that was used
	Publish       bool             `json:"publish"`

	Tools             int            `json:"tools"`
	Prompts           int            `json:"prompts"`
	Resources         int            `json:"resources"`
	ResourceTemplates int            `json:"resourceTemplates"`
	Pages             map[string]int `json:"pages,omitempty"`

	Blocking []Issue     `json:"blocking"` // worst first, like the next two
	Warnings []Issue     `json:"warnings"` // below the threshold, or not about this server
	Allowed  []Issue     `json:"allowed"`  // of any severity
	Unused   []Allowance `json:"unused"`   // matched no finding
	Expired  []Allowance `json:"expired"`  // would have matched, or not: their last day has passed
	Notes    []Note      `json:"notes"`    // what is to be said beside findings, that which blocks first
	Coverage Coverage    `json:"coverage"`
}

// Issue is a finding with what the policy made of it.
type Issue struct {
	finding.Finding
	Why     string     `json:"why,omitempty"`     // why it is where it is, when severity and code do not tell
	Ways    []string   `json:"ways,omitempty"`    // what can be done about one that blocks
	Allow   string     `json:"allow,omitempty"`   // item for allowed_issues of the spec, ready to paste but for the reason; YAML
	Allowed *Allowance `json:"allowed,omitempty"` // the allowance that covers it
}

// Allowance is an entry of allowed_issues.
type Allowance struct {
	Index       int    `json:"index"` // position in allowed_issues, from 0
	Code        string `json:"code"`
	Reason      string `json:"reason"`
	Tool        string `json:"tool,omitempty"`
	Expires     string `json:"expires,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Why         string `json:"why,omitempty"` // of one that covers nothing: why not
}

// Note is something about the scan itself.
type Note struct {
	Code    string `json:"code"` // one of the Note constants
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Blocks  bool   `json:"blocks"`
}

// Codes of notes.
const (
	NoteNotScanned = "NOT-SCANNED" // a reason why the scan says nothing
	NoteIgnored    = "IGNORED"     // insecure_ignore lets an unscanned server pass, or is there without need
	NoteUnpinned   = "UNPINNED"    // no approved surface to compare with
	NoteStatic     = "STATIC"      // the surface was read from source text, not from the running server
	NoteAllowance  = "ALLOWANCE"   // an allowance that covers nothing
	NoteCapture    = "CAPTURE"     // a warning of the capture
)

// Coverage tells what was looked at.
type Coverage struct {
	Source      string                   `json:"source,omitempty"` // "running" or "static"; "" when no surface is known
	Starts      int                      `json:"starts"`
	Protocols   []string                 `json:"protocolVersions,omitempty"`
	Credentials []string                 `json:"mockCredentials"` // names of variables with made-up values that the server was started with
	Analyzers   []finding.AnalyzerStatus `json:"analyzers"`
	Capture     string                   `json:"capture"`          // status of the capture
	Reason      string                   `json:"reason,omitempty"` // of a capture that is not CAPTURED, or not from the running server
	Stderr      string                   `json:"stderr,omitempty"` // end of its error output, of a server that did not run to the end
	Pinned      bool                     `json:"pinned"`
	With        []string                 `json:"with,omitempty"`
}
