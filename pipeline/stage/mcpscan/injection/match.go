package injection

import (
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
)

// match is what a rule found in a sentence.
type match struct {
	rule     *rule
	severity finding.Severity
	at       int // token that carries the rule; its context tells mention from instruction
	message  string
}

// sentence is a sentence with what its rules need to know about its surroundings.
type sentence struct {
	l.Sentence
	role    fields.Role
	tagged  bool // a control tag stands before it in the field
	payload bool // decoded or hidden text: nobody mentions an attack in hidden text
	defends bool // the item says that it is a scanner, a guardrail or a test tool
}

// has tells whether the sentence has a word of every class of the masks.
func (s *sentence) has(masks ...l.Class) bool {
	for _, m := range masks {
		if s.Mask&m == 0 {
			return false
		}
	}
	return true
}

// after returns the first token of class m among the n tokens after i, or -1.
func (s *sentence) after(i, n int, m l.Class) int {
	for j := i + 1; j < len(s.Tokens) && j <= i+n; j++ {
		if s.Tokens[j].Class&m != 0 {
			return j
		}
	}
	return -1
}

// before returns the nearest token of class m among the n tokens before i, or -1.
func (s *sentence) before(i, n int, m l.Class) int {
	for j := i - 1; j >= 0 && j >= i-n; j-- {
		if s.Tokens[j].Class&m != 0 {
			return j
		}
	}
	return -1
}

// near tells whether a token of class m stands within n tokens of i, on either side.
func (s *sentence) near(i, n int, m l.Class) bool {
	return s.after(i, n, m) >= 0 || s.before(i, n, m) >= 0
}

// word tells whether one of the n tokens after i is one of the words.
func (s *sentence) word(i, n int, list ...string) bool {
	for j := i + 1; j < len(s.Tokens) && j <= i+n; j++ {
		for _, w := range list {
			if s.Tokens[j].Word == w {
				return true
			}
		}
	}
	return false
}

// instructs tells whether the verb at i is an instruction to the reader: an imperative that is not the tool's own summary line, or a verb in
// a sentence with an addressee, a duty or a condition on calling.
func (s *sentence) instructs(i int) bool {
	t := s.Tokens[i]
	if s.payload {
		return true
	}
	if t.Form != l.Base {
		return s.has(l.Modal, l.You|l.Addressee) && s.before(i, 6, l.Modal) >= 0
	}
	if !t.Clause && s.before(i, 2, l.Modal|l.You|l.Also|l.Hide|l.Before|l.After) < 0 && !foreignVerb(t) {
		return false
	}
	if !s.First || s.tagged || s.role != fields.Description {
		return s.role != fields.ParamDescription || !s.First || s.has(l.You|l.Addressee|l.Modal) || s.conditional()
	}
	return s.has(l.You|l.Addressee|l.Modal) || s.conditional() || s.verbsBefore(i)
}

// foreignVerb tells verbs outside English, whose place in the clause says little.
func foreignVerb(t l.Token) bool {
	for _, r := range t.Word {
		if r > 0x24f {
			return true
		}
	}
	return false
}

// conditional tells "before using this tool", "when you call", "each time".
func (s *sentence) conditional() bool {
	return s.has(l.Before|l.After|l.Whenever, l.Call|l.ToolNoun)
}

// verbsBefore tells whether the summary of the tool was already given by another verb before i.
func (s *sentence) verbsBefore(i int) bool {
	for j := range i {
		if s.Tokens[j].Form == l.Third || s.Tokens[j].Form == l.Base && s.Tokens[i].Punct {
			return true
		}
	}
	return false
}

// mentioned tells whether what stands at i is talked about: described, quoted as an example, or searched for.
func (s *sentence) mentioned(i int) bool {
	if s.payload || s.tagged {
		return false
	}
	for j := range s.Tokens {
		t := s.Tokens[j]
		if t.Class&l.Mention == 0 || t.Form == l.Base && !s.First && !s.defends {
			continue
		}
		if j < i && s.scope(j, i) {
			return true
		}
		if s.Tokens[i].Quoted && !t.Quoted {
			return true
		}
	}
	return false
}

// scope tells whether a mention at j still governs i: no new imperative clause begins between them, unless a label or a quotation opened.
func (s *sentence) scope(j, i int) bool {
	label := false
	for k := j; k <= i; k++ {
		t := s.Tokens[k]
		if k > j && t.Punct && t.Form == l.Base && !t.Quoted && !label && t.Class&l.Mention == 0 {
			return false
		}
		if k > j && t.Class&l.Modal != 0 && s.before(k, 2, l.You|l.Addressee) >= 0 && !t.Quoted && !label {
			return false
		}
		if t.Class&l.Become != 0 && t.Word == "will" {
			return false
		}
		label = label || t.Label
	}
	return true
}

// negated tells whether the verb at i is denied: "never reads", "does not send". Two negations make an order.
func (s *sentence) negated(i int) bool {
	count := 0
	for j := i - 1; j >= 0 && j >= i-6; j-- {
		if s.Tokens[j].Label || s.Tokens[j+1].Punct && !s.Tokens[j+1].Quoted && j+1 != i {
			break
		}
		if s.Tokens[j].Class&l.Neg != 0 {
			count++
		}
	}
	return count == 1
}
