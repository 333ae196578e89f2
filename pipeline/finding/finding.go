// Package finding holds what an analyzer of an MCP surface reports: findings with their evidence, and the result of a scan. Both are data
// that the policy, the reports and the attestations read; nothing here decides whether a finding blocks.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// SchemaVersion is that of Result.
const SchemaVersion = 1

// Severity is how much harm a finding stands for. The zero value is not valid.
type Severity string

// Severities, from the worst down.
const (
	Critical Severity = "CRITICAL"
	High     Severity = "HIGH"
	Medium   Severity = "MEDIUM"
	Low      Severity = "LOW"
	Info     Severity = "INFO"
)

// Rank orders severities: CRITICAL is 5, INFO is 1. An unknown severity ranks as CRITICAL, because unknown is never good.
func (s Severity) Rank() int {
	switch s {
	case High:
		return 4
	case Medium:
		return 3
	case Low:
		return 2
	case Info:
		return 1
	}
	return 5
}

// ParseSeverity reads the name of a severity, in any case.
func ParseSeverity(text string) (Severity, error) {
	for _, s := range []Severity{Critical, High, Medium, Low, Info} {
		if strings.EqualFold(text, string(s)) {
			return s, nil
		}
	}
	return "", fmt.Errorf("got severity %q, want CRITICAL, HIGH, MEDIUM, LOW or INFO", text)
}

// AtLeast tells whether s is as bad as min or worse.
func (s Severity) AtLeast(min Severity) bool { return s.Rank() >= min.Rank() }

// Category is the kind of attack.
type Category string

// Categories, named as in the project's corpus format.
const (
	PromptInjection Category = "prompt-injection"
	ToolPoisoning   Category = "tool-poisoning"
	ToxicFlow       Category = "toxic-flow"
	CrossOrigin     Category = "cross-origin"
	RugPull         Category = "rug-pull"
)

// Finding is one thing that an analyzer saw. Evidence, Decoded and Changes hold untrusted text: escape them where they are shown.
type Finding struct {
	Rule      string   `json:"rule"`                // stable id of our rule: "injection.override"
	Code      string   `json:"code"`                // the code users know: W001, E001, TF001 …
	Severity  Severity `json:"severity"`            //
	Category  Category `json:"category"`            //
	AITech    string   `json:"aitech"`              // "AITech-1.1"
	AISubtech string   `json:"aisubtech,omitempty"` // "AISubtech-1.1.1"
	Analyzer  string   `json:"analyzer"`            // package that found it: "injection"

	Server string `json:"server"`
	Kind   string `json:"kind"`            // tool, prompt, resource, resourceTemplate or server
	Item   string `json:"item,omitempty"`  // name of the tool or other item, as sent
	Field  string `json:"field,omitempty"` // path inside the item: "inputSchema.properties.a.description"

	Message     string   `json:"message"`
	Evidence    string   `json:"evidence,omitempty"` // bounded part of the normalised text
	Decoded     string   `json:"decoded,omitempty"`  // what hidden or encoded text says
	Path        []Step   `json:"path,omitempty"`     // of a toxic flow
	Changes     []Change `json:"changes,omitempty"`  // of a rug pull
	Fingerprint string   `json:"fingerprint"`        // sha256:… of the rule and the normalised text it was found in
}

// Step is one tool of a toxic flow.
type Step struct {
	Role   string `json:"role"` // untrusted content, private data, public sink, destructive action
	Server string `json:"server"`
	Tool   string `json:"tool"`
}

// Change is one difference between two surfaces. Before or After is empty where the field did not exist.
type Change struct {
	Kind   string `json:"kind"`
	Tool   string `json:"tool"`
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Values of AnalyzerStatus.Status.
const (
	StatusCompleted = "completed"
	StatusSkipped   = "skipped" // Reason says why; it had no input of its kind
	StatusFailed    = "failed"  // Reason says why; the scan as a whole is not to be read as clean
)

// AnalyzerStatus tells whether an analyzer did its work.
type AnalyzerStatus struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Result is what one scan found. Counts are those of the scanned server.
type Result struct {
	SchemaVersion     int              `json:"schemaVersion"`
	Server            string           `json:"server"`
	Tools             int              `json:"tools"`
	Prompts           int              `json:"prompts"`
	Resources         int              `json:"resources"`
	ResourceTemplates int              `json:"resourceTemplates"`
	Analyzers         []AnalyzerStatus `json:"analyzers"`
	Findings          []Finding        `json:"findings"`
}

// MaxResult bounds a result file, in bytes.
const MaxResult = 64 << 20

// Read parses a result. One of another version is an error.
func Read(raw []byte) (Result, error) {
	if len(raw) > MaxResult {
		return Result{}, fmt.Errorf("reading a scan result: got %d bytes, want at most %d (MaxResult)", len(raw), MaxResult)
	}
	var r Result
	if err := json.Unmarshal(raw, &r); err != nil {
		return Result{}, fmt.Errorf("reading a scan result: %w", err)
	}
	if r.SchemaVersion != SchemaVersion {
		return Result{}, fmt.Errorf("reading a scan result: got schemaVersion %d, want %d", r.SchemaVersion, SchemaVersion)
	}
	return r, nil
}

// Complete tells whether every analyzer did its work or had none to do.
func (r Result) Complete() bool {
	for _, a := range r.Analyzers {
		if a.Status != StatusCompleted && a.Status != StatusSkipped {
			return false
		}
	}
	return len(r.Analyzers) > 0
}

// Join adds the findings of another run over the same surface. An analyzer that was skipped in one of them has the status of the other; one that
// failed in either has failed.
func (r Result) Join(other Result) Result {
	r.Analyzers = slices.Clone(r.Analyzers)
	for _, a := range other.Analyzers {
		i := slices.IndexFunc(r.Analyzers, func(b AnalyzerStatus) bool { return b.Name == a.Name })
		switch {
		case i < 0:
			r.Analyzers = append(r.Analyzers, a)
		case r.Analyzers[i].Status == StatusSkipped, r.Analyzers[i].Status == StatusCompleted && a.Status != StatusSkipped:
			r.Analyzers[i] = a
		}
	}
	r.Findings = Sort(append(slices.Clone(r.Findings), other.Findings...))
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	return r
}

// Fingerprint binds a rule to the text it was found in. text is the normalised text; white space and case do not count.
func Fingerprint(rule, text string) string {
	sum := sha256.Sum256([]byte(rule + "\x00" + strings.ToLower(strings.Join(strings.Fields(text), " "))))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Sort orders findings by severity, worst first, then server, kind, item, field, rule, evidence and fingerprint, and drops exact repeats of rule, place and
// evidence.
func Sort(list []Finding) []Finding {
	sort.SliceStable(list, func(i, j int) bool { return less(list[i], list[j]) })
	var out []Finding
	for i, f := range list {
		if i > 0 && !less(list[i-1], f) && !less(f, list[i-1]) {
			continue
		}
		out = append(out, f)
	}
	return out
}

func less(a, b Finding) bool {
	if x, y := a.Severity.Rank(), b.Severity.Rank(); x != y {
		return x > y
	}
	for _, p := range [...][2]string{{a.Server, b.Server}, {a.Kind, b.Kind}, {a.Item, b.Item}, {a.Field, b.Field}, {a.Rule, b.Rule},
		{a.Evidence, b.Evidence}, {a.Decoded, b.Decoded}, {a.Message, b.Message}, {a.Fingerprint, b.Fingerprint}} {
		if p[0] != p[1] {
			return p[0] < p[1]
		}
	}
	return false
}
