package golock

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/problem"
)

const zeros = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

const goodMod = `// What the program below is built from, written by ` + "`dagger call lock`" + `. Do not edit.
// dockyard: {"before":"2026-11-17T00:00:00Z","package":"example.com/Srv/cmd/srv","overrides":{"example.com/dep":"v1.3.0"}}

module dagger/dockyard/servers/srv

go 1.25.0

toolchain go1.25.14

tool example.com/Srv/cmd/srv

require (
	example.com/Srv v1.0.0
)

require (
	example.com/dep v1.3.0 // indirect
	gopkg.in/x.v2 v2.0.0+incompatible // indirect
)
`

var goodSum = sums("example.com/Srv v1.0.0", "example.com/Srv v1.0.0/go.mod", "example.com/dep v1.3.0", "example.com/dep v1.3.0/go.mod",
	"golang.org/toolchain v0.0.1-go1.25.14.linux-amd64", "golang.org/toolchain v0.0.1-go1.25.14.linux-arm64",
	"gopkg.in/x.v2 v2.0.0+incompatible", "gopkg.in/x.v2 v2.0.0+incompatible/go.mod")

func sums(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k + " " + zeros + "\n")
	}
	return b.String()
}

var want = Want{Server: "srv", Package: "example.com/Srv/cmd/srv", Version: "v1.0.0", Overrides: map[string]string{"example.com/dep": "v1.3.0"}}

func files(mod, sum string) Files {
	return Files{ModName: "go.mod", SumName: "go.sum", Mod: strings.NewReader(mod), Sum: strings.NewReader(sum)}
}

func check(mod, sum string, w Want) problem.List {
	f := files(mod, sum)
	l, found := Read(f)
	if l == nil {
		return found
	}
	return append(found, Check(f, l, w)...)
}

func TestGood(t *testing.T) {
	if found := check(goodMod, goodSum, want); len(found) > 0 {
		t.Fatalf("got %v, want no problem", found)
	}
	l, _ := Read(files(goodMod, goodSum))
	mod, err := l.EncodeMod()
	if err != nil || string(mod) != goodMod {
		t.Errorf("EncodeMod: got %v\n%s\nwant what was read", err, mod)
	}
	if sum := l.EncodeSum(); string(sum) != goodSum {
		t.Errorf("EncodeSum: got\n%s\nwant what was read", sum)
	}
	if got := string(l.ToolchainSums()); strings.Count(got, "\n") != 2 || !strings.Contains(got, "go1.25.14.linux-arm64") {
		t.Errorf("ToolchainSums: got\n%s\nwant the two of the toolchain", got)
	}
}

func TestRetractedAllowed(t *testing.T) {
	w := want
	w.Retracted = []string{"example.com/dep@v1.3.0"}
	mod := edit(t, goodMod, `"overrides":{"example.com/dep":"v1.3.0"}=>"overrides":{"example.com/dep":"v1.3.0"},"retracted":["example.com/dep@v1.3.0"]`)
	if found := check(mod, goodSum, w); len(found) > 0 {
		t.Errorf("got %v, want no problem", found)
	}
	l, _ := Read(files(mod, goodSum))
	if got, err := l.EncodeMod(); err != nil || string(got) != mod {
		t.Errorf("got %v\n%s\nwant what was read", err, got)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, mod, sum string // OLD=>NEW, in the good files
		want           Want
		say            string
	}{
		{name: "replace", mod: "require (\n\texample.com/Srv v1.0.0=>replace example.com/Srv => ../x\n\nrequire (\n\texample.com/Srv v1.0.0", say: `go.mod:12: got "replace`},
		{name: "exclude", mod: "tool example=>exclude example.com/dep v1.0.0\ntool example", say: `got "exclude`},
		{name: "replace in a block", mod: "require (\n\texample.com/dep=>replace (\n\texample.com/dep", say: `got "replace`},
		{name: "range", mod: "dep v1.3.0=>dep v1.3", say: "want one exact version in canonical form"},
		{name: "branch", mod: "dep v1.3.0=>dep main", say: "want one exact version in canonical form"},
		{name: "quoted path", mod: "example.com/dep v1=>\"example.com/dep\" v1", say: "want the path of a module"},
		{name: "path that climbs", mod: "example.com/dep v1=>example.com/../dep v1", say: "want the path of a module"},
		{name: "open block", mod: "v2.0.0+incompatible // indirect\n)=>v2.0.0+incompatible // indirect", say: `the block "require" is not closed`},
		{name: "two tools", mod: "tool example.com/Srv/cmd/srv=>tool (\n\texample.com/Srv/cmd/srv\n\texample.com/Srv/cmd/b\n)", say: "tool is given twice"},
		{name: "no cut-off", mod: `"before":"2026-11-17T00:00:00Z",=>`, say: "records no cut-off"},
		{name: "broken facts", mod: `{"before"=>{before`, say: "reading the facts"},
		{name: "other version", want: Want{Version: "v1.1.0"}, say: "the lock is stale: got example.com/Srv@v1.0.0, want version v1.1.0"},
		{name: "other package", want: Want{Package: "example.com/other"}, say: "the lock is stale: it was made for example.com/Srv/cmd/srv, want example.com/other"},
		{name: "other program", want: Want{Entrypoint: "b"}, say: `want "b" as spec.entrypoint says`},
		{name: "no override", want: Want{Overrides: map[string]string{}}, say: "with the overrides example.com/dep@v1.3.0, want none"},
		{name: "retracted", mod: `"package":=>"retracted":["example.com/dep@v1.3.0"],"package":`, say: "example.com/dep@v1.3.0 was retracted by its authors, and the spec does not allow it"},
		{name: "another version is allowed", mod: `"package":=>"retracted":["example.com/dep@v1.3.0"],"package":`, want: Want{Retracted: []string{"example.com/dep@v1.2.0"}}, say: "example.com/dep@v1.3.0 was retracted"},
		{name: "override below", mod: "dep v1.3.0 //=>dep v1.4.0 //", say: "got example.com/dep v1.4.0, want v1.3.0"},
		{name: "override of nothing", mod: `"example.com/dep":"v1=>"example.com/nope":"v1`, want: Want{Overrides: map[string]string{"example.com/nope": "v1.3.0"}}, say: "not linked with example.com/nope"},
		{name: "several direct", mod: "v1.3.0 // indirect=>v1.3.0", say: "want one requirement that is not marked indirect"},
		{name: "program elsewhere", mod: "\texample.com/Srv v1.0.0=>\texample.com/S v1.0.0", say: "is not in the module example.com/S"},
		{name: "twice", mod: "\tgopkg.in=>\texample.com/dep v1.3.0 // indirect\n\tgopkg.in", say: "is required on line 17 already"},
		{name: "old toolchain", mod: "toolchain go1.25.14=>toolchain go1.24.0", say: "the toolchain is 1.24.0, want at least 1.25.0"},
		{name: "no toolchain", mod: "toolchain go1.25.14\n=>", say: "want the lines module, go and toolchain"},
		{name: "no zip hash", sum: "example.com/dep v1.3.0 " + zeros + "\n=>", say: "go.sum: example.com/dep v1.3.0 has no hash"},
		{name: "no go.mod hash", sum: "example.com/dep v1.3.0/go.mod " + zeros + "\n=>", say: "go.sum: example.com/dep v1.3.0/go.mod has no hash"},
		{name: "no toolchain hash", sum: sums("golang.org/toolchain v0.0.1-go1.25.14.linux-amd64", "golang.org/toolchain v0.0.1-go1.25.14.linux-arm64") + "=>", say: "linux-amd64 has no hash"},
		{name: "other hash", sum: "v1.3.0 h1:=>v1.3.0 h2:", say: "want h1: and the base64 of 32 bytes"},
		{name: "short hash", sum: "v1.3.0 h1:AAAA=>v1.3.0 h1:", say: "want h1: and the base64 of 32 bytes"},
		{name: "two hashes", sum: "example.com/dep v1.3.0 =>example.com/dep v1.3.0 h1:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.com/dep v1.3.0 ", say: "has two hashes"},
		{name: "no sum line", sum: "example.com/dep v1.3.0 h1=>nothing h1", say: "want MODULE VERSION h1:HASH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := want
			if c.want.Version != "" {
				w.Version = c.want.Version
			}
			if c.want.Package != "" {
				w.Package = c.want.Package
			}
			if c.want.Overrides != nil {
				w.Overrides = c.want.Overrides
			}
			w.Entrypoint, w.Retracted = c.want.Entrypoint, c.want.Retracted
			found := check(edit(t, goodMod, c.mod), edit(t, goodSum, c.sum), w)
			if got := found.Err(ErrLock); got == nil || !strings.Contains(got.Error(), c.say) {
				t.Errorf("got %v, want %q", got, c.say)
			}
		})
	}
}

func edit(t *testing.T, text, change string) string {
	t.Helper()
	if change == "" {
		return text
	}
	at := strings.LastIndex(change, "=>")
	if strings.Contains(change, "replace example") {
		at = strings.Index(change, "=>")
	}
	old, changed := change[:at], change[at+2:]
	if !strings.Contains(text, old) {
		t.Fatalf("the good file has no %q", old)
	}
	return strings.Replace(text, old, changed, 1)
}

func TestTooLong(t *testing.T) {
	if found := check(strings.Repeat("// x\n", MaxBytes/5+1), goodSum, want); len(found) != 1 || !strings.Contains(found[0].Message, "MaxBytes") {
		t.Errorf("got %v, want the bound MaxBytes", found)
	}
}

func TestPickToolchain(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	releases := []Release{{"1.25.9", day(9)}, {"1.25.10", day(10)}, {"1.25.11", day(11)}, {Version: "1.25.12"}}
	if got, err := PickToolchain(releases, "1.25.0", day(10)); got != "1.25.10" || err != nil {
		t.Errorf("got %q, %v, want the newest of the cut-off, 1.25.10", got, err)
	}
	if got, err := PickToolchain(releases, "1.25.11", day(10)); err == nil {
		t.Errorf("got %q, want an error: nothing so old is new enough for the go line", got)
	}
	for line, series := range map[string]string{"1.26.5": "1.26", "1.26": "1.26", "1.18": oldestGo, "1.24.1": oldestGo} {
		if got := ToolchainLine(line); got != series {
			t.Errorf("ToolchainLine(%q): got %q, want %q", line, got, series)
		}
	}
	if got := InSeries([]string{"1.9", "1.25rc1", "1.25.0", "1.25.10", "1.26.0"}, "1.25"); !slices.Equal(got, []string{"1.25.0", "1.25.10"}) {
		t.Errorf("InSeries: got %q", got)
	}
}

func TestPickProgram(t *testing.T) {
	mains := []string{"example.com/m/cmd/srv", "example.com/m/cmd/tool", "example.com/m/v2"}
	for _, c := range []struct{ pkg, entrypoint, want, say string }{
		{"example.com/m/cmd/srv", "", "example.com/m/cmd/srv", ""},
		{"example.com/m", "tool", "example.com/m/cmd/tool", ""},
		{"example.com/m", "m", "example.com/m/v2", ""},
		{"example.com/m/v2", "", "example.com/m/v2", ""},
		{"example.com/m", "", "", "example.com/m/cmd/srv, example.com/m/cmd/tool"},
		{"example.com/m/cmd/srv", "other", "", `not named "other"`},
		{"example.com/m/lib", "", "", "is no main package"},
	} {
		got, err := PickProgram(slices.Clone(mains), c.pkg, c.entrypoint)
		if got != c.want || c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("PickProgram(%q, %q): got %q, %v, want %q, %q", c.pkg, c.entrypoint, got, err, c.want, c.say)
		}
	}
	if got := Candidates("example.com/a/b"); !slices.Equal(got, []string{"example.com/a/b", "example.com/a"}) {
		t.Errorf("Candidates: got %q", got)
	}
}

func TestServerLine(t *testing.T) {
	for _, c := range []struct{ mod, want, say string }{
		{`{"Go": "1.26.5", "Require": [{"Path": "example.com/dep", "Version": "v1.0.0"}]}`, "1.26.5", ""},
		{`{"Go": "1.16"}`, oldestLine, ""},
		{`{}`, oldestLine, ""},
		{`{"Go": "1.26.5", "Replace": [{"Old": {"Path": "example.com/dep"}, "New": {"Path": "../dep"}}]}`, "", "replace example.com/dep"},
		{`{"Go": "1.26.5", "Exclude": [{"Path": "example.com/dep", "Version": "v1.0.0"}]}`, "", "exclude example.com/dep v1.0.0"},
		{`[]`, "", "reading what the go command said"},
	} {
		got, err := ServerLine([]byte(c.mod))
		if got != c.want || c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: got %q, %v, want %q, %q", c.mod, got, err, c.want, c.say)
		}
	}
}

// TestResolution makes a lock of what the go command leaves behind, where an override stands as a direct requirement.
func TestResolution(t *testing.T) {
	mod := "module dagger/dockyard/servers/srv\n\ngo 1.25.0\n\ntool example.com/Srv/cmd/srv\n\nrequire example.com/Srv v1.0.0\n\nrequire example.com/dep v1.3.0\n\n" +
		"require gopkg.in/x.v2 v2.0.0+incompatible // indirect\n"
	sum := sums("gopkg.in/x.v2 v2.0.0+incompatible", "gopkg.in/x.v2 v2.0.0+incompatible/go.mod", "example.com/Srv v1.0.0", "example.com/Srv v1.0.0/go.mod", "example.com/dep v1.3.0", "example.com/dep v1.3.0/go.mod")
	r := Resolution{Mod: mod, Sum: sum, Toolchain: "1.25.14", Toolchains: map[string]string{"amd64": zeros, "arm64": zeros},
		Facts: Facts{Before: time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC), Package: want.Package, Overrides: want.Overrides}}
	l, err := r.Lock(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.EncodeMod(); err != nil || string(got) != goodMod {
		t.Errorf("go.mod: got %v\n%s\nwant\n%s", err, got, goodMod)
	}
	if got := string(l.EncodeSum()); got != goodSum {
		t.Errorf("go.sum: got\n%s\nwant\n%s", got, goodSum)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(goodMod, goodSum)
	f.Add("require (\n)\n)\n", "a b c\n")
	f.Fuzz(func(t *testing.T, mod, sum string) {
		l, found := Read(files(mod, sum))
		if (l == nil) != (len(found) > 0) {
			t.Fatalf("got a lock: %v, problems: %v", l != nil, found)
		}
		if l == nil || Check(files(mod, sum), l, want).Err(ErrLock) != nil {
			return
		}
		again, err := l.EncodeMod()
		if err != nil {
			t.Fatal(err)
		}
		if found := check(string(again), string(l.EncodeSum()), want); len(found) > 0 {
			t.Errorf("what was written is refused: %v", found)
		}
	})
}
