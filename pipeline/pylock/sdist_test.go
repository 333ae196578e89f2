package pylock

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// source is good with the package a as a source distribution, tools what it is built with.
var (
	source = strings.NewReplacer(`"constraints"`, `"sdists":["a==1.0"],"constraints"`, hash(sumA)+hash(sumB), hash(sumA)).Replace(good)
	tools  = `# The wheels that source distributions are built with, written by ` + "`dagger call lock`" + `. Do not edit.
# dockyard: {"before":"2026-11-17T00:00:00Z","python":"3.13","uv":"0.13.9","builds":["a==1.0 sha256:` + sumA + `"],"requires":["setuptools<58","wheel"]}
setuptools==57.5.0` + hash(sumB) + `
wheel==0.45.1` + hash(sumC) + "\n"
	wantSource = Want{Server: "s", Package: "server[x]", Version: "1.0", Constraints: []string{"b<2"}, Python: "3.13", Sdists: []string{"A"}, BuildRequires: []string{"setuptools<58"}}
)

func parsed(t *testing.T, text string) *Lock {
	t.Helper()
	l, problems := Read("f", strings.NewReader(text))
	if l == nil {
		t.Fatal(problems)
	}
	return l
}

func TestSourceDistributions(t *testing.T) {
	l, b := parsed(t, source), parsed(t, tools)
	if problems := append(Check("f", l, wantSource), CheckBuild("b", b, l, wantSource)...); len(problems) > 0 {
		t.Errorf("locks that fit: got %v", problems)
	}
	if raw, err := b.Encode(); err != nil || string(raw) != tools {
		t.Errorf("encoding what was read: got %v\n%s\nwant\n%s", err, raw, tools)
	}
	packages, _ := l.Select("linux/amd64")
	wheels, sdists := l.Split(packages)
	if len(wheels) != 2 || len(sdists) != 1 || sdists[0].ID() != "a==1.0" {
		t.Errorf("got wheels %v and source distributions %v", wheels, sdists)
	}
	if wheels, sdists := parsed(t, good).Split(packages); len(wheels) != 3 || sdists != nil {
		t.Errorf("a lock of wheels: got %v and %v", wheels, sdists)
	}
}

func TestSourceDistributionsRefused(t *testing.T) {
	twice := Want{Server: "s", Package: "server[x]", Version: "1.0", Constraints: []string{"b<2"}, Python: "3.13", Sdists: []string{"a", "b"}}
	for name, c := range map[string]struct {
		lock, tools string
		want        Want
		problem     string
	}{
		"not allowed":        {source, tools, want, "a==1.0 is a source distribution, and the spec does not allow to build it; allow it in spec.source_distributions"},
		"a wheel":            {good, tools, wantSource, "no source distribution of a, which the spec wants built; remove it from spec.source_distributions"},
		"another is wanted":  {source, tools, twice, "no source distribution of b"},
		"not a package":      {strings.Replace(source, "\na==", "\nc==", 1), tools, wantSource, "records a==1.0 as a source distribution, which is not among its packages"},
		"several hashes":     {strings.Replace(source, hash(sumA), hash(sumA)+hash(sumB), 1), tools, wantSource, "source distribution with 2 hashes, want one"},
		"tools for others":   {strings.Replace(source, hash(sumA), hash(sumC), 1), tools, wantSource, "it was made to build a==1.0 sha256:" + sumA + ", want a==1.0 sha256:" + sumC},
		"tools of old":       {source, strings.Replace(tools, "11-17", "11-16", 1), wantSource, "its cut-off is not that of the server's lock"},
		"tools without date": {source, strings.Replace(tools, `"before":"2026-11-17T00:00:00Z",`, "", 1), wantSource, "no cut-off"},
		"tools for 3.12":     {source, strings.Replace(tools, `"3.13"`, `"3.12"`, 1), wantSource, "made for CPython 3.12, want 3.13"},
		"tools without one":  {source, strings.Replace(tools, `"setuptools<58",`, "", 1), wantSource, "made without the requirement setuptools<58"},
		"withdrawn tool":     {source, strings.Replace(tools, `"builds"`, `"yanked":["wheel==0.45.1"],"builds"`, 1), wantSource, "wheel==0.45.1 was withdrawn from the index"},
		"a tool twice":       {source, strings.Replace(tools, "\nwheel==", "\nSetuptools==", 1), wantSource, "is the project of line 3 again (setuptools==57.5.0)"},
	} {
		l := parsed(t, c.lock)
		problems := append(Check("f", l, c.want), CheckBuild("b", parsed(t, c.tools), l, c.want)...)
		if got := fmt.Sprint(problems); !strings.Contains(got, c.problem) {
			t.Errorf("%s: got %v, want %q", name, got, c.problem)
		}
	}
	if l, problems := Read("b", strings.NewReader(strings.Replace(tools, hash(sumB), "", 1))); l != nil || !strings.Contains(fmt.Sprint(problems), "--hash=sha256") {
		t.Errorf("an entry without a hash: got %v", problems)
	}
}

func TestSourceOnly(t *testing.T) {
	const said = "error: No solution found\n  cause: Because sgmllib3k==1.0.0 has no usable wheels and only sgmllib3k==1.0.0 is available\n\nhint: Wheels are required for `Doc_opt` because\n"
	got := SourceOnly(said)
	if !slices.Equal(got, []string{"doc-opt", "sgmllib3k"}) {
		t.Errorf("got %q", got)
	}
	if advice := AllowSource(got); !strings.Contains(advice, "  source_distributions:\n    - {package: doc-opt, reason: WHY}\n    - {package: sgmllib3k,") {
		t.Errorf("got %s", advice)
	}
	if AllowSource(SourceOnly("error: no such package")) != "" {
		t.Error("want no advice on other errors")
	}
}
