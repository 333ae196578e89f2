package extract

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a word, a text, or one byte of punctuation. Numbers are words.
type token struct {
	kind byte // 'w' word, 's' text, 'n' end of a line (Python), else the punctuation itself
	text string
}

// lexer splits source text into tokens. It never fails: what it cannot make sense of becomes punctuation.
type lexer struct {
	in     []byte
	at     int
	python bool
	last   token
}

// next returns the next token; false at the end.
func (l *lexer) next() (token, bool) {
	t, ok := l.scan()
	l.last = t
	return t, ok
}

func (l *lexer) scan() (token, bool) {
	for l.at < len(l.in) {
		c := l.in[l.at]
		switch {
		case c == '\n' && l.python:
			l.at++
			return token{kind: 'n'}, true
		case c <= ' ':
			l.at++
		case l.comment():
		case c == '"' || c == '\'' || c == '`' && !l.python:
			return token{'s', l.quoted()}, true
		case c == '/' && !l.python && l.regexpHere():
			l.regexp()
			return token{'w', "/regexp/"}, true
		case word(c):
			start := l.at
			for l.at < len(l.in) && word(l.in[l.at]) {
				l.at++
			}
			if l.python && l.prefixed(l.in[start:l.at]) {
				return token{'s', l.quoted()}, true
			}
			return token{'w', string(l.in[start:l.at])}, true
		default:
			l.at++
			return token{kind: c}, true
		}
	}
	return token{}, false
}

func word(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// comment skips one, if one begins here.
func (l *lexer) comment() bool {
	rest := l.in[l.at:]
	end := ""
	switch {
	case l.python && rest[0] == '#', !l.python && bytes.HasPrefix(rest, []byte("//")):
		end = "\n"
	case !l.python && bytes.HasPrefix(rest, []byte("/*")):
		end = "*/"
	default:
		return false
	}
	i := bytes.Index(rest[1:], []byte(end))
	switch {
	case i < 0:
		l.at = len(l.in)
	case end == "\n":
		l.at += 1 + i // the line's end is a token of Python
	default:
		l.at += 1 + i + len(end)
	}
	return true
}

// prefixed tells whether a word is the prefix of a Python string that follows it at once.
func (l *lexer) prefixed(w []byte) bool {
	return len(w) <= 2 && l.at < len(l.in) && (l.in[l.at] == '"' || l.in[l.at] == '\'') && strings.Trim(strings.ToLower(string(w)), "rbfut") == ""
}

// quoted reads a text in quotes. In templates and f-strings the parts that are computed stay as they are written.
func (l *lexer) quoted() string {
	quote := l.in[l.at : l.at+1]
	if l.python && bytes.HasPrefix(l.in[l.at:], bytes.Repeat(quote, 3)) {
		quote = l.in[l.at : l.at+3]
	}
	l.at += len(quote)
	var b strings.Builder
	for l.at < len(l.in) {
		c := l.in[l.at]
		switch {
		case bytes.HasPrefix(l.in[l.at:], quote):
			l.at += len(quote)
			return b.String()
		case c == '\n' && len(quote) == 1 && quote[0] != '`':
			return b.String() // no text after all, as an apostrophe in a pattern
		case c == '\\' && l.at+1 < len(l.in):
			l.escape(&b)
		default:
			l.at++
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escape reads what a backslash begins, as JavaScript and Python have in common.
func (l *lexer) escape(b *strings.Builder) {
	c := l.in[l.at+1]
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits > 0 && l.at+2+digits <= len(l.in) {
		if r, err := strconv.ParseUint(string(l.in[l.at+2:l.at+2+digits]), 16, 32); err == nil {
			b.WriteRune(rune(r))
			l.at += 2 + digits
			return
		}
	}
	l.at += 2
	if i := strings.IndexByte("ntrbf0", c); i >= 0 {
		b.WriteByte("\n\t\r\b\f\x00"[i])
	} else if c != '\n' {
		b.WriteByte(c)
	}
}

// regexpHere tells a pattern from a division by what comes before.
func (l *lexer) regexpHere() bool {
	switch l.last.kind {
	case 0, '(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';', '+', '<', '>':
		return true
	}
	return l.last.kind == 'w' && (l.last.text == "return" || l.last.text == "typeof" || l.last.text == "case")
}

func (l *lexer) regexp() {
	class := false
	for l.at++; l.at < len(l.in); l.at++ {
		switch c := l.in[l.at]; {
		case c == '\\':
			l.at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			l.at++
			return
		case c == '\n':
			return // it was a division
		}
	}
	l.at = min(l.at, len(l.in))
}
