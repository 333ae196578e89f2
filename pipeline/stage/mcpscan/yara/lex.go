package yara

import (
	"fmt"
	"strings"
)

type tokenKind uint8

const (
	end    tokenKind = iota
	word             // identifiers and keywords
	number           // decimal digits
	text             // "…"
	regex            // /…/ with flags in extra
	symbol           // one mark
	dollar           // $name, perhaps with a final *
)

type token struct {
	kind  tokenKind
	value string
	extra string
	line  int
}

func (t token) String() string {
	if t.kind == end {
		return "the end of the file"
	}
	return fmt.Sprintf("%q", t.value)
}

type lexer struct {
	src  string
	pos  int
	line int
}

func syntax(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrSyntax, line, fmt.Sprintf(format, args...))
}

func unsupported(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrUnsupported, line, fmt.Sprintf(format, args...))
}

// next reads one token. A slash opens a regular expression only where regexes is set; elsewhere it is a mark.
func (l *lexer) next(regexes bool) (token, error) {
	if err := l.space(); err != nil {
		return token{}, err
	}
	if l.pos >= len(l.src) {
		return token{kind: end, line: l.line}, nil
	}
	c := l.src[l.pos]
	switch {
	case c == '"':
		return l.quoted()
	case c == '/' && regexes:
		return l.regex()
	case c == '$' || c == '#' || c == '@' || c == '!' && l.pos+1 < len(l.src) && letter(l.src[l.pos+1]):
		return l.variable()
	case letter(c):
		return l.run(word, func(b byte) bool { return letter(b) || digit(b) }), nil
	case digit(c):
		return l.run(number, func(b byte) bool { return letter(b) || digit(b) }), nil
	}
	l.pos++
	return token{kind: symbol, value: string(c), line: l.line}, nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func (l *lexer) run(kind tokenKind, in func(byte) bool) token {
	start := l.pos
	for l.pos < len(l.src) && in(l.src[l.pos]) {
		l.pos++
	}
	return token{kind: kind, value: l.src[start:l.pos], line: l.line}
}

// space passes over white space and comments.
func (l *lexer) space() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case rest[0] == '\n':
			l.line++
			l.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			l.pos++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.pos += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return syntax(l.line, "a comment is not closed, want */")
			}
			l.line += strings.Count(rest[:n+2], "\n")
			l.pos += n + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) variable() (token, error) {
	mark := l.src[l.pos]
	if mark != '$' {
		return token{}, unsupported(l.line, "%q counts or places matches; this reader knows only whether a string was found ($name)", string(mark))
	}
	start := l.pos
	l.pos++
	for l.pos < len(l.src) && (letter(l.src[l.pos]) || digit(l.src[l.pos])) {
		l.pos++
	}
	if l.pos < len(l.src) && l.src[l.pos] == '*' {
		l.pos++
	}
	return token{kind: dollar, value: l.src[start:l.pos], line: l.line}, nil
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', 'n': '\n', 't': '\t', 'r': '\r'}

func (l *lexer) quoted() (token, error) {
	var b strings.Builder
	line := l.line
	for l.pos++; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		switch {
		case c == '"':
			l.pos++
			return token{kind: text, value: b.String(), line: line}, nil
		case c == '\n':
			return token{}, syntax(line, "a text string is not closed on its line, want \"")
		case c == '\\' && l.pos+3 < len(l.src) && l.src[l.pos+1] == 'x' && hexDigit(l.src[l.pos+2]) && hexDigit(l.src[l.pos+3]):
			b.WriteByte(hexValue(l.src[l.pos+2])<<4 | hexValue(l.src[l.pos+3]))
			l.pos += 3
		case c == '\\' && l.pos+1 < len(l.src):
			e, ok := escapes[l.src[l.pos+1]]
			if !ok {
				return token{}, syntax(line, "got the escape \\%c, want one of \\\" \\\\ \\n \\t \\r \\xHH", l.src[l.pos+1])
			}
			b.WriteByte(e)
			l.pos++
		default:
			b.WriteByte(c)
		}
	}
	return token{}, syntax(line, "a text string is not closed, want \"")
}

func hexDigit(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func hexValue(c byte) byte {
	if digit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func (l *lexer) regex() (token, error) {
	start, class := l.pos+1, false
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\n':
			return token{}, syntax(l.line, "a regular expression is not closed on its line, want /")
		case c == '\\':
			l.pos++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			t := token{kind: regex, value: l.src[start:l.pos], line: l.line}
			l.pos++
			t.extra = l.run(word, letter).value
			return t, nil
		}
	}
	return token{}, syntax(l.line, "a regular expression is not closed, want /")
}
