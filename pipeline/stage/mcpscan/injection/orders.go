package injection

import (
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// coercions finds "always call this tool before anything else", "never use other tools".
func coercions(s *sentence) []match {
	if !s.has(l.Call, l.Modal|l.Neg|l.Before|l.Instead) || s.role == fields.ParamDescription {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Call == 0 {
			continue
		}
		duty := s.before(i, 6, l.Modal) >= 0 || t.Clause && t.Form == l.Base && !s.First
		this := s.near(i, 4, l.ToolNoun)
		if !this || !duty && s.before(i, 4, l.Neg) < 0 {
			continue
		}
		every := s.word(i, 14, "every", "any", "all", "each", "everything", "anything", "regardless")
		turn := s.word(i, 16, "response", "request", "message", "question", "prompt", "conversation", "task", "query", "action", "answer", "turn", "reply", "responding", "answering", "messages", "requests")
		others := s.word(max(i-5, -1), 20, "other", "others", "another", "alternative", "else")
		switch {
		case duty && every && turn && s.has(l.Before|l.Whenever|l.After):
			return []match{{coerce, finding.High, i, ""}}
		case others && (s.has(l.Instead) || s.word(-1, len(s.Tokens), "prefer", "over", "only", "always") && s.has(l.Neg|l.Modal)) && duty:
			return []match{{coerce, finding.High, i, ""}}
		case others && s.before(i, 3, l.Neg) >= 0:
			return []match{{coerce, finding.Medium, i, ""}}
		case duty && s.has(l.Before) && (others || every || s.word(i, 8, "first", "before")):
			return []match{{coerce, finding.Medium, i, ""}}
		}
	}
	return nil
}

// sleepers finds behaviour that is announced for later: "once approved, it will …", "after three calls start …".
func sleepers(s *sentence) []match {
	if i := futureVersion(s); i >= 0 {
		return []match{{sleeper, finding.High, i, ""}}
	}
	if i := remoteOrders(s); i >= 0 {
		return []match{{sleeper, finding.High, i, "takes its instructions from a place that can change them later"}}
	}
	if !s.has(l.After | l.Whenever | l.Before) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&(l.After|l.Whenever) == 0 {
			continue
		}
		granted := s.after(i, 7, l.Approved)
		if granted < 0 && s.word(i, 6, "approval", "review", "audit", "installation", "trust", "whitelisting", "allowlisted", "adoption", "verification", "vetting", "release") {
			granted = i
		}
		count := s.word(i, 6, "uses", "calls", "invocations", "days", "executions", "runs", "activation") && s.word(i, 4, "first", "three", "few", "several", "10", "5", "3", "100", "initial", "enough")
		if granted < 0 && !count {
			continue
		}
		if granted > i && s.Tokens[granted].Form != l.Past && s.Tokens[granted].Form != l.None {
			continue
		}
		future := s.word(i, 20, "will", "begin", "begins", "start", "starts", "switch", "switches", "activate", "activates", "change", "changes", "become", "becomes", "silently", "replace", "replaces", "unlock", "unlocks")
		harm := s.has(l.Shell|l.Exfil|l.Path|l.Cred|l.Override|l.Attacker|l.External|l.Destroy) || s.has(l.Hide, l.Send|l.Fill|l.Read|l.Instead)
		swap := s.word(-1, len(s.Tokens), "will", "begins", "starts", "switches", "swaps", "mutates", "silently") &&
			s.word(-1, len(s.Tokens), "behavior", "behaviour", "description", "instructions", "definition", "different", "hidden", "another", "payload", "real", "true", "full")
		if future && harm || swap && (granted >= 0 || count) {
			return []match{{sleeper, finding.High, i, ""}}
		}
	}
	return nil
}

// tags finds text that speaks through <IMPORTANT>, [SYSTEM], "Note to assistant:" and the like.
func tags(s *sentence) []match {
	for i, t := range s.Tokens {
		if t.Class&l.Tag != 0 && t.Word != "<!--" {
			return []match{{tag, finding.Medium, i, ""}}
		}
		if i <= 4 && t.Class&l.Addressee != 0 && t.Label && (i == 0 || s.before(i, 4, l.Tell|l.Instr|l.Modal) >= 0 || s.word(-1, i, "note", "to", "for", "attention", "hey", "dear")) {
			return []match{{tag, finding.Medium, i, ""}}
		}
	}
	return nil
}

// deletions finds orders to destroy that are not the tool's own job: imperatives after the summary, aimed at everything.
func deletions(s *sentence) []match {
	if !s.has(l.Destroy, l.Any|l.Content) || s.First || s.role == fields.ParamDescription {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Destroy == 0 || t.Form != l.Base || t.Word == "drop" || t.Word == "format" {
			continue
		}
		if s.instructs(i) && s.after(i, 4, l.Any) >= 0 && s.after(i, 6, l.Content) >= 0 && (s.tagged || s.has(l.Override|l.Hide|l.Also) || s.conditional()) {
			return []match{{unasked, finding.High, i, ""}}
		}
	}
	return nil
}

// evals finds orders to run code that the model should bring along.
func evals(s *sentence) []match {
	if !s.has(l.Execute, l.Shell) || s.First && !s.tagged && !s.conditional() {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Execute == 0 || s.after(i, 6, l.Shell) < 0 || !s.instructs(i) || t.Class&l.Call != 0 && t.Word == "use" {
			continue
		}
		if (s.tagged || s.has(l.Hide|l.Override|l.Neg)) && (s.has(l.You|l.Addressee|l.Modal|l.User) || s.tagged) && s.conditional() {
			return []match{{unasked, finding.High, i, ""}}
		}
	}
	return nil
}

// dormancy finds tools that say they lie idle until something happens: "should not be called during normal operations", "stays dormant until".
func (a *analysis) dormancy(f prose.Field) {
	if f.Role != fields.Description {
		return
	}
	for _, s := range f.Sentences {
		sev := finding.Severity("")
		for i, t := range s.Tokens {
			w := sentence{Sentence: s}
			switch {
			case t.Word == "dormant" || t.Word == "inactive" && w.word(i, 3, "until"):
				sev = finding.Medium
			case t.Word == "normal" && w.word(i, 1, "operation", "operations", "use", "usage") && s.Mask&l.Neg != 0:
				sev = finding.Medium
			case (t.Word == "activates" || t.Word == "activated" || t.Word == "triggers" || t.Word == "triggered") && w.word(i, 6, "specific", "certain", "secret", "hidden", "special") && w.word(i, 8, "conditions", "condition", "keyword", "date", "phrase", "trigger", "time", "input"):
				sev = finding.Medium
			}
		}
		if sev == "" {
			continue
		}
		for _, w := range prose.Words(a.item.Name) {
			if covert[w] {
				sev = finding.High
			}
		}
		if s.Mask&(l.Exfil|l.Hide|l.Shell|l.Cred|l.Override|l.Attacker) != 0 {
			sev = finding.High
		}
		a.out = append(a.out, a.finding(f, sleeper, sev, "says that it lies idle until something happens", prose.Clip(f.Text.Plain, s.Start, s.End)))
	}
}

// covert are words of names that promise secrecy.
var covert = set("hidden", "backdoor", "secret", "dormant", "sleeper", "covert", "shadow", "stealth", "trojan", "ghost", "phantom")

// futureVersion finds "a later update will ask for your files".
func futureVersion(s *sentence) int {
	for i, t := range s.Tokens {
		switch t.Word {
		case "future", "later", "next", "subsequent", "upcoming", "new":
			if s.word(i, 2, "version", "versions", "update", "updates", "release", "releases", "revision") && s.word(i, 8, "will", "may", "shall") &&
				(s.has(l.Exfil|l.Path|l.Cred|l.Override|l.Attacker|l.Hide|l.Shell|l.Private|l.Convo) || s.word(i, 16, "instructions", "permissions", "behavior", "behaviour")) {
				return i
			}
		}
	}
	return -1
}

// remoteOrders finds "loads its instructions from a remote server at run time".
func remoteOrders(s *sentence) int {
	if !s.has(l.Read, abroad) || s.role == fields.ParamDescription {
		return -1
	}
	for i, t := range s.Tokens {
		if t.Class&l.Read == 0 || !s.word(i, 5, "instructions", "instruction", "behavior", "behaviour", "directives", "orders", "commands") || s.after(i, 10, abroad) < 0 {
			continue
		}
		if s.has(l.Obey|l.Execute) || s.word(-1, len(s.Tokens), "its", "runtime", "dynamically", "follows", "applies", "updated") {
			return i
		}
	}
	return -1
}
