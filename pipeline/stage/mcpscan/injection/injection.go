// Package injection finds prompt injection and tool poisoning: text that gives orders to the model instead of describing a tool. It judges
// sentences by what they do, tells instructions from mentions and denials, and reads decoded and hidden text as well.
package injection

import (
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/stage/mcpscan/text"
)

// Name of this analyzer.
const Name = "injection"

// maxFindings bounds the findings of one rule and severity in one field. More of the same tell a reader nothing new.
const maxFindings = 8

// Analyze judges one item.
func Analyze(server string, it prose.Item) []finding.Finding {
	a := analysis{server: server, item: it.Item, prints: map[string]string{}, counts: map[string]int{}}
	for _, f := range it.Texts {
		for _, s := range f.Sentences {
			a.defends = a.defends || f.Role == fields.Description && s.Mask&l.Defend != 0
		}
	}
	for _, f := range it.Texts {
		a.sentences(f, f.Sentences, f.Text.Plain, "")
		for _, d := range f.Text.Decoded {
			a.payload(f, d.Encoding, d.Text, d.Source)
		}
		for _, h := range f.Text.Hidden {
			if (h.Kind == text.Tag || h.Kind == text.Variation) && len(h.Decoded) > 5 {
				a.payload(f, h.Kind, h.Decoded, "")
			}
		}
		a.name(f)
		a.dormancy(f)
	}
	a.mismatches(it)
	a.combine()
	return a.out
}

type analysis struct {
	server  string
	item    fields.Item
	defends bool
	out     []finding.Finding
	path    *finding.Finding  // a file that holds secrets, named in a field without an action
	prints  map[string]string // fingerprint by rule and field: hashing a long text once is enough
	counts  map[string]int    // findings by rule, severity and field
	order   bool              // some sentence orders an action around a call
}

var ruleset = []func(*sentence) []match{overrides, personas, reveals, obeys, conceals, files, credentials, channels, exfiltrations, coercions, sleepers, tags, deletions, evals}

// interesting are the classes without which no rule applies.
const interesting = l.Override | l.Persona | l.SysPrompt | l.Obey | l.Hide | l.Path | l.Cred | l.Convo | l.Private | l.Exfil | l.External | l.Attacker | l.URL | l.Tag | l.Addressee |
	l.Shell | l.Neg | l.Modal | l.Instead | l.Approved | l.Destroy | l.Before | l.After

func (a *analysis) sentences(f prose.Field, list []l.Sentence, whole, encoding string) {
	taggedFor := 0
	for _, raw := range list {
		s := sentence{Sentence: raw, role: f.Role, tagged: taggedFor > 0, payload: encoding != "", defends: a.defends}
		if raw.Mask&l.Tag != 0 {
			s.tagged, taggedFor = true, 6
		} else if taggedFor > 0 {
			taggedFor--
		}
		if raw.Mask&interesting == 0 {
			continue
		}
		if f.Role == fields.Content {
			s.First = false
		}
		a.order = a.order || s.conditional() && s.has(l.Read|l.Send|l.Fill) && s.has(l.Modal|l.You|l.Content)
		for _, rule := range ruleset {
			for _, m := range rule(&s) {
				a.add(f, &s, m, whole, encoding)
			}
		}
	}
}

// add reports a match with the severity that its context leaves. Mentions and denials stay visible, as LOW.
func (a *analysis) add(f prose.Field, s *sentence, m match, whole, encoding string) {
	msg := m.message
	if msg == "" {
		msg = m.rule.message
	}
	sev := m.severity
	if sev.AtLeast(finding.Medium) {
		switch {
		case s.mentioned(m.at):
			sev, msg = finding.Low, "mentions, but does not order: "+msg
		case m.rule.negatable && !s.payload && s.negated(m.at):
			sev, msg = finding.Low, "denies: "+msg
		case a.defends && m.rule == sensitive && sev == finding.Medium:
			sev = finding.Low
		case s.payload:
			sev, msg = finding.High, "in "+encoding+" text: "+msg
		}
	}
	place := m.rule.id + "\x00" + string(sev) + "\x00" + f.Path
	if a.counts[place]++; a.counts[place] > maxFindings {
		return
	}
	out := a.finding(f, m.rule, sev, msg, prose.Clip(whole, s.Start, s.End))
	if s.payload {
		out.Decoded = out.Evidence
	}
	a.out = append(a.out, out)
	if m.rule == sensitive && sev == finding.Low && !s.mentioned(m.at) && !s.negated(m.at) {
		a.path = &a.out[len(a.out)-1]
		path := out
		a.path = &path
	}
}

func (a *analysis) finding(f prose.Field, r *rule, sev finding.Severity, msg, evidence string) finding.Finding {
	place := r.id + "\x00" + f.Path
	print, in := a.prints[place]
	if !in {
		print = finding.Fingerprint(r.id, f.Text.Plain)
		a.prints[place] = print
	}
	return finding.Finding{Rule: r.id, Code: r.code, Severity: sev, Category: r.category, AITech: r.aitech, AISubtech: r.aisubtech, Analyzer: Name,
		Server: a.server, Kind: a.item.Kind, Item: a.item.Name, Field: f.Path, Message: msg, Evidence: evidence, Fingerprint: print}
}

// combine joins what is spread over the fields of an item: the order in one text, the file in another; secrecy with anything else.
func (a *analysis) combine() {
	if a.path != nil && a.order && !a.defends {
		f := *a.path
		f.Severity, f.Message = finding.High, "names a file that holds secrets, and another text of the item orders an action around the call"
		a.out = append(a.out, f)
	}
	secret, suspicious := false, false
	for _, f := range a.out {
		secret = secret || f.Rule == conceal.id && f.Severity.AtLeast(finding.Medium) || f.Rule == tag.id && f.Severity.AtLeast(finding.Medium)
		suspicious = suspicious || f.Rule != conceal.id && f.Rule != tag.id && f.Severity == finding.Medium
	}
	if !secret || !suspicious {
		return
	}
	for i := range a.out {
		if a.out[i].Severity == finding.Medium {
			a.out[i].Severity = finding.High
		}
	}
}
