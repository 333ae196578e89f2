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
		named := 0 // sentences since a tool of another server was named
		for _, s := range f.Sentences {
			if named > 0 {
				named--
				if s.Mask&(l.URL|l.External|l.Money|l.Hide|l.Attacker) != 0 && s.Mask&handles != 0 && ordered(s, -1) && !mention(s, len(s.Tokens)-1) {
					a.report(it, f.Path, "crossorigin.steering", finding.High, "orders something for a tool that is not of this server", prose.Clip(f.Text.Plain, s.Start, s.End))
				}
			}
			if a.namesForeign(s) {
				named = 3
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
		ident := t.Class&l.Ident != 0
		if !known && (!ident || !strings.Contains(t.Word, "_") && !window(s, i, 2, l.ToolNoun)) || known && !distinctive(t.Word) {
			continue
		}
		steered := window(s, i, 8, l.Call|l.Execute|l.Instead|l.Whenever|l.Before|l.After)
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
		if i == at || t.Class&handles == 0 {
			continue
		}
		switch {
		case t.Form == l.Base && (t.Clause || before(s, i, 3, l.Modal|l.Also|l.Hide|l.You)) && !(s.First && i == 0):
			return true
		case t.Form == l.Past && before(s, i, 3, l.Modal):
			return true
		case t.Class&l.Instead != 0 && t.Form == l.None && s.Mask&l.Modal != 0:
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

// mention tells whether the sentence gives an example or describes an attack before i.
func mention(s l.Sentence, i int) bool {
	for j := range i {
		if t := s.Tokens[j]; t.Class&l.Mention != 0 && t.Form != l.Base && t.Class&l.Call == 0 {
			return !s.Tokens[i].Clause || s.Tokens[i].Quoted
		}
	}
	return false
}
