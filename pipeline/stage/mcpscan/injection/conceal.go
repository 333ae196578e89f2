package injection

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
)

// conceals finds secrecy towards the user.
func conceals(s *sentence) []match {
	var out []match
	for _, f := range []func(*sentence) *match{untold, unawares, secretly, keptSecret, unconfirmed} {
		if m := f(s); m != nil {
			out = append(out, *m)
		}
	}
	return out
}

// untold finds "do not tell the user", "the user must not be informed", "never mention this step".
func untold(s *sentence) *match {
	if !s.has(l.Neg, l.Tell|l.Disclose) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&(l.Tell|l.Disclose) == 0 || t.Form == l.Third && t.Class&l.Neg == 0 {
			continue
		}
		if i > 0 && determiners[s.Tokens[i-1].Word] { // a noun: the output, an alert, a report
			continue
		}
		foreign := foreignVerb(t)
		if s.before(i, 6, l.Neg) < 0 && !(s.near(i, 6, l.Neg) && foreign) {
			continue
		}
		user := s.near(i, 8, l.User)
		this := s.after(i, 3, l.This)
		switch {
		case user && (foreign || euro(s)):
			return &match{conceal, finding.High, i, ""}
		case user:
			return &match{conceal, s.untoldToUser(i), i, ""}
		case this >= 0 && secretVerb(t.Word) && thisWord[s.Tokens[this].Word]:
			return &match{conceal, finding.High, i, ""}
		case secretVerb(t.Word) && s.before(i, 5, l.This) >= 0 && t.Form == l.Past:
			return &match{conceal, finding.High, i, ""}
		case secretVerb(t.Word) && s.near(i, 8, l.Response) && s.near(i, 8, l.You):
			return &match{conceal, finding.High, i, ""}
		}
	}
	return nil
}

var determiners = set("the", "a", "an", "its", "their", "your", "any", "each", "every", "no", "raw", "full", "tool", "command", "error")

// untoldToUser tells secrecy about what the tool does from advice on wording: "do not show raw ids to the user".
func (s *sentence) untoldToUser(i int) finding.Severity {
	u := s.after(i, 8, l.User)
	if s.role == fields.ParamDescription && !s.has(l.This) {
		return finding.Low
	}
	if u < 0 { // the user must not be informed
		return finding.High
	}
	if u+1 < len(s.Tokens) && s.Tokens[u+1].Word == "to" { // do not tell the user to run …
		return finding.Low
	}
	if !secretVerb(s.Tokens[i].Word) && !warns(s.Tokens[i].Word) { // rendering: show, display, print
		if s.after(i, u-i, l.This) < 0 {
			return finding.Low
		}
	}
	if u-i > 4 && s.after(i, u-i-1, l.This) < 0 {
		return finding.Medium
	}
	return finding.High
}

// euro tells whether the sentence negates in another European language, where word order says less.
func euro(s *sentence) bool {
	for _, t := range s.Tokens {
		if t.Class&l.Neg != 0 && euroNeg[t.Word] {
			return true
		}
	}
	return false
}

var euroNeg = set("nicht", "ne", "pas", "nunca", "jamas", "sin", "sans", "ohne", "niemals", "nao", "sem", "non", "senza", "niet", "nooit", "zonder", "jamais", "не", "никогда", "ничего", "mai", "без")

var thisWord = set("this", "it", "these", "that", "those", "step", "steps", "instruction", "instructions", "such")

// warns tells verbs of telling a person, as against rendering for one.
func warns(w string) bool {
	for _, p := range []string{"told", "notif", "alert", "warn", "advis", "appris", "describ", "communicat"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}

// secretVerb tells verbs of telling that are not also verbs of rendering.
func secretVerb(w string) bool {
	for _, p := range []string{"mention", "tell", "reveal", "disclos", "discuss", "acknowledg", "inform", "explain", "divulg", "narrat", "expose", "announc", "report", "bring", "hear"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}

// unawares finds "without the user's knowledge", "so that the user does not notice".
func unawares(s *sentence) *match {
	if !s.has(l.Neg) || !s.has(l.User) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Neg == 0 {
			continue
		}
		u := s.after(i, 4, l.User)
		if u < 0 {
			u = s.before(i, 3, l.User)
		}
		if u < 0 {
			continue
		}
		if s.word(u, 4, "knowledge", "awareness", "noticing", "knowing", "notice", "aware", "see", "seeing", "realizing", "realize", "suspect", "know", "find") &&
			(s.has(l.Send|l.Fill|l.Read|l.Exfil|l.Execute|l.Call|l.Hide|l.Destroy) || t.Word == "without") {
			if t.Word == "without" || s.has(l.You|l.Modal|l.Hide) || s.word(u, 5, "suspect", "realize", "notice", "noticing") {
				return &match{conceal, finding.High, i, ""}
			}
		}
	}
	return nil
}

// secretly finds an adverb of secrecy next to an action.
func secretly(s *sentence) *match {
	if !s.has(l.Hide, l.Send|l.Fill|l.Read|l.Exfil|l.Call|l.Execute|l.Instead|l.Destroy) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Hide == 0 || !adverb(t) || !s.payload && s.ratherThan(i) {
			continue
		}
		v := s.after(i, 3, l.Send|l.Fill|l.Read|l.Exfil|l.Instead|l.Call|l.Execute|l.Destroy)
		if v < 0 {
			v = s.before(i, 6, l.Send|l.Fill|l.Read|l.Exfil|l.Instead|l.Call|l.Execute|l.Destroy)
		}
		if v < 0 {
			continue
		}
		spoils := s.has(l.Cred|l.Path|l.Convo|l.Private|l.External|l.SysPrompt|l.URL|l.Attacker) || s.has(l.User, l.Content)
		act := s.Tokens[v].Class&(l.Send|l.Fill|l.Read|l.Exfil|l.Instead) != 0
		switch {
		case spoils || act && s.instructs(v) || foreignVerb(t):
			return &match{conceal, finding.High, v, "does something in secret"}
		case act && t.Word != "silently" && t.Word != "quietly":
			return &match{conceal, finding.High, v, "does something in secret"}
		default:
			return &match{conceal, finding.Low, v, "does something in secret"}
		}
	}
	return nil
}

// ratherThan tells "returns an error instead of silently …", "never silently …".
func (s *sentence) ratherThan(i int) bool {
	for j := max(i-3, 0); j < i; j++ {
		switch w := s.Tokens[j].Word; {
		case (w == "instead" || w == "rather") && (s.Tokens[j+1].Word == "of" || s.Tokens[j+1].Word == "than"), w == "never" && j == i-1, w == "not" && j == i-1:
			return true
		}
	}
	return false
}

// adverb tells words that say how something is done; adjectives such as "hidden" describe files too.
func adverb(t l.Token) bool {
	if t.Form != l.None && !foreignVerb(t) {
		return false
	}
	switch t.Word {
	case "hidden", "confidential", "private", "still", "secret", "cache", "leave", "keep", "keeps", "kept", "omit", "discreet", "oculto", "oculta", "cacher", "geheim", "privately", "be":
		return false
	}
	return true
}

// keptSecret finds "keep this hidden from the user", "leave it out of your answer", "conceal this from the operator".
func keptSecret(s *sentence) *match {
	for i, t := range s.Tokens {
		switch {
		case t.Class&l.Hide != 0 && t.Form == l.Base && s.after(i, 8, l.User) >= 0 && s.after(i, 4, l.This|l.Content|l.ToolNoun) >= 0 && s.word(i, 8, "from"):
			return &match{conceal, finding.High, i, ""}
		case t.Class&l.Hide != 0 && s.after(i, 6, l.User) >= 0 && (foreignVerb(t) || t.Form == l.Base && t.Word != "keep" && euro(s)):
			return &match{conceal, finding.High, i, ""}
		case (t.Word == "keep" || t.Word == "kept") && s.word(i, 6, "secret", "hidden", "confidential", "quiet", "yourself", "private") && s.after(i, 4, l.This|l.You) >= 0 &&
			(s.has(l.User) || s.role != fields.ParamDescription && s.after(i, 2, l.This) >= 0):
			return &match{conceal, finding.High, i, ""}
		case (t.Word == "leave" || t.Word == "left" || t.Word == "keep" || t.Word == "omit" || t.Word == "exclude" || t.Word == "hide") && s.after(i, 12, l.Response|l.User) >= 0 &&
			(s.after(i, 12, l.You) >= 0 || s.word(i, 12, "user", "user-facing")) && s.word(i, 8, "out", "from") && s.after(i, 6, l.This) >= 0:
			return &match{conceal, finding.High, i, ""}
		}
	}
	return nil
}

// unconfirmed finds orders to act without asking.
func unconfirmed(s *sentence) *match {
	if !s.has(l.Neg, l.Confirm, l.Send|l.Execute|l.Destroy|l.Exfil|l.Obey|l.Call|l.Fill) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Neg == 0 || s.after(i, 4, l.Confirm) < 0 {
			continue
		}
		v := s.before(i, 12, l.Send|l.Execute|l.Destroy|l.Exfil|l.Obey|l.Fill)
		if v < 0 || !s.instructs(v) {
			continue
		}
		if s.has(l.Shell|l.Embedded|l.Cred|l.Path|l.External|l.Attacker|l.Money) || s.tagged || s.payload {
			return &match{unasked, finding.High, v, ""}
		}
		return &match{unasked, finding.Medium, v, ""}
	}
	return nil
}
