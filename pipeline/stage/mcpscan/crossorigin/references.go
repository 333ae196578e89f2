package crossorigin

import (
	"strings"
	"unicode"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

const (
	handles = l.Send | l.Fill | l.Exfil | l.Instead | l.Override | l.Hide | l.Destroy
	steers  = l.Call | l.Execute | l.Before | l.After | l.Whenever | l.Instead | l.Modal | l.Override
)

// references finds sentences that steer tools of other servers.
func (a *analysis) references(it prose.Item) {
	for _, f := range it.Texts {
		tagged := 0 // sentences that still belong to a control tag
		named := 0  // sentences since a tool of another server was named
		for _, s := range f.Sentences {
			if named > 0 {
				named--
				if (s.Mask&(l.URL|l.External|l.Money|l.Attacker) != 0 || hides(s)) && s.Mask&handles != 0 && ordered(s, -1) && !mention(s, len(s.Tokens)-1) {
					a.report(it, f.Path, "crossorigin.steering", finding.High, "orders something for a tool that is not of this server", prose.Clip(f.Text.Plain, s.Start, s.End))
				}
			}
			if a.namesForeign(s) {
				named = 3
			}
			if tagged--; s.Mask&l.Tag != 0 {
				tagged = 8
			}
			if msg := a.claims(s, tagged > 0); msg != "" {
				a.report(it, f.Path, "crossorigin.steering", finding.High, msg, prose.Clip(f.Text.Plain, s.Start, s.End))
			}
			if s.Mask&steers == 0 {
				continue
			}
			if rule, sev, msg := a.reference(f, s); sev != "" {
				a.report(it, f.Path, rule, sev, msg, prose.Clip(f.Text.Plain, s.Start, s.End))
			}
		}
	}
}

// reference judges one sentence.
func (a *analysis) reference(f prose.Field, s l.Sentence) (string, finding.Severity, string) {
	for i, t := range s.Tokens {
		if a.names[t.Word] || t.Class&l.Path != 0 {
			continue
		}
		other, known := a.tools[t.Word]
		if !known && valued(s, i) {
			continue
		}
		ident := t.Class&l.Ident != 0
		if !known && (!ident || !strings.Contains(t.Word, "_") && !window(s, i, 2, l.ToolNoun)) || known && !distinctive(t.Word) {
			continue
		}
		steered := !(before(s, i, 6, l.Neg) && !window(s, i, 6, l.Modal)) && window(s, i, 8, l.Call|l.Execute|l.Instead|l.Whenever|l.Before|l.After)
		changed := window(s, i, 24, handles) && window(s, i, 10, l.Before|l.After|l.Whenever|l.Instead|l.Override|l.Modal) && ordered(s, i)
		switch {
		case mention(s, i):
			continue
		case changed && (known || foreignContext(s, i)):
			return "crossorigin.steering", finding.High, "tells the model how to use " + t.Word + ", which is not a tool of this server"
		case known && steered && !other.wellknown:
			return "crossorigin.steering", finding.High, "steers the use of " + other.server + "/" + other.name
		case known && steered && f.Role != fields.ParamDescription:
			return "crossorigin.reference", finding.Low, "names " + other.server + "/" + other.name
		}
	}
	return a.anyTool(f, s)
}

// claims finds orders about other tools that name no identifier: in a tagged block any tool of the set, by its plain name or its server's;
// anywhere a recipient forced upon mail, messages or payments.
func (a *analysis) claims(s l.Sentence, tagged bool) string {
	if tagged && s.Mask&(l.Modal|l.Whenever|l.Before|l.After|l.Instead|l.Any) != 0 {
		for i, t := range s.Tokens {
			other, known := a.tools[t.Word]
			if known && !other.wellknown && !a.names[t.Word] && !mention(s, i) {
				return "orders something about " + other.server + "/" + other.name
			}
			if a.servers[t.Word] && s.Mask&(handles|l.ToolNoun) != 0 {
				return "orders something about the server " + t.Word
			}
		}
	}
	if s.Mask&l.URL == 0 || s.First && s.Mask&(l.Modal|l.Whenever|l.Also) == 0 {
		return ""
	}
	for i, t := range s.Tokens {
		if t.Class&l.URL == 0 || !strings.Contains(t.Word, "@") || mention(s, i) {
			continue
		}
		mail, all, ask := false, false, false
		for _, w := range s.Tokens {
			mail = mail || mailWords[w.Word]
			all = all || w.Class&(l.Any|l.Instead|l.Also) != 0 || w.Word == "bcc" || w.Word == "cc" || w.Word == "copy" || w.Word == "must" || w.Word == "even"
			ask = ask || supportWords[w.Word]
		}
		if mail && all && !ask {
			return "forces a recipient upon mail, messages or payments"
		}
	}
	return ""
}

var mailWords = map[string]bool{"email": true, "emails": true, "mail": true, "mails": true, "message": true, "messages": true, "recipient": true, "recipients": true, "bcc": true, "cc": true,
	"payment": true, "payments": true, "transfer": true, "transfers": true, "invoice": true, "invoices": true, "send": true, "sent": true, "addressed": true, "addressee": true}

var supportWords = map[string]bool{"support": true, "help": true, "contact": true, "questions": true, "question": true, "example": true, "bugs": true, "feedback": true, "e.g": true, "issues": true, "format": true}

// namesForeign tells whether the sentence speaks of a tool that is not the server's own.
func (a *analysis) namesForeign(s l.Sentence) bool {
	if s.Mask&l.Ident == 0 {
		return false
	}
	for i, t := range s.Tokens {
		if _, known := a.tools[t.Word]; t.Class&l.Ident != 0 && !a.names[t.Word] && (known || foreignContext(s, i)) {
			return true
		}
	}
	return false
}

// foreignContext tells whether the sentence treats the identifier at i as a tool: "the X tool", "when X is called", "calling X".
func foreignContext(s l.Sentence, i int) bool {
	return window(s, i, 3, l.ToolNoun) || before(s, i, 3, l.Call) || window(s, i, 4, l.Call) && window(s, i, 5, l.Whenever|l.Before|l.After)
}

// ordered tells whether some handling verb is an order ("always add", "must be sent"), or the tool at the place is to be replaced.
func ordered(s l.Sentence, at int) bool {
	for i, t := range s.Tokens {
		if i == at || t.Class&handles == 0 || before(s, i, 4, l.Neg) {
			continue
		}
		switch {
		case t.Form == l.Base && (t.Clause || before(s, i, 3, l.Modal|l.Also|l.Hide|l.You)) && !(s.First && i == 0):
			return true
		case t.Form == l.Past && before(s, i, 3, l.Modal):
			return true
		case t.Class&l.Instead != 0 && t.Form == l.None && (strict(s) || window(s, i, 5, l.Modal)):
			return true
		case t.Class&(l.Instead|l.Override) != 0 && t.Form == l.Third && i < at && at-i <= 6:
			return true
		}
	}
	return false
}

// anyTool finds orders on how to use "any other tool" or "tools of other servers".
func (a *analysis) anyTool(f prose.Field, s l.Sentence) (string, finding.Severity, string) {
	if s.Mask&l.ToolNoun == 0 || s.Mask&(l.Whenever|l.Before|l.After|l.Modal) == 0 || s.Mask&handles == 0 {
		return "", "", ""
	}
	for i, t := range s.Tokens {
		if t.Class&l.ToolNoun == 0 || t.Word == "function" || t.Word == "endpoint" || mention(s, i) {
			continue
		}
		if a.ownInput(s, i) {
			continue
		}
		other := wordBefore(s, i, 4, "other", "another", "any", "different", "trusted", "mail", "email", "messaging", "file", "payment", "all", "every", "foreign", "external", "their")
		if !other || before(s, i, 3, l.Neg) {
			continue
		}
		for j, v := range s.Tokens {
			far := j-i > 20 || i-j > 20
			moves := v.Class&(l.Send|l.Fill|l.Exfil|l.Instead|l.Override) != 0 && v.Form == l.Base && (v.Clause || before(s, j, 2, l.Modal|l.Also|l.Hide))
			if far || !moves || v.Class&l.Call != 0 || s.First && j == 0 {
				continue
			}
			if window(s, i, 6, l.Whenever|l.Before|l.After) && (window(s, i, 6, l.Call) || window(s, j, 12, l.External|l.URL|l.Attacker|l.Money|l.Cred|l.Private|l.Convo|l.Content)) && f.Role != fields.ParamDescription {
				return "crossorigin.steering", finding.High, "tells the model how to use tools of other servers"
			}
		}
	}
	return "", "", ""
}

// hides tells whether the sentence has a word of secrecy; leaving a parameter out is none.
func hides(s l.Sentence) bool {
	for _, t := range s.Tokens {
		if t.Class&l.Hide != 0 && !strings.HasPrefix(t.Word, "omit") {
			return true
		}
	}
	return false
}

// valued tells whether the identifier at i is a value ("when is_truncated is true"): no tool is true or null.
func valued(s l.Sentence, i int) bool {
	if i+2 >= len(s.Tokens) {
		return false
	}
	switch s.Tokens[i+1].Word {
	case "is", "are", "was", "equals":
	default:
		return false
	}
	switch s.Tokens[i+2].Word {
	case "true", "false", "null", "none", "set", "unset", "empty", "zero":
		return true
	}
	return false
}

// ownInput tells whether the sentence asks for a parameter of the server's own in "every tool call": that is about its own tools.
func (a *analysis) ownInput(s l.Sentence, i int) bool {
	if i+1 >= len(s.Tokens) || s.Tokens[i+1].Word != "call" && s.Tokens[i+1].Word != "calls" || !wordBefore(s, i, 1, "every", "each", "all", "any") {
		return false
	}
	for j, t := range s.Tokens {
		if j < i && t.Class&l.Ident != 0 && a.names[t.Word] {
			return true
		}
	}
	return false
}

// distinctive tells names that nobody writes by chance: two words, or ten letters and more.
func distinctive(w string) bool {
	return strings.ContainsAny(w, "_-.") || len(w) >= 10 || strings.IndexFunc(w, unicode.IsUpper) > 0
}

func window(s l.Sentence, i, n int, m l.Class) bool {
	for j := max(0, i-n); j < len(s.Tokens) && j <= i+n; j++ {
		if j != i && s.Tokens[j].Class&m != 0 {
			return true
		}
	}
	return false
}

func before(s l.Sentence, i, n int, m l.Class) bool {
	for j := max(0, i-n); j < i; j++ {
		if s.Tokens[j].Class&m != 0 {
			return true
		}
	}
	return false
}

func wordBefore(s l.Sentence, i, n int, list ...string) bool {
	for j := max(0, i-n); j < i; j++ {
		for _, w := range list {
			if s.Tokens[j].Word == w {
				return true
			}
		}
	}
	return false
}

// mention tells whether the sentence describes what stands at i instead of ordering it: after "such as", "detects", "the documentation
// notes that", or under a negation. A duty laid on the reader makes it an order again.
func mention(s l.Sentence, i int) bool {
	for j := range min(i, len(s.Tokens)) {
		switch w := s.Tokens[j].Word; {
		case w == "such" && (j+1 >= len(s.Tokens) || s.Tokens[j+1].Word != "as"):
		case describing[w]:
			return !before(s, len(s.Tokens), len(s.Tokens), l.You) && !strict(s)
		}
	}
	return false
}

// describing are words after which a tool is spoken about.
var describing = map[string]bool{"such": true, "e.g": true, "detects": true, "detect": true, "detecting": true, "example": true, "examples": true, "sample": true, "attack": true, "attacks": true,
	"notes": true, "describes": true, "documents": true, "explains": true, "mentions": true, "states": true, "recommends": true, "clarifies": true, "documentation": true, "illustrates": true, "flags": true,
	"compares": true, "describing": true, "explaining": true, "changelog": true, "readme": true, "guide": true, "prevents": true, "warns": true}

// strict tells whether the sentence holds "must" or "always".
func strict(s l.Sentence) bool {
	for _, t := range s.Tokens {
		if t.Word == "must" || t.Word == "always" {
			return true
		}
	}
	return false
}
