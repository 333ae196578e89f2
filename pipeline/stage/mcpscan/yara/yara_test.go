package yara

import (
	"errors"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, body, text string
		want             bool
	}{
		{"text", `strings: $a = "x\x41\n" condition: $a`, "xA\n", true},
		{"nocase", `strings: $a = "Secret" nocase condition: $a`, "SECRET", true},
		{"case", `strings: $a = "Secret" condition: $a`, "SECRET", false},
		{"fullword", `strings: $a = "key" fullword condition: $a`, "monkey", false},
		{"fullword found", `strings: $a = "key" ascii fullword condition: $a`, "a key.", true},
		{"regex", `strings: $a = /a\/b[\/x]+/i condition: $a`, "A/B//", true},
		{"word boundary at the start", `strings: $a = /\b<IMPORTANT>/ condition: $a`, "<IMPORTANT>", true},
		{"and not", `strings: $a = "a" $b = "b" condition: $a and not $b`, "ab", false},
		{"precedence", `strings: $a = "a" $b = "b" $c = "c" condition: $a or $b and $c`, "a", true},
		{"any of them", `strings: $a = "a" $b = "b" condition: any of them`, "b", true},
		{"all of set", `strings: $a1 = "a" $a2 = "b" $c = "c" condition: all of ($a*)`, "ab", true},
		{"two of", `strings: $a = "a" $b = "b" $c = "c" condition: 2 of them`, "a", false},
		{"none of", `strings: $a = "a" condition: none of them`, "b", true},
		{"comments", "/* x\n */ strings: $a = \"//\" // y\n condition: (($a))", "//", true},
	} {
		r, err := Parse("t", []byte("rule t : tag { "+"meta: a = \"b\" n = -1 t = true "+c.body+" }"))
		if err != nil {
			if c.name == "comments" { // a comment may stand before a section
				r, err = Parse("t", []byte("rule t { "+c.body+" }"))
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
		}
		if got := len(r.Match(c.text)) == 1; got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want error
		line string
	}{
		"import":         {"import \"pe\"", ErrUnsupported, "line 1"},
		"private":        {"private rule a { condition: true }", ErrUnsupported, "line 1"},
		"hex string":     {"rule a {\nstrings:\n$a = { 41 } condition: $a }", ErrUnsupported, "line 3"},
		"wide":           {"rule a { strings: $a = \"x\" wide condition: $a }", ErrUnsupported, "wide"},
		"count":          {"rule a { strings: $a = \"x\" condition: #a > 1 }", ErrUnsupported, "line 1"},
		"offset":         {"rule a { strings: $a = \"x\" condition: $a at 0 }", ErrUnsupported, "at"},
		"filesize":       {"rule a { condition: filesize < 10 }", ErrUnsupported, "filesize"},
		"look-around":    {"rule a { strings: $a = /(?=x)/ condition: $a }", ErrSyntax, "line 1"},
		"unknown string": {"rule a { condition: $b }", ErrSyntax, "$b"},
		"twice":          {"rule a { condition: true } rule a { condition: true }", ErrSyntax, "second"},
		"open comment":   {"/* x", ErrSyntax, "comment"},
		"open text":      {"rule a { strings: $a = \"x", ErrSyntax, "closed"},
		"deep":           {"rule a { condition: " + strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100) + " }", ErrSyntax, "deeper"},
		"deep not":       {"rule a { condition: " + strings.Repeat("not ", 100) + "true }", ErrSyntax, "deeper"},
		"empty":          {"", ErrSyntax, "no rule"},
		"too many of":    {"rule a { strings: $a = \"x\" condition: 2 of them }", ErrSyntax, "from 1 to 1"},
		"them without":   {"rule a { condition: any of them }", ErrSyntax, "none"},
	} {
		_, err := Parse("r.yara", []byte(c.src))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.line) {
			t.Errorf("%s: got %v, want %v with %q", name, err, c.want, c.line)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`rule a { meta: x = "y" strings: $a = /b/i $c = "d" nocase condition: any of them or not $a }`, "rule a {", "/*", `rule a { strings: $ = "x" condition: all of ($*) }`, `"\x4`, "rule a : b c { condition: 1 of ($a,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse("f", []byte(s))
		if err == nil {
			r.Match("some text to match")
		} else if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("error of no category: %v", err)
		}
	})
}
