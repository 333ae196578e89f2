package language

import "strings"

type entry struct {
	class Class
	form  Form
}

// lexicon is built once and only read afterwards.
var (
	words   = map[string]entry{}
	phrases = map[string]entry{} // two or three words, one space between
	starts  = map[string]bool{}  // first words of phrases
	stems   = map[string]entry{} // prefixes of inflected words, 4 to maxStem bytes
	wide    = map[string]entry{} // words of scripts without spaces
)

const (
	minStem, maxStem = 4, 30
	maxWide          = 6 // runes
)

func init() {
	for c, list := range verbs {
		for _, v := range strings.Fields(list) {
			addVerb(v, c)
		}
	}
	for w, e := range irregular {
		add(w, e)
	}
	for c, list := range nouns {
		for _, w := range strings.Split(list, ",") {
			add(strings.TrimSpace(w), entry{c, None})
		}
	}
	for c, list := range foreign {
		for _, w := range strings.Split(list, ",") {
			addForeign(strings.TrimSpace(w), c)
		}
	}
}

func add(w string, e entry) {
	if w == "" {
		return
	}
	if strings.Contains(w, " ") {
		old := phrases[w]
		phrases[w] = entry{old.class | e.class, max(old.form, e.form)}
		starts[w[:strings.IndexByte(w, ' ')]] = true
		return
	}
	old := words[w]
	words[w] = entry{old.class | e.class, max(old.form, e.form)}
}

// addForeign takes a word with a final * as a stem. Verbs of other languages count as base forms: their imperatives are listed.
func addForeign(w string, c Class) {
	e := entry{c, None}
	if c&verbClasses != 0 {
		e.form = Base
	}
	switch {
	case w == "":
	case isWide([]rune(w)[0]):
		old := wide[w]
		wide[w] = entry{old.class | c, e.form}
	case strings.HasSuffix(w, "*"):
		w = strings.TrimSuffix(w, "*")
		stems[w] = entry{stems[w].class | c, e.form}
	default:
		add(w, e)
	}
}

// addVerb adds the four forms of a regular verb.
func addVerb(v string, c Class) {
	add(v, entry{c, Base})
	stem := v
	switch {
	case strings.HasSuffix(v, "e"):
		stem = v[:len(v)-1]
		add(v+"s", entry{c, Third})
		add(v+"d", entry{c, Past})
	case strings.HasSuffix(v, "y") && !strings.HasSuffix(v, "ay") && !strings.HasSuffix(v, "ey") && !strings.HasSuffix(v, "oy"):
		add(v[:len(v)-1]+"ies", entry{c, Third})
		add(v[:len(v)-1]+"ied", entry{c, Past})
	case strings.HasSuffix(v, "s") || strings.HasSuffix(v, "sh") || strings.HasSuffix(v, "ch") || strings.HasSuffix(v, "x"):
		add(v+"es", entry{c, Third})
		add(v+"ed", entry{c, Past})
	default:
		add(v+"s", entry{c, Third})
		add(v+"ed", entry{c, Past})
	}
	add(stem+"ing", entry{c, Ing})
	last := v[len(v)-1]
	if strings.ContainsRune("tpbgnm", rune(last)) && len(v) < 8 { // put, putting
		add(v+string(last)+"ing", entry{c, Ing})
		add(v+string(last)+"ed", entry{c, Past})
	}
}

const verbClasses = Override | Tell | Hide | Read | Send | Fill | Exfil | Obey | Execute | Destroy | Call | Instead | Pretend | Disclose
