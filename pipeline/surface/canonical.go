package surface

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may be nested in what a server sends. Schemas of real tools stay below 30.
const MaxDepth = 128

// Categories of JSON that Canonical refuses. ErrAmbiguous, ErrEncoding and ErrDepth are for text that lenient parsers accept, each with another
// result: what a scanner reads in it need not be what a model gets.
var (
	ErrSyntax    = errors.New("not JSON")
	ErrDepth     = errors.New("JSON nested too deep")
	ErrAmbiguous = errors.New("JSON object with a repeated key")
	ErrEncoding  = errors.New("JSON that is not UTF-8")
)

// Canonical returns the one form of a JSON text (RFC 8259): no space between tokens, keys sorted by their bytes, strings with the fewest escapes.
// Numbers stay as they were written and lone surrogates stay escaped, so that nothing a server sent is lost; RFC 8785 would round the former
// and refuse the latter. Its time is linear in the text for a given depth.
func Canonical(text []byte) ([]byte, error) {
	p := parser{in: text, out: make([]byte, 0, len(text))}
	p.space()
	if err := p.value(0); err != nil {
		return nil, err
	}
	p.space()
	if p.at != len(p.in) {
		return nil, p.syntax("the end")
	}
	return p.out, nil
}

type parser struct {
	in  []byte
	at  int
	out []byte
}

func (p *parser) syntax(want string) error {
	if p.at >= len(p.in) {
		return fmt.Errorf("%w: got the end of the text, want %s", ErrSyntax, want)
	}
	return fmt.Errorf("%w: got byte %#02x at offset %d, want %s", ErrSyntax, p.in[p.at], p.at, want)
}

func (p *parser) space() {
	for p.at < len(p.in) && (p.in[p.at] == ' ' || p.in[p.at] == '\t' || p.in[p.at] == '\n' || p.in[p.at] == '\r') {
		p.at++
	}
}

// next consumes one byte if it is c.
func (p *parser) next(c byte) bool {
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(depth int) error {
	if p.at >= len(p.in) {
		return p.syntax("a value")
	}
	switch c := p.in[p.at]; {
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return fmt.Errorf("%w: got more than %d levels at offset %d", ErrDepth, MaxDepth, p.at)
		}
		p.at++
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.in[p.at:], []byte(word)) {
			p.at += len(word)
			p.out = append(p.out, word...)
			return nil
		}
	}
	return p.syntax("a value")
}

func (p *parser) array(depth int) error {
	p.out = append(p.out, '[')
	p.space()
	for first := true; !p.next(']'); first = false {
		if !first {
			if !p.next(',') {
				return p.syntax(`"," or "]"`)
			}
			p.out = append(p.out, ',')
			p.space()
		}
		if err := p.value(depth); err != nil {
			return err
		}
		p.space()
	}
	p.out = append(p.out, ']')
	return nil
}

// member is one KEY:VALUE of the output; key is its part with the key.
type member struct{ from, colon, to int }

func (p *parser) object(depth int) error {
	p.out = append(p.out, '{')
	start := len(p.out)
	var members []member
	p.space()
	for !p.next('}') {
		if len(members) > 0 {
			if !p.next(',') {
				return p.syntax(`"," or "}"`)
			}
			p.out = append(p.out, ',')
			p.space()
		}
		m := member{from: len(p.out)}
		if p.at >= len(p.in) || p.in[p.at] != '"' {
			return p.syntax("a key")
		}
		if err := p.text(); err != nil {
			return err
		}
		m.colon = len(p.out)
		p.space()
		if !p.next(':') {
			return p.syntax(`":"`)
		}
		p.out = append(p.out, ':')
		p.space()
		if err := p.value(depth); err != nil {
			return err
		}
		m.to = len(p.out)
		members = append(members, m)
		p.space()
	}
	if err := p.sort(start, members); err != nil {
		return err
	}
	p.out = append(p.out, '}')
	return nil
}

// sort puts the members of the object that the output ends with in order, unless they are.
func (p *parser) sort(start int, members []member) error {
	order := func(a, b member) int { return bytes.Compare(p.out[a.from:a.colon], p.out[b.from:b.colon]) }
	sorted := slices.IsSortedFunc(members, order)
	if !sorted {
		slices.SortFunc(members, order)
	}
	for i := 1; i < len(members); i++ {
		if order(members[i-1], members[i]) == 0 {
			return fmt.Errorf("%w: %.80s", ErrAmbiguous, p.out[members[i].from:members[i].colon])
		}
	}
	if sorted {
		return nil
	}
	old := slices.Clone(p.out[start:])
	p.out = p.out[:start]
	for i, m := range members {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.out = append(p.out, old[m.from-start:m.to-start]...)
	}
	return nil
}

func (p *parser) number() error {
	start := p.at
	p.next('-')
	if !p.next('0') && p.digits() == 0 {
		return p.syntax("a digit")
	}
	if p.next('.') && p.digits() == 0 {
		return p.syntax("a digit")
	}
	if p.next('e') || p.next('E') {
		if !p.next('+') {
			p.next('-')
		}
		if p.digits() == 0 {
			return p.syntax("a digit")
		}
	}
	p.out = append(p.out, p.in[start:p.at]...)
	return nil
}

func (p *parser) digits() (n int) {
	for p.at < len(p.in) && p.in[p.at] >= '0' && p.in[p.at] <= '9' {
		p.at++
		n++
	}
	return n
}

// text copies a string; p is at its opening quote.
func (p *parser) text() error {
	p.at++
	p.out = append(p.out, '"')
	for p.at < len(p.in) {
		c := p.in[p.at]
		switch {
		case c == '"':
			p.at++
			p.out = append(p.out, '"')
			return nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return p.syntax("no control character")
		case c < utf8.RuneSelf:
			p.at++
			p.out = append(p.out, c)
		default:
			r, n := utf8.DecodeRune(p.in[p.at:])
			if r == utf8.RuneError && n == 1 {
				return fmt.Errorf("%w: got byte %#02x at offset %d", ErrEncoding, c, p.at)
			}
			p.out = append(p.out, p.in[p.at:p.at+n]...)
			p.at += n
		}
	}
	return p.syntax("the end of a string")
}
