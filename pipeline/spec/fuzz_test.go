package spec

import (
	"strings"
	"testing"
	"time"
)

// parseLimit is far above what the largest harmless file needs; a file that takes longer makes the reader work superlinearly.
const parseLimit = 5 * time.Second

func FuzzParse(f *testing.F) {
	for _, name := range []string{"good.yaml", "bad.yaml", "peer.yaml"} {
		f.Add(testdata(f, name), false)
		f.Add(testdata(f, name), true)
	}
	f.Add([]byte("metadata: {protocol: uvx}\nspec:\n  source_distributions:\n    - {package: doc_opt, build_requires: [\"setuptools<58\"], reason: "+reason+"}\n"), false)
	f.Add([]byte("a: &a [*a]\n<<: *a\n"), false)
	f.Add([]byte("metadata: {name: !!binary aa}\n? [x]\n: y\n"), true)
	f.Fuzz(func(t *testing.T, raw []byte, lax bool) {
		start := time.Now()
		s, problems := Parse("f", raw, Options{Folder: "demo", Lax: lax})
		if d := time.Since(start); d > parseLimit {
			t.Errorf("took %v", d)
		}
		if (s == nil) != (len(problems.Blocking()) > 0) {
			t.Errorf("got spec %v with problems\n%s", s, render(problems))
		}
		if len(problems) > MaxProblems+1 {
			t.Errorf("got %d problems", len(problems))
		}
		for _, p := range problems {
			if bad, ok := unseen(p.String(), false); ok {
				t.Errorf("%q: has %U", p.String(), bad)
			}
		}
		if s == nil {
			return
		}
		if part := shellPart(s.Ref() + s.Metadata.Name + s.Package.Entrypoint + strings.Join(s.Package.SystemPackages, "")); part != "" {
			t.Errorf("accepted %s in %s", part, s.Ref())
		}
	})
}

// TestHostileSizes: files at the bound that are known to be hard for YAML readers.
func TestHostileSizes(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, MaxBytes/len(unit)) }
	for name, raw := range map[string]string{
		"deep flow":     fill("["),
		"deep mapping":  fill("{a: "),
		"deep sequence": fill("- "),
		"flat list":     "a: [" + fill("1,")[:MaxBytes-10] + "]",
		"keys":          fill("? a\n"),
		"comments":      fill("#\n"),
		"item comments": fill("- #\n"),
		"anchors":       fill("- &a a\n"),
		"bombs":         "a: &a [x,x]\n" + fill("b: [*a,*a]\n")[:MaxBytes-32],
		"quotes":        "a: \"" + fill("\\n")[:MaxBytes-10] + "\"",
		"documents":     fill("---\n"),
		"empty keys":    fill(":\n"),
	} {
		start := time.Now()
		if s, problems := Parse("f", []byte(raw), Options{}); s != nil || len(problems.Blocking()) == 0 {
			t.Errorf("%s: got no blocking problem", name)
		}
		if d := time.Since(start); d > parseLimit {
			t.Errorf("%s: took %v, want at most %v", name, d, parseLimit)
		} else {
			t.Logf("%s: %v", name, d)
		}
	}
}
