package surface

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Letters of the short escapes and what they stand for (RFC 8259, section 7); "/" needs none.
const (
	escapeLetters = `"\/bfnrt`
	escapeValues  = "\"\\/\b\f\n\r\t"
)

// escape copies what a backslash begins.
func (p *parser) escape() error {
	if p.at+1 >= len(p.in) {
		p.at = len(p.in)
		return p.syntax("an escape")
	}
	if i := strings.IndexByte(escapeLetters, p.in[p.at+1]); i >= 0 {
		p.at += 2
		p.write(rune(escapeValues[i]))
		return nil
	}
	r, ok := p.unit()
	if !ok {
		return p.syntax("an escape")
	}
	if utf16.IsSurrogate(r) {
		before := p.at
		if low, ok := p.unit(); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				p.write(whole)
				return nil
			}
		}
		p.at = before
		p.out = append(p.out, `\u`+strconv.FormatInt(int64(r), 16)...)
		return nil
	}
	p.write(r)
	return nil
}

// unit consumes \uXXXX.
func (p *parser) unit() (rune, bool) {
	if p.at+6 > len(p.in) || p.in[p.at] != '\\' || p.in[p.at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range p.in[p.at+2 : p.at+6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 + rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 + rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 + rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	p.at += 6
	return r, true
}

// write appends a character of a string, escaped only where RFC 8259 demands it.
func (p *parser) write(r rune) {
	const hex = "0123456789abcdef"
	if i := strings.IndexRune(escapeValues, r); i >= 0 && r != '/' {
		p.out = append(p.out, '\\', escapeLetters[i])
	} else if r < 0x20 {
		p.out = append(p.out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
	} else {
		p.out = utf8.AppendRune(p.out, r)
	}
}
