package surface

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// CaptureVersion is the schema version of Capture.
const CaptureVersion = 1

// Statuses of a capture.
const (
	Captured   = "CAPTURED"    // the surface is known
	Changing   = "CHANGING"    // it is known, and not always the same
	NotScanned = "NOT-SCANNED" // it is not known; Reason tells why
)

// Reasons for which a running server's surface stays unknown.
const (
	ReasonExited      = "exited"             // the server ended before all was read
	ReasonNoAnswer    = "no-answer"          // it did not answer in time
	ReasonRefused     = "refused"            // it answered a request with an error where it must not
	ReasonBadProtocol = "bad-protocol"       // what it sent is not the protocol
	ReasonTooMuch     = "too-much-output"    // a bound on bytes of lines, output or errors
	ReasonPages       = "page-limit"         // a bound on pages or items, or a cursor that came again
	ReasonMemory      = "out-of-memory"      // a bound on the memory of all its processes
	ReasonProcesses   = "too-many-processes" // a bound on its processes and threads
	ReasonTime        = "time-limit"         // the bound on the whole capture
	ReasonEmpty       = "nothing-offered"    // it runs, and lists no tool, prompt or resource
	ReasonNotBuilt    = "not-built"          // there is no image to start
)

// Capture is what the capture stage reports. Surface is nil where nothing is known.
type Capture struct {
	SchemaVersion int    `json:"schemaVersion"`
	Status        string `json:"status"`
	Reason        string `json:"reason,omitempty"` // one of the constants; with CAPTURED: why the server's source text was read instead
	Detail        string `json:"detail,omitempty"` // the reason in words; holds text of the server, with everything unprintable escaped

	Surface     *Surface       `json:"surface,omitempty"`
	Versions    []string       `json:"protocolVersions,omitempty"` // all that were negotiated, in the order of the starts
	Pages       map[string]int `json:"pages,omitempty"`            // of the first reading: "tools": 2
	Starts      int            `json:"starts"`                     // processes started, attempts that failed included
	Differences []Difference   `json:"differences"`
	Credentials []Credential   `json:"credentials"`
	Warnings    []string       `json:"warnings"`
	Stderr      string         `json:"stderr,omitempty"` // end of the server's standard error, everything unprintable escaped
	Timings     Timings        `json:"timings"`
}

// Difference is something that a server showed once and not always.
type Difference struct {
	When   string `json:"when"` // SameProcess or SecondStart
	List   string `json:"list"` // "tools", "prompts", "resources", "resourceTemplates" or "server"
	Item   string `json:"item"` // name or URI
	Detail string `json:"detail"`
}

// Values of Difference.When.
const (
	SameProcess = "same process"
	SecondStart = "second start"
)

// Credential is a made-up variable the server was given because its error output named it.
type Credential struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Timings are wall-clock times in milliseconds. They are the only part of a Capture that changes from run to run.
type Timings struct {
	Start   int64 `json:"startMs"`   // first start that worked, to its answer to the handshake
	Surface int64 `json:"surfaceMs"` // the same start, to the last page
	Total   int64 `json:"totalMs"`
}

// Transient tells whether a busy machine may have been the reason, so that trying again is worth it.
func (c Capture) Transient() bool {
	return c.Status == NotScanned && (c.Reason == ReasonNoAnswer || c.Reason == ReasonTime)
}

// Because tells the reason of a status in words: the reason with its detail, or what differed.
func (c Capture) Because() string {
	if c.Reason == "" && len(c.Differences) > 0 {
		d := c.Differences[0]
		return fmt.Sprintf("%s %q differs (%s): %s; %d differences in all", d.List, d.Item, d.When, d.Detail, len(c.Differences))
	}
	if c.Detail == "" {
		return c.Reason
	}
	return c.Reason + ": " + c.Detail
}

// ParseCapture reads the file of the capture stage.
func ParseCapture(raw []byte) (Capture, error) {
	var c Capture
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("reading the capture stage's result: %w", err)
	}
	known := c.Status == Captured || c.Status == Changing
	if c.SchemaVersion != CaptureVersion || !known && c.Status != NotScanned || known && c.Surface == nil {
		return c, fmt.Errorf("reading the capture stage's result: got schemaVersion %d, status %q, surface %t; want %d and a known status with what belongs to it", c.SchemaVersion, c.Status, c.Surface != nil, CaptureVersion)
	}
	return c, nil
}

// Encode is the form of all files of this package: indented, keys in the order of the types, no escapes for HTML, a line feed at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
