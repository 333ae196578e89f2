package yara

import (
	"regexp"
	"strings"
)

type modifiers struct{ nocase, fullword bool }

func (m *modifiers) add(t token, name string) error {
	switch t.value {
	case "nocase":
		m.nocase = true
	case "fullword":
		m.fullword = true
	case "ascii":
	default:
		return unsupported(t.line, "modifier %q of %s; this reader knows nocase, ascii and fullword", t.value, name)
	}
	return nil
}

// compile makes a Go regular expression of a string. Go's engine has no back-references and no look-around, neither has YARA.
func compile(name string, t token, m modifiers) (*regexp.Regexp, error) {
	if t.value == "" || len(t.value) > maxRegexp {
		return nil, syntax(t.line, "%s has %d bytes, want 1 to %d", name, len(t.value), maxRegexp)
	}
	flags, body := "", regexp.QuoteMeta(t.value)
	if t.kind == regex {
		body = boundaries(t.value)
		for _, f := range t.extra {
			if f != 'i' && f != 's' {
				return nil, unsupported(t.line, "flag %q of %s; this reader knows i and s", string(f), name)
			}
			flags += string(f)
		}
	}
	if m.nocase {
		flags += "i"
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	if m.fullword { // libyara: no letter, digit or underscore on either side
		body = `(?:\A|\W)(?:` + body + `)(?:\W|\z)`
	}
	re, err := regexp.Compile(flags + body)
	if err != nil {
		return nil, syntax(t.line, "%s: %v", name, err)
	}
	return re, nil
}

// boundaries rewrites \b: libyara counts the start and the end of the text as a boundary even beside a character that is no letter.
func boundaries(re string) string {
	var b strings.Builder
	class := false
	for i := 0; i < len(re); i++ {
		c := re[i]
		switch {
		case c == '\\' && i+1 < len(re):
			if i++; re[i] == 'b' && !class {
				b.WriteString(`(?:\b|\A|\z)`)
			} else {
				b.WriteString(re[i-1 : i+1])
			}
			continue
		case c == '[':
			class = true
		case c == ']':
			class = false
		}
		b.WriteByte(c)
	}
	return b.String()
}
