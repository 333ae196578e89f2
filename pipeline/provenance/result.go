// Package provenance holds what is known about where packages come from, as data: a verdict for each package of a lock, and the rule that
// says which verdicts block. The stage program reaches the verdicts (package pipeline/stage/provenance); nothing here touches a network or a
// certificate.
package provenance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// SchemaVersion is the version of the JSON forms of Verdict and Result. It grows when a field changes its meaning or goes; new fields do not
// change it.
const SchemaVersion = 1

// MaxResultBytes bounds a result file: some 20,000 packages with long reasons.
const MaxResultBytes = 64 << 20

// Status is the outcome for one package.
type Status string

// The outcomes, from the best to the worst.
const (
	Verified    Status = "VERIFIED"    // built by an identified workflow: provenance signed, logged, and bound to the very bytes
	Signed      Status = "SIGNED"      // vouched for by the registry or a checksum log, without proof of who built it
	HashOnly    Status = "HASH-ONLY"   // the bytes are those of the lock, and nobody has signed them
	Unreachable Status = "UNREACHABLE" // the question was not answered
	Mismatch    Status = "MISMATCH"    // what is signed is something else: other bytes, package, repository or workflow
	Invalid     Status = "INVALID"     // what is offered as a proof is broken or forged
)

var statuses = []Status{Verified, Signed, HashOnly, Unreachable, Mismatch, Invalid}

// Statuses returns all outcomes, from the best to the worst.
func Statuses() []Status { return slices.Clone(statuses) }

// Worse tells whether s is a worse outcome than t. An unknown one is the worst.
func (s Status) Worse(t Status) bool { return s.rank() > t.rank() }

func (s Status) rank() int {
	if i := slices.Index(statuses, s); i >= 0 {
		return i
	}
	return len(statuses)
}

// Verdict is the outcome for one package with the facts it rests on. Facts from Repository to SignedAt come from verified signatures only;
// they are empty unless the status is VERIFIED or MISMATCH.
type Verdict struct {
	SchemaVersion int    `json:"schemaVersion"`
	Ecosystem     string `json:"ecosystem"` // npm, pypi or go
	Package       string `json:"package"`
	Version       string `json:"version"`
	Status        Status `json:"status"`

	Repository string     `json:"repository,omitempty"` // https address of the source repository
	Workflow   string     `json:"workflow,omitempty"`   // its file in the repository: ".github/workflows/release.yml"
	Ref        string     `json:"ref,omitempty"`        // "refs/tags/v1.0.0"
	Commit     string     `json:"commit,omitempty"`
	Builder    string     `json:"builder,omitempty"` // builder.id of the SLSA provenance
	Runner     string     `json:"runner,omitempty"`  // "github-hosted" or "self-hosted", as the certificate says
	Signer     string     `json:"signer,omitempty"`  // workflow that held the signing identity; differs from Workflow where that one reuses another
	Issuer     string     `json:"issuer,omitempty"`  // OIDC issuer of the identity
	Run        string     `json:"run,omitempty"`     // address of the build's own page
	LogIndex   *int64     `json:"logIndex,omitempty"`
	SignedAt   string     `json:"signedAt,omitempty"` // RFC 3339, UTC: the log's time
	Publisher  *Publisher `json:"publisher,omitempty"`

	Files   []File   `json:"files"`
	Checks  []Check  `json:"checks"`
	Reasons []Reason `json:"reasons"`
	Yanked  *string  `json:"yanked,omitempty"` // why the release was withdrawn, perhaps empty; nil when it was not
}

// Publisher is the identity that a registry knows as the publisher (PEP 740; npm trusted publishing).
type Publisher struct {
	Kind        string `json:"kind"` // GitHub, GitLab or Google
	Repository  string `json:"repository,omitempty"`
	Workflow    string `json:"workflow,omitempty"`
	Environment string `json:"environment,omitempty"`
	Email       string `json:"email,omitempty"`
}

// File is one artefact of the package by the hash of the bytes that are installed.
type File struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // "sha512:HEX", "sha256:HEX" or "h1:BASE64" (Go's hash of a module zip)
}

// Check is one thing that was looked at.
type Check struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Detail  string `json:"detail,omitempty"`
}

// Outcomes of a check.
const (
	Passed  = "passed"
	Failed  = "failed"
	Absent  = "absent"  // there is nothing to check
	Skipped = "skipped" // it could not be looked at; the detail says why
)

// CheckRetracted is the name of the check of whether the authors of a Go module retracted its version. Skipped is not known.
const CheckRetracted = "retracted"

// Reason tells why the status is not a better one, or what a reader should know.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ID names the package as "npm:NAME@VERSION".
func (v Verdict) ID() string { return v.Ecosystem + ":" + v.Package + "@" + v.Version }

// Because joins the messages of the reasons.
func (v Verdict) Because() string {
	out := make([]string, len(v.Reasons))
	for i, r := range v.Reasons {
		out[i] = r.Message
	}
	return strings.Join(out, "; ")
}

// Result is the outcome for a server: its own package and all it depends on.
type Result struct {
	SchemaVersion int            `json:"schemaVersion"`
	Ecosystem     string         `json:"ecosystem"`
	Subject       Verdict        `json:"subject"`
	Dependencies  []Verdict      `json:"dependencies"`     // by package, then version; without the subject
	Counts        map[Status]int `json:"counts"`           // of subject and dependencies together; every status stands there
	TrustedRoot   string         `json:"trustedRoot"`      // SHA-256 of the trusted root that was used: "sha256:HEX"
	Errors        []string       `json:"errors,omitempty"` // what went wrong beside single packages
}

// NewResult sorts the dependencies and counts.
func NewResult(ecosystem string, subject Verdict, dependencies []Verdict, trustedRoot string) Result {
	r := Result{SchemaVersion: SchemaVersion, Ecosystem: ecosystem, Subject: subject, Dependencies: dependencies, TrustedRoot: trustedRoot}
	slices.SortStableFunc(r.Dependencies, func(a, b Verdict) int {
		return strings.Compare(a.Package+"\x00"+a.Version, b.Package+"\x00"+b.Version)
	})
	if r.Dependencies == nil {
		r.Dependencies = []Verdict{}
	}
	r.Counts = map[Status]int{}
	for _, s := range statuses {
		r.Counts[s] = 0
	}
	for _, v := range append([]Verdict{subject}, dependencies...) {
		r.Counts[v.Status]++
	}
	return r
}

// Read parses a result. One that is of another version, or has a status that does not exist, is an error.
func Read(raw []byte) (Result, error) {
	if len(raw) > MaxResultBytes {
		return Result{}, fmt.Errorf("reading a provenance result: got %d bytes, want at most %d (MaxResultBytes)", len(raw), MaxResultBytes)
	}
	var r Result
	if err := json.Unmarshal(raw, &r); err != nil {
		return Result{}, fmt.Errorf("reading a provenance result: %w", err)
	}
	if r.SchemaVersion != SchemaVersion {
		return Result{}, fmt.Errorf("reading a provenance result: got schemaVersion %d, want %d", r.SchemaVersion, SchemaVersion)
	}
	for _, v := range append([]Verdict{r.Subject}, r.Dependencies...) {
		if v.Status.rank() == len(statuses) {
			return Result{}, fmt.Errorf("reading a provenance result: %s has the status %q, want one of %v", v.ID(), v.Status, statuses)
		}
	}
	return r, nil
}
