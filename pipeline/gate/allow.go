package gate

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/finding"
)

// sortAllowances divides allowances into those that hold and those that do not.
func (j *judge) sortAllowances() {
	for n, a := range j.in.Allowed {
		s := shown(n, a)
		switch {
		case a.Expires != "" && (j.in.At.IsZero() || a.Expired(j.in.At)):
			s.Why = "its last day has passed"
			j.v.Expired = append(j.v.Expired, s)
		case !stated(a.Reason):
			s.Why = "it has no reason, so it does not hold"
			j.v.Unused = append(j.v.Unused, s)
		default:
			j.valid = append(j.valid, &allowance{Allowance: s})
		}
	}
}

// allows returns the first allowance that covers a finding, and notes every other that would. The text tells why none does although a code fits.
func (j *judge) allows(f finding.Finding) (by *allowance, why string) {
	for _, a := range j.valid {
		if !Covers(a.Code, f) {
			continue
		}
		miss := a.misses(f)
		if miss == "" {
			if a.used = true; by == nil {
				by = a
			}
			continue
		}
		a.why = miss
		if why == "" {
			why = fmt.Sprintf("allowed_issues[%d] (%s) does not cover it: %s", a.Index, a.Code, miss)
		}
	}
	if by != nil {
		return by, ""
	}
	return nil, why
}

// misses tells why an allowance whose code fits does not cover a finding; "" when it does.
func (a *allowance) misses(f finding.Finding) string {
	switch {
	case a.Tool != "" && a.Tool != f.Item:
		return "it is for the tool " + a.Tool
	case a.Fingerprint != "" && !sameFingerprint(a.Fingerprint, f.Fingerprint):
		return "it was granted for another text (fingerprint)"
	case a.Fingerprint == "" && drifted(f):
		return "a change of the approved surface is allowed by fingerprint only"
	}
	return ""
}

// drifted tells findings about a change of the surface. They are new by nature: an allowance that was written before one cannot have been about it.
func drifted(f finding.Finding) bool { return f.Code == "W003" || strings.HasPrefix(f.Rule, "drift.") }

// sameFingerprint compares with or without the name of the hash; an allowance may hold the first 16 digits or more.
func sameFingerprint(granted, got string) bool {
	const name = "sha256:"
	got, known := strings.CutPrefix(got, name)
	granted = strings.TrimPrefix(granted, name)
	return known && len(granted) >= 16 && strings.HasPrefix(got, granted)
}

// Covers tells whether the code of an allowance names a finding: by rule, by short code, or by its place in the AITech taxonomy, where the code
// of a technique covers its parts. Numbers are compared one by one: AITech-1 covers AITech-1.1, and AITech-1.1 covers AISubtech-1.1.1 and not
// AITech-1.10.
func Covers(code string, f finding.Finding) bool {
	if code == "" {
		return false
	}
	if strings.EqualFold(code, f.Rule) || strings.EqualFold(code, f.Code) {
		return true
	}
	kind, number, ok := strings.Cut(code, "-")
	switch {
	case !ok:
		return false
	case strings.EqualFold(kind, "AISubtech"):
		return strings.EqualFold(code, f.AISubtech)
	case !strings.EqualFold(kind, "AITech"):
		return false
	}
	for _, have := range []string{f.AITech, f.AISubtech} {
		if _, n, ok := strings.Cut(have, "-"); ok && (n == number || strings.HasPrefix(n, number+".")) {
			return true
		}
	}
	return false
}

// leftover reports allowances that cover nothing, so that they do not wait for the next finding of their code.
func (j *judge) leftover() {
	for _, a := range j.valid {
		if !a.used {
			if a.Why = a.why; a.Why == "" {
				a.Why = "no finding has its code"
			}
			j.v.Unused = append(j.v.Unused, a.Allowance)
		}
	}
	for _, a := range j.v.Expired {
		j.note(false, NoteAllowance, fmt.Sprintf("allowed_issues[%d] (%s) expired on %s", a.Index, a.Code, a.Expires), "look at the finding again, or remove the allowance")
	}
	for _, a := range j.v.Unused {
		j.note(false, NoteAllowance, fmt.Sprintf("allowed_issues[%d] (%s) covers nothing: %s", a.Index, a.Code, a.Why), "remove or correct it")
	}
}
