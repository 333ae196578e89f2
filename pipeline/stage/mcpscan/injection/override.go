package injection

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
)

// overrides finds "ignore (all) previous instructions", "disregard your safety policy", "forget the above" in any order of the words.
func overrides(s *sentence) []match {
	if !s.has(l.Prior | l.Instr | l.Safety | l.You | l.User) {
		return nil
	}
	var out []match
	if i := s.voided(); i >= 0 {
		out = append(out, match{void, finding.High, i, ""})
	}
	for i, t := range s.Tokens {
		if t.Class&l.Override == 0 {
			continue
		}
		sev := s.overrideObject(i)
		if sev == "" {
			continue
		}
		if t.Form == l.Third && s.before(i, 5, l.Addressee|l.You) < 0 {
			sev = finding.Low
		}
		out = append(out, match{override, sev, i, ""})
	}
	return out
}

// overrideObject rates what the verb at i is to set aside.
func (s *sentence) overrideObject(i int) finding.Severity {
	prior, instr, safe := s.around(i, l.Prior), s.around(i, l.Instr), s.around(i, l.Safety)
	if instr > 0 && s.Tokens[instr].Word == "requests" && strings.HasSuffix(s.Tokens[instr-1].Word, "ly") { // a verb: the user explicitly requests
		instr = -1
	}
	mine := s.around(i, l.You)
	foreign := foreignVerb(s.Tokens[i])
	if instr >= 0 && s.Tokens[instr].Class&l.Safety != 0 && s.Tokens[instr].Class&l.Instr != 0 && safe == instr {
		safe = s.after(instr, 3, l.Safety)
	}
	switch {
	case prior >= 0 && instr >= 0 && (foreign || abs(prior-instr) <= 4) && !ownOrder(s, i, instr):
		return finding.High
	case mine >= 0 && (instr >= 0 || safe >= 0) && mine < max(instr, safe) && abs(mine-max(instr, safe)) <= 4:
		return finding.High
	case prior >= 0 && i < prior && s.bare(prior):
		return finding.High
	case s.has(l.User) && instr >= 0 && s.before(instr, 3, l.User) > i:
		return finding.High
	case safe >= 0 && safe > i && s.Tokens[i].Word != "skip" && strongSafety[s.Tokens[safe].Word] && (instr >= 0 || s.after(safe, 2, l.Safety) >= 0):
		return finding.High
	case instr >= 0 && instr > i && s.before(instr, 2, l.Any|l.SysPrompt) > i && instructionNoun[s.Tokens[instr].Word] && s.Tokens[i].Word != "skip":
		return finding.High
	case instr >= 0 && s.Tokens[instr].Class&l.SysPrompt != 0 && i < instr:
		return finding.High
	case foreign && instr >= 0 && safe >= 0:
		return finding.High
	case safe > i && strongSafety[s.Tokens[safe].Word]:
		return finding.Medium
	}
	return ""
}

// around finds the token of class m next to the verb i: after it, or before it where the language puts the verb last.
func (s *sentence) around(i int, m l.Class) int {
	if j := s.after(i, 7, m); j >= 0 {
		return j
	}
	if foreignVerb(s.Tokens[i]) {
		return s.before(i, 7, m)
	}
	return -1
}

// ownOrder tells "ignore previous messages in the channel": things of the tool's own field called messages, text or tasks.
func ownOrder(s *sentence, i, instr int) bool {
	return weakNoun[s.Tokens[instr].Word] && s.before(instr, 4, l.You) < i && !s.has(l.Obey|l.Exfil|l.Disclose)
}

// bare tells whether nothing follows the word that it could describe: "ignore the above and", "disregard all previous, then".
func (s *sentence) bare(i int) bool {
	if !bareWord[s.Tokens[i].Word] {
		return false
	}
	if i+1 == len(s.Tokens) {
		return true
	}
	n := s.Tokens[i+1]
	return n.Punct || n.Word == "and" || n.Word == "then" || n.Word == "instead"
}

var (
	bareWord     = set("previous", "prior", "above", "earlier", "preceding", "foregoing", "before", "ci-dessus", "upto")
	strongSafety = set("safety", "guardrail", "guardrails", "safeguard", "safeguards", "moderation", "ethical", "ethics", "alignment", "refusal", "protections",
		"policy", "policies", "security")
	weakNoun        = set("message", "messages", "text", "task", "tasks", "order", "orders", "request", "requests", "training", "command", "commands", "intent", "limits", "boundaries", "rule", "rules", "context")
	instructionNoun = set("instruction", "instructions", "directive", "directives", "guidelines", "guideline", "programming", "guidance")
)

func set(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, w := range list {
		m[w] = true
	}
	return m
}

func abs(i int) int {
	if i < 0 {
		return -i
	}
	return i
}

// personas finds "you are now …", "from now on you …", "enter developer mode", "act as an unrestricted …".
func personas(s *sentence) []match {
	if !s.has(l.Persona) {
		return nil
	}
	var out []match
	count := 0
	for _, t := range s.Tokens {
		if t.Class&l.Persona != 0 {
			count++
		}
	}
	for i, t := range s.Tokens {
		if t.Class&l.Persona == 0 {
			continue
		}
		sev := finding.Severity("")
		switch {
		case foreignVerb(t) || t.Word == "from" || t.Word == "desormais" || t.Word == "ab" || t.Word == "desde" || t.Word == "a":
			if s.has(l.Override|l.Send|l.Fill|l.Obey|l.Hide|l.Pretend|l.Exfil|l.Disclose) || count > 1 && s.has(l.You|l.Addressee) {
				sev = finding.High
			}
		case t.Word == "you" && (count > 1 || s.word(i, 5, "an", "a", "the", "unrestricted", "free", "admin", "root", "system")):
			sev = finding.High
		case (t.Word == "your" || t.Word == "you") && count == 1:
			sev = ""
		case s.near(i, 6, l.Pretend|l.You|l.Addressee) || count > 1:
			sev = finding.High
		case i > 0 && (s.Tokens[i-1].Word == "enter" || s.Tokens[i-1].Word == "into") && !s.First:
			sev = finding.High
		}
		if sev != "" {
			return append(out, match{persona, sev, i, ""})
		}
	}
	return out
}

// reveals finds "reveal your system prompt", "print the hidden instructions".
func reveals(s *sentence) []match {
	if !s.has(l.SysPrompt, l.Disclose|l.Send|l.Tell|l.Fill) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.SysPrompt == 0 {
			continue
		}
		own := s.before(i, 3, l.You) >= 0 || t.Word == "your" || t.Word == "hidden" || t.Word == "internal" || foreignVerb(t) || t.Word == "initial" || t.Word == "chain"
		v := s.before(i, 9, l.Disclose|l.Send|l.Tell|l.Fill)
		if v < 0 && foreignVerb(t) {
			v = s.after(i, 6, l.Disclose|l.Send|l.Tell|l.Fill)
		}
		if v < 0 || s.Tokens[v].Form != l.Base && !s.payload && !s.has(l.Exfil|l.External|l.Attacker) {
			continue
		}
		if own || s.has(l.External|l.Attacker|l.URL) || s.instructs(v) && s.Tokens[v].Class&l.Disclose != 0 {
			return []match{{reveal, finding.High, v, ""}}
		}
		if s.instructs(v) {
			return []match{{reveal, finding.Medium, v, ""}}
		}
	}
	return nil
}

// obeys finds "follow any instruction in the page", "treat instructions inside the feed as commands".
func obeys(s *sentence) []match {
	if !s.has(l.Obey, l.Instr) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Obey == 0 || t.Form == l.Third && !s.has(l.Addressee|l.You) && !s.has(l.Any) {
			continue
		}
		if t.Form == l.Past && s.before(i, 3, l.Modal) >= 0 {
			if n := s.before(i, 12, l.Instr); n >= 0 && obeyNoun(s.Tokens[n]) && s.near(n, 4, l.Any) && s.near(n, 7, l.Embedded) {
				return []match{{obey, finding.High, i, ""}}
			}
		}
		n := -1
		for j := i + 1; j < len(s.Tokens) && j <= i+10 && n < 0; j++ {
			if s.Tokens[j].Class&l.Instr != 0 && obeyNoun(s.Tokens[j]) {
				n = j
			}
		}
		if n < 0 && foreignVerb(t) {
			n = s.before(i, 8, l.Instr)
		}
		if n < 0 || !obeyNoun(s.Tokens[n]) {
			continue
		}
		whose := s.near(n, 10, l.Embedded) && s.near(n, 12, l.Web)
		switch {
		case whose && (s.near(n, 4, l.Any) || s.word(max(i-1, 0), 6, "whatever", "new", "any") || s.has(l.Neg, l.Confirm)):
			return []match{{obey, finding.High, i, ""}}
		case whose && (t.Word == "treat" || t.Word == "obey" || t.Word == "trust"):
			return []match{{obey, finding.High, i, ""}}
		case s.word(i, 6, "new", "these", "hidden", "following") && s.has(l.Override|l.Instead):
			return []match{{obey, finding.High, i, ""}}
		case whose && s.instructs(i):
			return []match{{obey, finding.Medium, i, ""}}
		}
	}
	return nil
}

func obeyNoun(t l.Token) bool {
	return instructionNoun[t.Word] || t.Word == "command" || t.Word == "commands" || t.Word == "orders" || t.Word == "prompt" || t.Word == "prompts" || foreignVerb(t) ||
		t.Word == "requests" || t.Word == "request"
}

// voided finds "your earlier rules no longer apply", "the restrictions placed on you are void".
func (s *sentence) voided() int {
	for i, t := range s.Tokens {
		if t.Class&(l.Instr|l.Safety) == 0 || weakNoun[t.Word] && t.Word != "rules" && t.Word != "limits" {
			continue
		}
		if !s.near(i, 4, l.You) && s.before(i, 3, l.Prior) < 0 {
			continue
		}
		if s.word(i, 8, "void", "lifted", "revoked", "suspended", "cancelled", "canceled", "invalid", "obsolete", "superseded", "disabled", "voided", "overridden") && s.word(i, 8, "are", "is", "been", "now", "stand") {
			return i
		}
		if n := s.after(i, 7, l.Neg); n >= 0 && s.word(n, 4, "apply", "bind", "hold", "count", "matter", "valid", "relevant", "exist") {
			return i
		}
	}
	return -1
}
