package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Token is one word.
type Token struct {
	Word       string // lower case, accents folded
	Class      Class
	Form       Form
	Start, End int  // bytes in the text
	Clause     bool // opens a clause: start of a sentence, after a comma, colon, "and", "then"
	Punct      bool // the clause is opened by punctuation, not by a connective
	Quoted     bool // stands between quotation marks
	Label      bool // a colon follows
}

// Sentence is a run of tokens up to a full stop, a list item or an empty line.
type Sentence struct {
	Tokens     []Token
	Mask       Class // union of all classes
	Start, End int
	First      bool // opens the text: what it says is what the tool does
}

// MaxTokens bounds a sentence; a longer run of words is cut, so that no rule looks at more.
const MaxTokens = 400

// Sentences splits normalised text. The tokens of all sentences are in the order of the text.
func Sentences(s string) []Sentence {
	r := reader{text: s, clause: true}
	for r.pos < len(s) {
		r.next()
	}
	r.end(len(s))
	for i := range r.out {
		r.out[i].phrases()
	}
	if len(r.out) > 0 {
		r.out[0].First = true
	}
	return r.out
}

type reader struct {
	text   string
	pos    int
	out    []Sentence
	cur    []Token
	clause bool
	punct  bool
	quote  rune
	opened int // position of the opening quotation mark
}

func (r *reader) end(at int) {
	if len(r.cur) > 0 {
		r.out = append(r.out, Sentence{Tokens: r.cur, Start: r.cur[0].Start, End: at})
		r.cur = nil
	}
	r.clause, r.punct = true, true
}

// next reads one word or mark.
func (r *reader) next() {
	c, n := utf8.DecodeRuneInString(r.text[r.pos:])
	switch {
	case isWide(c):
		r.wide()
	case c == '\n':
		r.newline()
	case unicode.IsSpace(c):
		r.pos += n
	case strings.ContainsRune("。！？；", c):
		r.end(r.pos)
		r.pos += n
	case strings.ContainsRune(".!?", c) && r.stops(n):
		r.end(r.pos)
		r.pos += n
	case c == '<' || c == '[':
		r.tag(c)
	case isWordRune(c) || strings.ContainsRune("~/.$\\", c):
		r.word()
	default:
		r.mark(c)
		r.pos += n
	}
	if len(r.cur) >= MaxTokens {
		r.end(r.pos)
	}
}

// stops tells whether the mark of n bytes ends a sentence: white space, a quotation mark, a bracket or the end follows.
func (r *reader) stops(n int) bool {
	next, _ := utf8.DecodeRuneInString(r.text[r.pos+n:])
	return r.pos+n >= len(r.text) || unicode.IsSpace(next) || strings.ContainsRune("\"')]<”’!?.", next)
}

// newline ends a sentence before an empty line, a list item, a heading or a line that opens with a capital; wrapped prose goes on.
func (r *reader) newline() {
	at := r.pos
	r.pos++
	rest := strings.TrimLeft(r.text[r.pos:min(len(r.text), r.pos+200)], " \t\r")
	if rest == "" {
		return
	}
	c, _ := utf8.DecodeRuneInString(rest)
	if c == '\n' || unicode.IsUpper(c) || unicode.IsDigit(c) || strings.ContainsRune("-*#<|`[•>", c) {
		r.end(at)
	}
	r.clause = true
}

// mark handles punctuation inside a sentence.
func (r *reader) mark(c rune) {
	switch c {
	case ',', ':', ';', '(', '，', '：', '、', '—', '–', '|', '-', '*', '•', '#', '{', ')':
		r.clause, r.punct = true, true
		if (c == ':' || c == '：') && len(r.cur) > 0 {
			r.cur[len(r.cur)-1].Label = true
		}
	case '"', '`', '“', '”', '«', '»', '‘', '’', '\'', '「', '」', '『', '』':
		r.quoteMark(c)
		r.clause = true
	}
}

// quoteMark opens or closes a quotation. An apostrophe inside a word never gets here.
func (r *reader) quoteMark(c rune) {
	if r.quote != 0 && closes(r.quote, c) {
		r.quote = 0
		for i := len(r.cur) - 1; i >= 0 && r.cur[i].Start >= r.opened; i-- {
			r.cur[i].Quoted = true
		}
		return
	}
	if r.quote == 0 {
		r.quote, r.opened = c, r.pos
	}
}

func closes(open, c rune) bool {
	switch open {
	case '“':
		return c == '”'
	case '‘':
		return c == '’'
	case '«':
		return c == '»'
	case '「':
		return c == '」'
	case '『':
		return c == '』'
	}
	return open == c
}

// tag reads <NAME>, </NAME>, [NAME], <!-- or <|name|> as one token of class Tag; anything else is a mark.
func (r *reader) tag(open rune) {
	rest := r.text[r.pos:min(len(r.text), r.pos+48)]
	if strings.HasPrefix(rest, "<!--") {
		r.end(r.pos)
		r.emit(Token{Word: "<!--", Class: Tag, Start: r.pos, End: r.pos + 4})
		r.pos += 4
		r.clause = true
		return
	}
	end := strings.IndexByte(rest, '>')
	if open == '[' {
		end = strings.IndexByte(rest, ']')
	}
	if end < 2 || strings.ContainsAny(rest[:end], "\n(){}\"") {
		r.pos++
		r.clause = true
		return
	}
	name := strings.ToLower(strings.Trim(rest[1:end], "/| "))
	if f := strings.Fields(name); len(f) == 0 || !controlTag[f[0]] || len(f) > 3 {
		r.pos++
		r.clause = true
		return
	}
	r.end(r.pos)
	if rest[1] != '/' {
		r.emit(Token{Word: name, Class: Tag, Start: r.pos, End: r.pos + end + 1})
	}
	r.pos += end + 1
	r.clause = true
}

// controlTag lists tags that claim another voice than a description has.
var controlTag = map[string]bool{"important": true, "system": true, "secret": true, "hidden": true, "instructions": true, "instruction": true, "critical": true,
	"sys": true, "inst": true, "im_start": true, "assistant": true, "user": true, "admin": true, "override": true, "internal": true, "prompt": true,
	"developer": true, "<sys": true, "urgent": true, "mandatory": true, "rules": true, "note": true, "begin": true, "start_header_id": true, "endoftext": true,
	"system_prompt": true, "system-prompt": true, "system-reminder": true, "system_reminder": true, "directive": true, "policy": true, "task": true, "priority": true}

func (r *reader) emit(t Token) {
	t.Clause, t.Punct = r.clause, r.punct
	r.cur = append(r.cur, t)
	r.clause, r.punct = false, false
}

// word reads a word of a script with spaces, a path, an address or an identifier.
func (r *reader) word() {
	start := r.pos
	for r.pos < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[r.pos:])
		if isWide(c) || !isWordRune(c) && !r.inner(c, n) || r.pos-start > 256 {
			break
		}
		r.pos += n
	}
	if r.pos == start {
		r.pos++
		return
	}
	raw := r.text[start:r.pos]
	for _, part := range parts(raw, start) {
		r.emit(part)
		if connective[part.Word] {
			r.clause = true
		}
	}
}

var connective = map[string]bool{"and": true, "then": true, "also": true, "please": true, "first": true, "must": true, "should": true, "or": true, "to": true, "always": true,
	"y": true, "et": true, "und": true, "e": true, "en": true, "и": true, "silently": true, "secretly": true, "will": true, "but": true, "additionally": true, "quietly": true, "instead": true}

// inner tells whether the mark c belongs to the word because more of it follows.
func (r *reader) inner(c rune, n int) bool {
	if !strings.ContainsRune("'’-_./~@:$\\%=?&+*", c) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(r.text[r.pos+n:])
	if r.pos+n >= len(r.text) {
		return false
	}
	switch c {
	case ':':
		return next == '/' || next == '\\'
	case '*', '+', '?', '&', '%', '=':
		return strings.Contains(r.text[max(0, r.pos-80):r.pos], "://")
	case '.', '/', '~', '\\', '$':
		return isWordRune(next) || strings.ContainsRune("~/.$*\\", next)
	}
	return isWordRune(next)
}

// wide reads a run of a script without spaces by the longest words known; unknown characters are passed over.
func (r *reader) wide() {
	rest := r.text[r.pos:]
	var ends [maxWide]int
	count, at := 0, 0
	for count < maxWide && at < len(rest) {
		c, n := utf8.DecodeRuneInString(rest[at:])
		if !isWide(c) && !(c == ' ' && count > 0) {
			break
		}
		at += n
		ends[count] = at
		count++
	}
	for i := count - 1; i >= 0; i-- {
		if e, ok := wide[rest[:ends[i]]]; ok {
			r.emit(Token{Word: rest[:ends[i]], Class: e.class, Form: e.form, Start: r.pos, End: r.pos + ends[i]})
			r.pos += ends[i]
			r.clause = true
			return
		}
	}
	r.pos += ends[0]
}

func isWide(c rune) bool {
	return c >= 0x3040 && c <= 0x30ff || c >= 0x3400 && c <= 0x9fff || c >= 0xac00 && c <= 0xd7a3
}

func isWordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }

// foldWord lower-cases and takes accents away; Cyrillic keeps its letters.
func foldWord(s string) string {
	s = strings.ToLower(s)
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				switch {
				case r == '’':
					return '\''
				case r >= 0x300 && r < 0x370:
					return -1
				}
				return r
			}, norm.NFD.String(s))
		}
	}
	return s
}
