package provenance

import (
	"fmt"
	"strings"
)

// Facts tells a result to people, a line each: the server's own package with what was proven of it, and how many packages there are of each status.
func Facts(r Result) []string {
	v := r.Subject
	out := []string{v.ID() + " is " + string(v.Status)}
	for _, f := range []struct{ name, value string }{
		{"repository", v.Repository}, {"workflow", v.Workflow}, {"ref", v.Ref}, {"commit", v.Commit}, {"builder", v.Builder}, {"runner", v.Runner},
		{"signer", v.Signer}, {"run", v.Run}, {"signed at", v.SignedAt},
	} {
		if f.value != "" {
			out = append(out, f.name+": "+f.value)
		}
	}
	if v.LogIndex != nil {
		out = append(out, fmt.Sprintf("transparency log index: %d", *v.LogIndex))
	}
	if p := v.Publisher; p != nil {
		out = append(out, "trusted publisher: "+p.String())
	}
	if v.Status != Verified && len(v.Reasons) > 0 {
		out = append(out, "because: "+v.Because())
	}
	for _, f := range v.Files {
		out = append(out, "file: "+f.Name+" "+f.Digest)
	}
	return append(out, "all packages: "+counts(r))
}

// counts is "1 VERIFIED, 99 SIGNED", without statuses that no package has.
func counts(r Result) string {
	var out []string
	for _, s := range statuses {
		if n := r.Counts[s]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(out, ", ")
}

// Line is one line for the summary of an image: the status of the server's own package with its repository and commit, and the counts.
func Line(r Result) string {
	v := r.Subject
	line := string(v.Status)
	if v.Repository != "" {
		line += " from " + v.Repository
	}
	if v.Commit != "" {
		line += " at " + v.Commit
	}
	return line + " (all packages: " + counts(r) + ")"
}

// String names the publisher as "GitHub owner/name release.yml (environment pypi)".
func (p Publisher) String() string {
	parts := []string{p.Kind, p.Repository + p.Email, p.Workflow}
	if p.Environment != "" {
		parts = append(parts, "(environment "+p.Environment+")")
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
