package npmlock

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// sri is an integrity that only has the right form.
var sri = "sha512-" + base64.StdEncoding.EncodeToString(make([]byte, 64))

// lock puts entries, written as `"path": {fields}`, into a lock for server@1.0.0.
func lock(entries ...string) string {
	all := append([]string{
		`"": {"name": "x", "dependencies": {"server": "1.0.0"}}`,
	}, entries...)
	return `{"name": "x", "lockfileVersion": 3, "dockyard": {"before": "2026-11-17T00:00:00Z", "npm": "11.0.0"}, "packages": {` + strings.Join(all, ",") + `}}`
}

// pkg is an entry with an integrity and further fields.
func pkg(path, version, fields string) string {
	if fields != "" {
		fields = ", " + fields
	}
	return fmt.Sprintf(`%q: {"version": %q, "integrity": %q%s}`, path, version, sri, fields)
}

var server = pkg("node_modules/server", "1.0.0", "")

func read(t *testing.T, raw string) *Lock {
	t.Helper()
	l, problems := Read("package-lock.json", strings.NewReader(raw))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return l
}

func TestRead(t *testing.T) {
	l := read(t, lock(pkg("node_modules/server", "1.0.0", `"license": {"type": "MIT"}, "deprecated": "old", "hasInstallScript": true,
		"bin": {"b": "b.js", "n": 3}, "os": "linux", "cpu": ["x64", "!arm"], "libc": null, "dependencies": {"a": "^1"}, "Version": "9.9.9",
		"peerDependencies": {"p": "*", "q": "*"}, "peerDependenciesMeta": {"p": {"optional": true}, "q": {"Optional": true}}`),
		pkg("node_modules/server/node_modules/@s/a", "2.0.0-rc.1+b", `"name": "real", "bin": "x.js"`)))
	want := []Entry{{
		Path: "node_modules/server", Version: "1.0.0", Integrity: sri, License: "MIT", Deprecated: "old", HasInstallScript: true,
		Bin: Bin{"b": "b.js"}, OS: Words{"linux"}, CPU: Words{"x64", "!arm"}, Dependencies: map[string]string{"a": "^1"},
		PeerDeps: map[string]string{"p": "*", "q": "*"}, PeerOptional: map[string]bool{"p": true},
	}, {Path: "node_modules/server/node_modules/@s/a", Name: "real", Version: "2.0.0-rc.1+b", Integrity: sri, Bin: Bin{"": "x.js"}}}
	if !reflect.DeepEqual(l.Entries, want) {
		t.Errorf("entries:\n got %+v\nwant %+v", l.Entries, want)
	}
	e := l.Entries[1]
	if e.Package() != "real" || e.Folder() != "@s/a" || e.ID() != "real@2.0.0-rc.1+b" {
		t.Errorf("names: got %q, %q, %q", e.Package(), e.Folder(), e.ID())
	}
	if l.Facts == nil || l.Facts.NPM != "11.0.0" {
		t.Errorf("facts: got %+v", l.Facts)
	}
	if got, ok := l.Resolve(e, "server"); !ok || got.Path != "node_modules/server" {
		t.Errorf("resolving upwards: got %q", got.Path)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"no JSON":             {`{`, "EOF"},
		"list":                {`[]`, "cannot unmarshal"},
		"second document":     {lock(server) + `{}`, "text follows"},
		"version 2":           {strings.Replace(lock(server), `"lockfileVersion": 3`, `"lockfileVersion": 2`, 1), "got lockfileVersion 2, want 3"},
		"version in capitals": {strings.Replace(lock(server), `"lockfileVersion"`, `"LockfileVersion"`, 1), "got lockfileVersion 0, want 3"},
		"no packages":         {`{"lockfileVersion": 3}`, "got 0 packages"},
		"no root":             {`{"lockfileVersion": 3, "packages": {` + server + `}}`, "no entry for the root"},
		"duplicate entry":     {lock(server, server), `the key "node_modules/server" stands twice`},
		"duplicate field":     {lock(pkg("node_modules/server", "1.0.0", `"version": "2.0.0"`)), `the key "version" stands twice`},
		"duplicate escaped":   {lock(pkg("node_modules/server", "1.0.0", `"\u0076ersion": "2.0.0"`)), `the key "version" stands twice`},
		"wrong type":          {lock(pkg("node_modules/server", "1.0.0", `"os": {"linux": 1}`)), `"os"`},
		"deep":                {strings.Repeat(`{"a":`, 70) + `1` + strings.Repeat(`}`, 70), "deeper than 64 levels (maxDepth)"},
		"large":               {strings.Repeat(" ", MaxBytes+1), "more than 33554432 bytes (MaxBytes)"},
		"many entries":        {lock(server, many(MaxEntries)), "(MaxEntries)"},
	} {
		l, problems := Read("f", strings.NewReader(c.raw))
		if l != nil || len(problems) != 1 || !strings.Contains(problems[0].String(), c.want) {
			t.Errorf("%s: got %v, want a problem with %q", name, problems, c.want)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"node_modules/p%d": {},`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestNormalize(t *testing.T) {
	f := Facts{Before: time.Date(2026, 11, 17, 1, 2, 3, 4, time.FixedZone("x", 3600)), NPM: "11.0.0", Overrides: map[string]string{"a": "1.0.0"}}
	raw := `{"packages": {"node_modules/@s/a": {"version": "1.0.0", "resolved": "https://registry.example/base/@s/a/-/a-1.0.0.tgz", "integrity": "` + sri +
		`"}, "": {"dependencies": {"@s/a": "<1>&"}}}, "lockfileVersion": 3}`
	got, err := Normalize([]byte(raw), f)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "dockyard": {
    "before": "2026-11-17T00:02:03Z",
    "npm": "11.0.0",
    "overrides": {
      "a": "1.0.0"
    }
  },
  "lockfileVersion": 3,
  "packages": {
    "": {
      "dependencies": {
        "@s/a": "<1>&"
      }
    },
    "node_modules/@s/a": {
      "integrity": "` + sri + `",
      "version": "1.0.0"
    }
  }
}
`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	again, err := Normalize(got, f)
	if err != nil || string(again) != want {
		t.Errorf("a second time: got %s, %v", again, err)
	}
}

func TestNormalizeRefusesOtherSources(t *testing.T) {
	_, err := Normalize([]byte(lock(
		pkg("node_modules/a", "1.0.0", `"resolved": "git+ssh://git@host.example/a.git#abc"`),
		pkg("node_modules/b", "1.0.0", `"resolved": "https://host.example/b.tgz"`),
		pkg("node_modules/c", "1.0.0", `"resolved": "file:c.tgz"`))), Facts{})
	for _, want := range []string{"node_modules/a", "node_modules/b", "node_modules/c", `comes from "git+ssh`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// TestCommittedLocks holds the locks of the catalogue to the form Normalize gives them.
func TestCommittedLocks(t *testing.T) {
	names, err := filepath.Glob("../../servers/*/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l := read(t, string(raw))
		if l.Facts == nil {
			t.Errorf("%s: no facts", name)
			continue
		}
		got, err := Normalize(raw, *l.Facts)
		if err != nil || string(got) != string(raw) {
			t.Errorf("%s: normalized again it differs (%v)", name, err)
		}
	}
}

func FuzzLock(f *testing.F) {
	f.Add([]byte(lock(server, pkg("node_modules/server/node_modules/a", "1.0.0", `"optional": true, "os": ["darwin"]`))))
	f.Add([]byte(lock(pkg("node_modules/../x", "1", `"link": true, "inBundle": true, "dependencies": {"a": ""}`))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, problems := Read("f", strings.NewReader(string(raw)))
		if l == nil {
			if len(problems) == 0 {
				t.Fatal("no lock and no problem")
			}
			return
		}
		Check("f", l, Want{Server: "s", Package: "server", Version: "1.0.0"})
		chosen, _ := l.Select("linux/amd64")
		if len(CheckEntries("f", l, "")) > 0 {
			return
		}
		for _, e := range chosen {
			if _, err := e.SHA512(); err != nil && !e.InBundle {
				t.Fatalf("%q passed the check without a hash", e.Path)
			}
			if strings.Contains(e.Path, "..") && !filepath.IsLocal(e.Path) {
				t.Fatalf("%q passed the check", e.Path)
			}
		}
		once, err := Normalize(raw, Facts{})
		if err != nil {
			return
		}
		if twice, err := Normalize(once, Facts{}); err != nil || string(once) != string(twice) {
			t.Fatalf("normalized twice: %v", err)
		}
	})
}
