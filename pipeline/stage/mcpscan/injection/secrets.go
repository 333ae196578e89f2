package injection

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
)

const moves = l.Read | l.Send | l.Fill | l.Exfil | l.Disclose

// abroad are places outside the conversation and the tool.
const abroad = l.External | l.Attacker | l.URL

// files finds an action on a file that holds secrets.
func files(s *sentence) []match {
	if !s.has(l.Path) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Path == 0 {
			continue
		}
		if m := s.file(i); m != nil {
			return []match{*m}
		}
	}
	return nil
}

func (s *sentence) file(i int) *match {
	v := s.before(i, 12, moves)
	if s.payload {
		return &match{sensitive, finding.High, i, ""}
	}
	if s.role == fields.ParamDescription || s.role == fields.Value || s.role == fields.ParamName {
		return s.fileParam(i)
	}
	if v < 0 {
		v = s.after(i, 6, moves)
	}
	if v < 0 {
		return &match{sensitive, finding.Low, i, sensitive.lowMsg}
	}
	outward := s.has(abroad|l.Exfil|l.Hide) || s.has(l.Also, l.Send|l.Fill|l.Exfil)
	switch {
	case s.Tokens[v].Class&l.Exfil != 0, s.instructs(v), foreignVerb(s.Tokens[v]), outward && s.Tokens[v].Form != l.None, s.tagged:
		return &match{sensitive, finding.High, v, ""}
	case s.near(i, 8, l.Send|l.Fill) && !s.First:
		return &match{sensitive, finding.High, v, ""}
	}
	return &match{sensitive, finding.Medium, v, ""}
}

// fileParam judges a path in the text of a parameter: where the parameter is a path, the file is only a default or an example.
func (s *sentence) fileParam(i int) *match {
	for _, t := range s.Tokens {
		switch t.Word {
		case "path", "paths", "location", "default", "defaults", "override", "overrides", "where", "file", "filename", "directory":
			if !s.word(max(i-5, -1), min(4, i), "content", "contents", "text", "value", "values", "body") {
				return &match{sensitive, finding.Low, i, sensitive.lowMsg}
			}
		}
	}
	v := s.before(i, 10, moves|l.Content)
	if v >= 0 && !s.negated(i) {
		return &match{sensitive, finding.High, v, ""}
	}
	return &match{sensitive, finding.Low, i, sensitive.lowMsg}
}

// credentials finds orders to collect or hand over secrets.
func credentials(s *sentence) []match {
	if !s.has(l.Cred, moves) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Cred == 0 {
			continue
		}
		v := s.before(i, 10, moves)
		if v < 0 {
			v = s.after(i, 6, l.Send|l.Fill|l.Exfil)
		}
		if v < 0 {
			continue
		}
		if sev := s.credential(i, v); sev != "" {
			return []match{{credential, sev, v, ""}}
		}
	}
	return nil
}

// credential rates the secret at i moved by the verb at v. A tool may ask for its own key; signs that it wants others' keys add up.
func (s *sentence) credential(i, v int) finding.Severity {
	signs := 0
	for _, sign := range []bool{
		s.has(abroad),
		s.has(l.Hide) || s.has(l.Background),
		s.has(l.Also) && s.Tokens[v].Class&(l.Send|l.Fill|l.Exfil|l.Read) != 0,
		s.near(i, 4, l.Any) || s.word(max(i-6, 0), 12, "you can access", "access to", "available", "found", "stored", "know", "saved"),
		s.before(i, 4, l.User) >= 0,
		s.has(l.Read, l.Send) || s.has(l.Read, l.ParamRef|l.Response) && s.has(l.Fill),
		s.tagged || s.conditional() && s.instructs(v),
		s.has(l.Path | l.Convo | l.SysPrompt),
		s.Tokens[v].Class&l.Exfil != 0,
		foreignVerb(s.Tokens[v]) && s.Tokens[v].Class&(l.Send|l.Fill) != 0,
	} {
		if sign {
			signs++
		}
	}
	switch {
	case s.payload, signs >= 2 && s.instructs(v), signs >= 3, s.Tokens[v].Class&l.Exfil != 0 && s.Tokens[v].Form != l.None && signs >= 1:
		return finding.High
	case signs == 2:
		return finding.Medium
	}
	return ""
}

// channels finds the conversation, the prompts or private data put into a parameter or sent along.
func channels(s *sentence) []match {
	if !s.has(l.Convo | l.SysPrompt | l.Private) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&(l.Convo|l.SysPrompt|l.Private) == 0 || s.handle(i) || s.shown(i) {
			continue
		}
		whole := s.near(i, 4, l.Any) || s.near(i, 3, l.Prior) || s.word(max(i-5, -1), 10, "complete", "verbatim", "far", "recent", "history", "last") || t.Class&l.SysPrompt != 0
		if s.role == fields.ParamDescription {
			if whole && (t.Class&(l.Convo|l.SysPrompt) != 0 || s.before(i, 6, l.User|l.Any) >= 0 && s.has(l.Content)) {
				at := i
				if v := s.before(i, 20, l.Fill|l.Send); v >= 0 && s.negated(v) { // do not include personal data, credentials or …
					at = v
				}
				return []match{{channel, s.channelParam(i), at, ""}}
			}
			continue
		}
		v := s.before(i, 8, l.Send|l.Fill|l.Exfil)
		if v < 0 || s.fetched(v, i) {
			v = s.after(i, 8, l.Send|l.Fill|l.Exfil)
		}
		if v < 0 {
			continue
		}
		if sev := s.channel(i, v, whole); sev != "" {
			return []match{{channel, sev, v, ""}}
		}
	}
	return nil
}

// handle tells whether the word at i only names a thing by which a conversation is found: its id, its address, a value of another parameter.
func (s *sentence) handle(i int) bool {
	if i > 0 && s.Tokens[i].Class&l.Ident != 0 && s.Tokens[i-1].Class&l.Ident != 0 {
		return true
	}
	return s.word(i, 1, "id", "ids", "identifier", "identifiers", "uuid", "url", "urls", "link", "links", "name", "names")
}

// shown tells whether the text at i is what a tool gives and not what it wants: "is shown instead of the full transcript".
func (s *sentence) shown(i int) bool {
	if s.has(l.You) || s.has(l.Addressee) || s.has(l.Modal) || s.has(l.Hide) || s.payload || s.tagged {
		return false
	}
	for j := max(i-8, 0); j < i; j++ {
		switch s.Tokens[j].Word {
		case "shown", "returned", "displayed", "rendered", "fetched", "retrieved":
			return s.Tokens[max(j-1, 0)].Word == "is" || s.Tokens[max(j-1, 0)].Word == "are"
		}
	}
	return false
}

// fetched tells whether what stands at i is the object of reading ("pass its address, to fetch the transcript") and not of the verb at v before.
func (s *sentence) fetched(v, i int) bool {
	r := s.before(i, i-v-1, l.Read)
	return r > v && s.Tokens[r].Form == l.Base && s.Tokens[r].Class&(l.Send|l.Fill|l.Exfil) == 0 && s.Tokens[r-1].Word == "to"
}

// channelParam rates a parameter that wants the conversation. Wanting all of it, word for word, serves nobody but a listener.
func (s *sentence) channelParam(i int) finding.Severity {
	if s.word(-1, len(s.Tokens), "entire", "full", "complete", "whole", "verbatim", "everything", "all") && !s.has(l.Neg) || s.Tokens[i].Class&l.SysPrompt != 0 && s.has(l.You|l.Fill|l.Send) {
		return finding.High
	}
	return finding.Medium
}

// quotedAfter tells whether a name in quotation marks follows: tools write their parameters so.
func (s *sentence) quotedAfter(i, n int) bool {
	for j := i + 1; j < len(s.Tokens) && j <= i+n; j++ {
		if s.Tokens[j].Quoted {
			return true
		}
	}
	return false
}

func (s *sentence) channel(i, v int, whole bool) finding.Severity {
	t := s.Tokens[i]
	into := s.near(v, 14, l.ParamRef|abroad|l.Ident) || s.tagged || s.quotedAfter(v, 14)
	order := s.instructs(v)
	switch {
	case s.payload:
		return finding.High
	case s.Tokens[v].Class&l.Exfil != 0 && s.Tokens[v].Form != l.None:
		return finding.High
	case order && into && (whole || t.Class&(l.Convo|l.SysPrompt) != 0 || s.has(l.Private, l.Content)):
		return finding.High
	case order && s.tagged:
		return finding.High
	case order && t.Class&l.Private != 0 && s.word(i, 3, "information", "data", "details", "keys", "files") && !s.First:
		return finding.High
	case whole && s.has(abroad) && (s.has(l.Also|l.Hide|l.Background) || !s.First):
		return finding.High
	case foreignVerb(s.Tokens[v]) && (whole || s.has(l.ParamRef|abroad)):
		return finding.High
	case order && into:
		return finding.Medium
	}
	return ""
}

// exfiltrations finds data sent to a place that the tool's purpose does not explain.
func exfiltrations(s *sentence) []match {
	if !s.has(l.Exfil | l.Send | l.Fill) {
		return nil
	}
	for i, t := range s.Tokens {
		if t.Class&l.Exfil != 0 && t.Form != l.None && s.object(i) && !(t.Class&l.Read != 0 && !s.has(l.Cred|l.Path|l.Private|abroad)) {
			return []match{{exfiltrate, finding.High, i, ""}}
		}
		if t.Word == "exfiltration" && s.has(l.Send) && s.word(max(i-3, -1), 2, "for") && s.before(i, 8, l.Send) >= 0 && !s.has(l.Defend) {
			return []match{{exfiltrate, finding.High, i, ""}}
		}
		if t.Class&(l.Send|l.Fill) == 0 {
			continue
		}
		if sev := s.sends(i); sev != "" {
			return []match{{exfiltrate, sev, i, ""}}
		}
	}
	return nil
}

// object tells whether the verb at i has an object or an adverb after it; a bare word in a list is a category.
func (s *sentence) object(i int) bool {
	return foreignVerb(s.Tokens[i]) || i+1 < len(s.Tokens) && !s.Tokens[i+1].Punct || s.before(i, 3, l.Modal|l.Hide|l.Also) >= 0 || s.payload
}

// sends rates the verb of sending at i.
func (s *sentence) sends(i int) finding.Severity {
	t := s.Tokens[i]
	where := s.after(i, 14, abroad)
	if where < 0 && foreignVerb(t) {
		where = s.before(i, 10, abroad)
	}
	if where < 0 || t.Form == l.Ing && !s.has(l.Also|l.Hide) || t.Form == l.Past && !s.has(l.Also|l.Hide|l.Background) {
		return ""
	}
	if s.word(where, 1, "side", "effect", "effects", "cost", "costs") { // no place to send anything to
		return ""
	}
	strong := s.Tokens[where].Class&(l.Attacker|l.External) != 0
	aside := s.before(i, 3, l.Also|l.Hide|l.Background) >= 0 || s.has(l.Background) && s.has(l.Also)
	spoils := s.has(l.Cred|l.Path|l.Convo|l.SysPrompt|l.Private) || s.near(i, 5, l.Any) && s.near(i, 7, l.Content|l.Response|l.Instr|l.Web) ||
		s.word(i, 6, "results", "result", "copy", "input", "inputs", "output", "prompts", "contents", "copies", "response", "messages")
	switch {
	case s.Tokens[where].Class&l.Attacker != 0:
		return finding.High
	case aside && strong && t.Class&l.Send != 0:
		return finding.High
	case aside && (spoils || strings.Contains(s.Tokens[where].Word, "://")) && t.Class&l.Send != 0:
		return finding.High
	case s.instructs(i) && spoils && (strong || t.Class&l.Send != 0) && (!s.First || s.conditional() || s.tagged):
		return finding.High
	case strong && spoils && !s.First && t.Class&l.Send != 0:
		return finding.Medium
	}
	return ""
}
