// Package text turns what a server sent into the text that a model reads out of it: hidden characters taken away and reported, look-alike
// letters folded, encoded payloads decoded. It runs in time linear in the length of its input.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Kinds of hidden text.
const (
	ZeroWidth  = "zero-width"
	Tag        = "tag"
	Bidi       = "bidi"
	ANSI       = "ansi"
	Control    = "control"
	PrivateUse = "private-use"
	Homoglyph  = "homoglyph"
	Styled     = "styled" // full-width or mathematical letters that read as plain ones
	Variation  = "variation"
	Invalid    = "invalid" // not UTF-8
)

// Hidden sums up one kind of hidden characters in a text.
type Hidden struct {
	Kind    string
	Count   int
	InWord  bool   // at least one stands inside a word or touches its letters
	Decoded string // what tag characters or variation selectors spell, bounded by MaxDecoded
	Sample  string // a word that shows it
}

// MaxDecoded bounds decoded and sampled text in bytes.
const MaxDecoded = 2000

// Text is one field after normalisation.
type Text struct {
	Plain   string   // NFKC, folded, without hidden characters; case and line breaks are kept
	Hidden  []Hidden // in the order of the kinds' first appearance
	Decoded []Decoded
}

// Normalise reads one field.
func Normalise(s string) Text {
	t := plain(s)
	t.Decoded = decode(t.Plain, maxDepth)
	return t
}

// plain is Normalise without decoding.
func plain(s string) Text {
	if isPlainASCII(s) {
		return Text{Plain: s}
	}
	c := &cleaner{}
	c.b.Grow(len(s))
	c.strip(s)
	folded := norm.NFKC.String(c.b.String())
	c.styled(s)
	out := c.fold(folded)
	return Text{Plain: out, Hidden: c.hidden}
}

func isPlainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; b >= utf8.RuneSelf || b == 0x7f || b < ' ' && b != '\n' && b != '\t' && b != '\r' {
			return false
		}
	}
	return true
}

// cleaner collects what is hidden while it copies the rest.
type cleaner struct {
	b      strings.Builder
	hidden []Hidden
}

func (c *cleaner) note(kind string, inWord bool) *Hidden {
	for i := range c.hidden {
		if h := &c.hidden[i]; h.Kind == kind {
			h.Count++
			h.InWord = h.InWord || inWord
			return h
		}
	}
	c.hidden = append(c.hidden, Hidden{Kind: kind, Count: 1, InWord: inWord})
	return &c.hidden[len(c.hidden)-1]
}

// strip copies the visible characters of s.
func (c *cleaner) strip(s string) {
	var prev rune
	rtl := hasRTL(s)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		if r == utf8.RuneError && n == 1 {
			c.note(Invalid, false)
			c.b.WriteByte(' ')
			i++
			continue
		}
		if r == 0x1b || r == 0x9b {
			c.note(ANSI, false)
			i += escapeLength(s[i:])
			continue
		}
		if r == 0x1f3f4 { // a black flag and tags after it: the flags of England, Scotland, Wales
			i += n + flagLength(s[i+n:])
			c.b.WriteRune(r)
			prev = r
			continue
		}
		if c.visible(r, prev, next, rtl) {
			c.b.WriteRune(r)
			prev = r
		}
		i += n
	}
}

// visible tells whether r is to be kept, and notes it otherwise.
func (c *cleaner) visible(r, prev, next rune, rtl bool) bool {
	inWord := isWord(prev) || isWord(next)
	switch {
	case r >= 0xe0000 && r <= 0xe007f:
		h := c.note(Tag, inWord)
		if r >= 0xe0020 && r < 0xe007f && len(h.Decoded) < MaxDecoded {
			h.Decoded += string(r - 0xe0000)
		}
		return false
	case r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef:
		c.variation(r, prev)
		return false
	case r == 0x200c || r == 0x200d:
		if joins(prev) && joins(next) {
			return true
		}
		c.note(ZeroWidth, inWord)
		return false
	case r == 0x200b || r == 0x2060 || r == 0xfeff || r == 0x180e || r >= 0x2061 && r <= 0x2064 || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0:
		c.note(ZeroWidth, inWord && !southEast(prev))
		return false
	case r == 0xad:
		return false // a soft hyphen is a typesetter's hint, invisible by rule
	case r == 0x202d || r == 0x202e:
		c.note(Bidi, true)
		return false
	case r >= 0x202a && r <= 0x202c || r >= 0x2066 && r <= 0x2069:
		c.note(Bidi, !rtl)
		return false
	case r == 0x200e || r == 0x200f || r == 0x61c:
		return false // marks only help mixed-direction text
	case r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000:
		c.note(PrivateUse, inWord)
		return false
	case unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r':
		c.note(Control, inWord)
		return false
	}
	return true
}

// variation notes selectors that no base character asks for. Selectors 1 to 256 can carry a byte each behind any character.
func (c *cleaner) variation(r, prev rune) {
	if r <= 0xfe0f && (prev > 0x2000 || strings.ContainsRune("#*0123456789©®", prev)) || unicode.Is(unicode.Han, prev) {
		return
	}
	h := c.note(Variation, isWord(prev))
	v := r - 0xfe00
	if r >= 0xe0100 {
		v = r - 0xe0100 + 16
	}
	if v >= ' ' && v < 0x7f && len(h.Decoded) < MaxDecoded {
		h.Decoded += string(v)
	}
}

// styled notes Latin words written in full-width or mathematical letters. In East Asian text full-width letters are usual.
func (c *cleaner) styled(s string) {
	run := 0
	for _, r := range s {
		switch {
		case r >= 0xff21 && r <= 0xff3a || r >= 0xff41 && r <= 0xff5a || r >= 0x1d400 && r <= 0x1d6a5 || r >= 0x24b6 && r <= 0x24e9:
			if run++; run == 4 {
				c.note(Styled, true)
			}
		default:
			run = 0
		}
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// joins tells whether a zero-width joiner or non-joiner next to r has a use: emoji sequences, Arabic, Indic and kindred scripts.
func joins(r rune) bool {
	return r >= 0x600 && r <= 0x1cff && r != utf8.RuneError || r >= 0x2190 && r <= 0x2bff || r >= 0x1f000 && r <= 0x1faff || r == 0xfe0f || r == 0x2640 || r == 0x2642
}

// southEast tells scripts that mark the ends of words with zero-width spaces.
func southEast(r rune) bool { return r >= 0xe00 && r <= 0xfff || r >= 0x1000 && r <= 0x17ff }

func hasRTL(s string) bool {
	for _, r := range s {
		if r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc {
			return true
		}
	}
	return false
}

// escapeLength measures the terminal escape sequence at the start of s (ECMA-48: CSI ends at a byte from @ to ~, strings at BEL or ST).
func escapeLength(s string) int {
	const longest = 256
	_, n := utf8.DecodeRuneInString(s)
	if n >= len(s) {
		return n
	}
	i, str := n, false
	if s[0] == 0x1b {
		str = s[i] == ']' || s[i] == 'P' || s[i] == '_' || s[i] == '^'
		if s[i] != '[' && !str {
			return n
		}
		i++
	}
	for ; i < len(s) && i < longest; i++ {
		if str && (s[i] == 7 || s[i] == 0x1b) || !str && s[i] >= '@' && s[i] <= '~' {
			return i + 1
		}
		if s[i] == '\n' {
			return i
		}
	}
	return n
}

// flagLength measures the tag characters of an emoji flag: at most seven, closed by a cancel tag.
func flagLength(s string) int {
	n := 0
	for count := 0; count < 7; count++ {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r < 0xe0020 || r > 0xe007f {
			return 0
		}
		n += size
		if r == 0xe007f {
			return n
		}
	}
	return 0
}
