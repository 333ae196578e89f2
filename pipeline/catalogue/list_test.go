package catalogue

import (
	"os"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

func listed() *Catalogue {
	one := func(id, dir, pkg, version, description string, p spec.Protocol) Server {
		return Server{ID: id, Dir: dir, Spec: &spec.Spec{
			Metadata: spec.Metadata{Name: id, Protocol: p, Description: description},
			Package:  spec.Package{Name: pkg, Version: version}}}
	}
	return &Catalogue{Servers: []Server{
		one("both", "npx/both", "both", "1.0.0", "", spec.NPX),
		one("both", "uvx/both", "both", "1.0", "日本語の説明がここにあり、端末の幅を超えるほど長いので切り詰められます", spec.UVX),
		{ID: "broken", Dir: "broken", Found: problem.List{{Message: "one"}, {Message: "two"}}},
		one("context7", "context7", "@upstash/context7-mcp", "1.0.31", "Up-to-date documentation "+strings.Repeat("and more ", 20), spec.NPX),
		one("hostile", "hostile", "x", "1.0.0", "red \x1b[31m and back \u202e and \u0301 and a\nline", spec.NPX),
	}}
}

func TestList(t *testing.T) {
	c := listed()
	got := c.List(100)
	const golden = "testdata/list.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, line := range strings.Split(got, "\n") {
		if w := displayWidth(line); w > 100 {
			t.Errorf("%d columns, want at most 100: %s", w, line)
		}
	}
	if narrow := c.List(1); !strings.Contains(narrow, "Up-to-date document…") {
		t.Errorf("got\n%swant descriptions of %d columns on a narrow terminal", narrow, minDescription)
	}
	if c.List(0) != c.List(DefaultWidth) {
		t.Error("0 is not the default width")
	}
	if got := (&Catalogue{}).List(0); got != "NAME  PROTOCOL  PACKAGE  VERSION  DESCRIPTION\n" {
		t.Errorf("empty catalogue: got %q", got)
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"ab cd", 4, "ab…"}, {"日本語", 6, "日本語"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		if got := cut(tc.in, tc.width); got != tc.want || displayWidth(got) > tc.width {
			t.Errorf("cut(%q, %d) = %q, want %q", tc.in, tc.width, got, tc.want)
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain \"text\" \\ é 日本": "plain \"text\" \\ é 日本", "a\x1b[31m": `a\x1b[31m`, "a\nb": `a\nb`, "\u202e": `\u202e`, "\xff": `\ufffd`, "👩\u200d🚀": "👩\u200d🚀",
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}
