package gate

import (
	"fmt"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/spec"
	"dagger/dockyard/pipeline/surface"
)

// missing lists why the scan says nothing about the server, or not all there is to say.
func (j *judge) missing() []string {
	c := j.in.Capture
	switch {
	case c.Status == surface.NotScanned:
		return []string{"what the server offers could not be captured: " + j.v.Coverage.Reason}
	case c.Status != surface.Captured && c.Status != surface.Changing || c.Surface == nil:
		return []string{fmt.Sprintf("there is no capture of what the server offers: got status %q", c.Status)}
	}
	var out []string
	if j.v.Tools+j.v.Prompts+j.v.Resources+j.v.ResourceTemplates == 0 {
		out = append(out, "the server offers no tool, prompt or resource, so nothing was scanned")
	}
	if len(j.in.Results) == 0 {
		out = append(out, "no scanner has a result")
	}
	for _, r := range j.in.Results {
		out = append(out, j.incomplete(r)...)
	}
	return append(out, j.absent()...)
}

// incomplete tells why a result is not to be relied on.
func (j *judge) incomplete(r finding.Result) (out []string) {
	name := scanner(r)
	if r.SchemaVersion != finding.SchemaVersion {
		out = append(out, fmt.Sprintf("the result of %s has schemaVersion %d, want %d", name, r.SchemaVersion, finding.SchemaVersion))
	}
	if r.Server != j.in.Server {
		out = append(out, fmt.Sprintf("the result of %s is of the server %q, want %q", name, r.Server, j.in.Server))
	}
	if len(r.Analyzers) == 0 {
		out = append(out, "the result of "+name+" names no analyzer")
	}
	for _, a := range r.Analyzers {
		if a.Status != finding.StatusCompleted && a.Status != finding.StatusSkipped {
			out = append(out, strings.TrimSuffix(fmt.Sprintf("analyzer %s has the status %q: %s", a.Name, a.Status, a.Reason), ": "))
		}
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{{"tools", r.Tools, j.v.Tools}, {"prompts", r.Prompts, j.v.Prompts}, {"resources", r.Resources, j.v.Resources},
		{"resource templates", r.ResourceTemplates, j.v.ResourceTemplates}} {
		if n.got != n.want {
			out = append(out, fmt.Sprintf("%s scanned %d %s, and %d were captured", name, n.got, n.what, n.want))
		}
	}
	return out
}

// absent lists analyzers that had to do their work and did not.
func (j *judge) absent() (out []string) {
	want := j.in.Require
	if want == nil {
		want = Native()
	}
	if j.in.Pinned {
		want = append(slices.Clone(want), "drift")
	}
	for _, name := range want {
		done := slices.ContainsFunc(j.v.Coverage.Analyzers, func(a finding.AnalyzerStatus) bool {
			return a.Name == name && a.Status == finding.StatusCompleted
		})
		told := slices.ContainsFunc(j.v.Coverage.Analyzers, func(a finding.AnalyzerStatus) bool {
			return a.Name == name && a.Status != finding.StatusSkipped
		})
		if !done && !told {
			out = append(out, "analyzer "+name+" did not run")
		}
	}
	return out
}

// scanner names a result by its analyzers.
func scanner(r finding.Result) string {
	if len(r.Analyzers) == 0 {
		return "a scanner"
	}
	return "the scanner with the analyzer " + r.Analyzers[0].Name
}

// excuse tells whether insecure_ignore lets a server pass that was not scanned. It does not where a lock of the surface shows that the server
// could be scanned once: else a server could leave the comparison by not starting.
func (j *judge) excuse() bool {
	return j.in.Ignore != nil && stated(j.in.Ignore.Reason) && !(j.in.Pinned && j.in.Capture.Surface == nil)
}

// ignore says what insecure_ignore does here. It excuses that a scan is missing, never a finding.
func (j *judge) ignore(missing []string) {
	mend := "let the server start with security.mock_env; or give security.insecure_ignore a reason"
	if j.in.Capture.Reason == surface.ReasonNotBuilt {
		mend = "mend what its build failed on, and scan again"
	}
	excused := len(missing) > 0 && j.excuse()
	for _, why := range missing {
		fix := mend
		if excused {
			fix = ""
		}
		j.note(!excused, NoteNotScanned, why, fix)
	}
	switch {
	case excused:
		j.note(false, NoteIgnored, "THIS SERVER WAS NOT SCANNED and is let through by security.insecure_ignore: "+j.in.Ignore.Reason, "")
	case len(missing) > 0 && j.in.Ignore != nil && j.in.Pinned && j.in.Capture.Surface == nil:
		j.note(true, NoteIgnored, "insecure_ignore does not hold, because "+lockFile+" shows that the server could be scanned before", "let it start again; or review why it does not, and remove that file")
	case len(missing) > 0 && j.in.Ignore != nil:
		j.note(true, NoteIgnored, "insecure_ignore has no reason, so it does not hold", "write why the server cannot be scanned")
	case j.in.Ignore != nil:
		j.note(false, NoteIgnored, "insecure_ignore is not needed: the server was scanned", "remove it")
	}
}

// stated tells whether a reason is one, and not what paste left to be replaced.
func stated(reason string) bool {
	reason = strings.TrimSpace(reason)
	return reason != "" && reason != Placeholder
}

// allowance is an allowance that holds, with what became of it.
type allowance struct {
	Allowance
	used bool
	why  string // why it covered nothing though its code fits
}

func shown(n int, a spec.AllowedIssue) Allowance {
	return Allowance{Index: n, Code: a.Code, Reason: a.Reason, Tool: a.Tool, Expires: a.Expires, Fingerprint: a.Fingerprint}
}
