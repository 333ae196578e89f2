package pylock

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	sumC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
)

func hash(sum string) string { return " \\\n    --hash=sha256:" + sum }

// good is a lock that fits want.
var good = `# The wheels of server[x]==1.0, written by ` + "`dagger call lock`" + `. Do not edit.
# dockyard: {"before":"2026-11-17T00:00:00Z","python":"3.13","uv":"0.13.9","requirement":"server[x]==1.0","constraints":["b<2"]}
a==1.0` + hash(sumA) + hash(sumB) + `
b==1.0 ; platform_machine == "aarch64"` + hash(sumA) + `
b==2.0 ; platform_machine == "x86_64"` + hash(sumB) + `
server==1.0` + hash(sumC) + "\n"

var want = Want{Server: "s", Package: "server[x]", Version: "1.0", Constraints: []string{"b<2"}, Python: "3.13"}

func TestReadAndEncode(t *testing.T) {
	l, problems := Read("requirements.lock", strings.NewReader(good))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if problems := Check("requirements.lock", l, want); len(problems) > 0 {
		t.Errorf("a lock that fits: got %v", problems)
	}
	raw, err := l.Encode()
	if err != nil || string(raw) != good {
		t.Errorf("encoding what was read: got %v\n%s\nwant\n%s", err, raw, good)
	}
	for platform, ids := range map[string]string{"linux/amd64": "a==1.0 b==2.0 server==1.0", "linux/arm64": "a==1.0 b==1.0 server==1.0"} {
		packages, err := l.Select(platform)
		var got []string
		for _, p := range packages {
			got = append(got, p.ID())
		}
		if err != nil || strings.Join(got, " ") != ids {
			t.Errorf("%s: got %v (%v), want %s", platform, got, err, ids)
		}
		if strings.Contains(Requirements(packages), ";") {
			t.Errorf("%s: requirements have markers:\n%s", platform, Requirements(packages))
		}
	}
	if _, err := l.Select("linux/riscv64"); err == nil {
		t.Error("an unknown platform: got no error")
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no hash":            {"a==1.0\n", "want NAME==VERSION with --hash"},
		"weak hash":          {"a==1.0 --hash=md5:d41d8cd98f00b204e9800998ecf8427e\n", "want NAME==VERSION with --hash"},
		"range":              {"a>=1.0" + hash(sumA) + "\n", "want NAME==VERSION"},
		"address":            {"a @ https://host.test/a.whl" + hash(sumA) + "\n", "want NAME==VERSION"},
		"index":              {"--index-url https://host.test/simple\n", "want NAME==VERSION"},
		"other file":         {"-r other.txt\n", "want NAME==VERSION"},
		"other marker":       {"a==1.0 ; sys_platform == \"win32\"" + hash(sumA) + "\n", "want NAME==VERSION"},
		"goes on":            {"a==1.0 \\", "goes on behind the end"},
		"two records":        {good + strings.Split(good, "\n")[1] + "\n", "second record"},
		"record with more":   {factsMark + `{"index":"x"}` + "\n", "unknown field"},
		"too many bytes":     {strings.Repeat("#\n", MaxBytes/2+1), "MaxBytes"},
		"too many packages":  {strings.Repeat("a==1.0 --hash=sha256:"+sumA+"\n", MaxPackages+1), "MaxPackages"},
		"too many hashes":    {"a==1.0" + strings.Repeat(" --hash=sha256:"+sumA, MaxHashes+1) + "\n", "MaxHashes"},
		"control characters": {"a==1.0\x00" + hash(sumA) + "\n", "want NAME==VERSION"},
	} {
		l, problems := Read("requirements.lock", strings.NewReader(c.text))
		if l != nil || !strings.Contains(fmt.Sprint(problems), c.want) {
			t.Errorf("%s: got %v, want %q", name, problems, c.want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"stale version":     {"requirement\":\"server[x]==1.0", "requirement\":\"server[x]==0.9", "stale: it was made for server[x]==0.9, want server[x]==1.0"},
		"stale extras":      {"requirement\":\"server[x]==", "requirement\":\"server==", "stale: it was made for server==1.0"},
		"stale constraints": {`"b<2"`, `"b<3"`, "made with the constraints b<3, want b<2"},
		"other Python":      {`"3.13"`, `"3.12"`, "made for CPython 3.12, want 3.13"},
		"no cut-off":        {`"before":"2026-11-17T00:00:00Z",`, "", "no cut-off"},
		"package missing":   {"\nserver==1.0", "\nserver2==1.0", "package server is not in the lock for linux/amd64"},
		"other version":     {"\nserver==1.0", "\nserver==1.1", "got server==1.1, want version 1.0"},
		"name not normal":   {"\na==1.0", "\nA_x==1.0", `got the name "A_x", want "a-x"`},
		"name twice":        {"\na==1.0", "\nSERVER==3.0", "server==1.0 is the project of line 3 again (SERVER==3.0)"},
	} {
		l, problems := Read("requirements.lock", strings.NewReader(strings.Replace(good, c.from, c.to, 1)))
		if l == nil {
			t.Fatalf("%s: %v", name, problems)
		}
		problems = Check("requirements.lock", l, want)
		if !strings.Contains(fmt.Sprint(problems), c.want) || len(problems) > 0 && !strings.Contains(problems[0].Fix, "dagger call lock --server=s") {
			t.Errorf("%s: got %v, want %q", name, problems, c.want)
		}
	}
}

func TestMerge(t *testing.T) {
	got, err := Merge(map[string][]Package{
		"linux/amd64": {{Name: "b", Version: "2.0", SHA256: []string{sumB}}, {Name: "a", Version: "1.0", SHA256: []string{sumB}}, {Name: "c", Version: "1", SHA256: []string{sumC}}},
		"linux/arm64": {{Name: "a", Version: "1.0", SHA256: []string{sumA}}, {Name: "b", Version: "1.0", SHA256: []string{sumA}}},
	})
	want := []Package{
		{Name: "a", Version: "1.0", SHA256: []string{sumA, sumB}}, {Name: "b", Version: "1.0", Machine: "aarch64", SHA256: []string{sumA}},
		{Name: "b", Version: "2.0", Machine: "x86_64", SHA256: []string{sumB}}, {Name: "c", Version: "1", Machine: "x86_64", SHA256: []string{sumC}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
	if _, err := Merge(map[string][]Package{"linux/riscv64": nil}); err == nil {
		t.Error("an unknown platform: got no error")
	}
}

func TestEncodeTimes(t *testing.T) {
	l := Lock{Facts: &Facts{Before: time.Date(2026, 11, 17, 1, 0, 0, 5, time.FixedZone("", 3600))}}
	raw, err := l.Encode()
	if err != nil || !strings.Contains(string(raw), `"before":"2026-11-17T00:00:00Z"`) {
		t.Errorf("got %s (%v), want UTC in whole seconds", raw, err)
	}
}

func TestNamesAndVersions(t *testing.T) {
	for _, name := range []string{"foo-bar", "Foo_Bar", "foo.bar", "FOO--bar", "foo_-.bar"} {
		if got := CanonicalName(name); got != "foo-bar" {
			t.Errorf("CanonicalName(%q): got %q, want foo-bar", name, got)
		}
	}
	if got := Project("Foo_Bar[x,y]"); got != "foo-bar" {
		t.Errorf("Project: got %q", got)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1.0", "1.0.0", true}, {"1.0rc1", "1.0-RC.1", true}, {"2024.01", "2024.1", true}, {"1.0.post1", "1.0-1", true}, {"v1", "1", true}, {"1+ab.c", "1+ab_c", true},
		{"1.0a", "1.0alpha0", true}, {"0!1", "1", true}, {"1.0", "1.0.1", false}, {"1.0", "1.0.post0", false}, {"1!1", "1", false}, {"1", "1.dev0", false}, {"junk", "junk", true}, {"junk", "other", false},
	} {
		if got := SameVersion(c.a, c.b); got != c.same {
			t.Errorf("SameVersion(%q, %q): got %v", c.a, c.b, got)
		}
	}
}

func TestPlatformTags(t *testing.T) {
	got, err := PlatformTags("linux/arm64", "2.19")
	if want := "manylinux_2_19_aarch64 manylinux_2_18_aarch64 manylinux_2_17_aarch64 manylinux2014_aarch64 linux_aarch64"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("got %v (%v), want %s", got, err, want)
	}
	for _, c := range [][2]string{{"linux/riscv64", "2.41"}, {"linux/amd64", "2.5"}, {"linux/amd64", "3.1"}, {"linux/amd64", ""}} {
		if got, err := PlatformTags(c[0], c[1]); err == nil {
			t.Errorf("%v: got %v, want an error", c, got)
		}
	}
}

// FuzzRead expects that what is read can be written and read again with the same result.
func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("a==1 --hash=sha256:" + sumA)
	f.Fuzz(func(t *testing.T, s string) {
		l, _ := Read("f", strings.NewReader(s))
		if l == nil || l.Facts == nil {
			return
		}
		Check("f", l, want)
		raw, err := l.Encode()
		if err != nil || strings.ContainsAny(l.Facts.Requirement, "\r\n") {
			return
		}
		again, problems := Read("f", strings.NewReader(string(raw)))
		if again == nil || len(again.Packages) != len(l.Packages) {
			t.Fatalf("%v", problems)
		}
	})
}
