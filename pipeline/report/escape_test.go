package report

import "testing"

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"Plain words, (in brackets): done.": "Plain words, (in brackets): done.",
		"security.mock_env; don't":          "security.mock_env; don't",
		"ask @octocat about #12":            "ask `@octocat` about `#12`",
		"see https://x.example/y now":       "see `https://x.example/y` now",
		"www.x.example":                     "`www.x.example`",
		"GH-12 deadbeef1":                   "`GH-12 deadbeef1`",
		"a <b> *c* _d_ [e](f) g|h":          "a `<b> *c* _d_ [e](f) g|h`",
		"tick `x` end":                      "tick `` `x` `` end",
		"line\n# heading":                   "line `#` heading",
		"mail me@x.example":                 "mail `me@x.example`",
		"zero\u200bwidth":                   "`zero\\u200bwidth`",
		"owner/repo":                        "`owner/repo`",
		"&amp; \\":                          "`&amp; \\`",
	} {
		if got := Prose(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCodeAndFenced(t *testing.T) {
	for in, want := range map[string]string{"": "`\"\"`", " ": "`\" \"`", "a": "`a`", "`": "`` ` ``", " a ": "`  a  `"} {
		if got := Code(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got, want := Fenced("a\n````\nb\n", "yaml", "  "), "  `````yaml\n  a\n  ````\n  b\n  `````\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		in, want string
		max      int
	}{{"a\nb", "a b", 0}, {"ééé", "é … (4 more bytes)", 3}, {"abc", "abc", 3}, {"\u3164\ufe0f\x1b", "\\u3164\\ufe0f\\u001b", 0}} {
		if got := Line(c.in, c.max); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}
