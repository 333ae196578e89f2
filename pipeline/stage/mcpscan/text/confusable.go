package text

import (
	"strings"
	"unicode"
)

// confusables are letters of other scripts that look like Latin ones (a part of the table of Unicode Technical Standard 39).
var confusables = map[rune]rune{
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'i', 'ј': 'j', 'ѕ': 's', 'һ': 'h', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w',
	'ӏ': 'l', 'г': 'r', 'к': 'k', 'м': 'm', 'н': 'h', 'т': 't', 'в': 'b', 'п': 'n', 'ո': 'n', 'օ': 'o', 'ս': 'u', 'ց': 'g', 'հ': 'h',
	'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'Х': 'X', 'У': 'Y', 'І': 'I', 'Ј': 'J', 'Ѕ': 'S',
	'ο': 'o', 'ι': 'i', 'ν': 'v', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'κ': 'k', 'χ': 'x', 'γ': 'y', 'ε': 'e', 'α': 'a', 'η': 'n',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Υ': 'Y', 'Χ': 'X',
	'ı': 'i', 'ɡ': 'g', 'ɑ': 'a', 'ⅼ': 'l', 'ᴀ': 'a', 'ᴇ': 'e', 'ɪ': 'i', 'ᴏ': 'o', 'ᴜ': 'u', 'ɴ': 'n', 'ʀ': 'r', 'ɢ': 'g',
}

// fold replaces look-alikes in words that mix them with Latin letters. Words wholly of another script are left: they are Russian or Greek.
func (c *cleaner) fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for start := 0; start < len(s); {
		end := start
		for i, r := range s[start:] {
			if !unicode.IsLetter(r) {
				break
			}
			end = start + i + len(string(r))
		}
		if end == start {
			_, n := firstRune(s[start:])
			b.WriteString(s[start : start+n])
			start += n
			continue
		}
		b.WriteString(c.foldWord(s[start:end]))
		start = end
	}
	return b.String()
}

func firstRune(s string) (rune, int) {
	for i, r := range s {
		if i > 0 {
			return 0, i
		}
		_ = r
	}
	return 0, len(s)
}

// foldWord folds one word. Two letters are too few to tell a look-alike from a unit such as μm or a symbol in a formula.
func (c *cleaner) foldWord(w string) string {
	latin, alike, letters := 0, 0, 0
	for _, r := range w {
		letters++
		if r < 0x250 {
			latin++
		} else if _, ok := confusables[r]; ok {
			alike++
		}
	}
	if latin == 0 || alike == 0 || letters < 3 || latin+alike < letters {
		return w
	}
	folded := strings.Map(func(r rune) rune {
		if f, ok := confusables[r]; ok {
			return f
		}
		return r
	}, w)
	h := c.note(Homoglyph, true)
	if h.Sample == "" {
		h.Sample = bound(w)
		h.Decoded = bound(folded)
	}
	return folded
}

func bound(s string) string {
	if len(s) <= MaxDecoded {
		return s
	}
	return strings.ToValidUTF8(s[:MaxDecoded], "")
}
