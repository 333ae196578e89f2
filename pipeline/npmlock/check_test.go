package npmlock

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	sha1 := "sha1-" + "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
	bad := func(path string) string { return pkg(path, "1.0.0", "") }
	with := func(fields string) string { return pkg("node_modules/a", "1.0.0", fields) }
	for name, c := range map[string]struct {
		lock string
		want []string // parts of the problems, one each; none: no problem
	}{
		"good":                {lock(server, with(`"name": "alias-of", "peer": true`)), nil},
		"bundled":             {lock(server, `"node_modules/server/node_modules/b": {"version": "1.0.0", "inBundle": true}`), nil},
		"legacy names":        {lock(server, bad("node_modules/JSONStream"), bad("node_modules/a_b~c.d"), bad("node_modules/-x")), nil},
		"other version":       {strings.Replace(lock(server), `"server": "1.0.0"`, `"server": "1.0.1"`, 1), []string{"stale: it was made for server@1.0.1, want server@1.0.0"}},
		"more dependencies":   {strings.Replace(lock(server), `"server": "1.0.0"`, `"server": "1.0.0", "b": "1"`, 1), []string{"made for b@1, server@1.0.0"}},
		"dev dependencies":    {strings.Replace(lock(server), `"name": "x", "dep`, `"devDependencies": {"b": "1"}, "dep`, 1), []string{"1 dependencies beside"}},
		"missing":             {lock(), []string{"the spec's package is not in the lock"}},
		"locked otherwise":    {lock(pkg("node_modules/server", "1.0.2", "")), []string{"stale: got server@1.0.2, want server@1.0.0"}},
		"alias":               {lock(pkg("node_modules/server", "1.0.0", `"name": "evil"`)), []string{"got evil@1.0.0, want server@1.0.0"}},
		"no facts":            {strings.Replace(lock(server), `"dockyard"`, `"Dockyard"`, 1), []string{"no cut-off date"}},
		"no cut-off":          {strings.Replace(lock(server), `"before"`, `"Before"`, 1), []string{"no cut-off date"}},
		"no integrity":        {lock(server, `"node_modules/a": {"version": "1.0.0"}`), []string{"node_modules/a: a@1.0.0 has no integrity"}},
		"integrity elsewhere": {lock(server, `"node_modules/a": {"version": "1.0.0", "Integrity": "`+sri+`"}`), []string{"has no integrity"}},
		"sha1":                {lock(server, `"node_modules/a": {"version": "1.0.0", "integrity": "`+sha1+`"}`), []string{"want a sha512 one"}},
		"short sha512":        {lock(server, `"node_modules/a": {"version": "1.0.0", "integrity": "sha512-AAAA"}`), []string{"64 bytes in base64"}},
		"two sha512":          {lock(server, `"node_modules/a": {"version": "1.0.0", "integrity": "`+sri+" "+strings.Replace(sri, "AAAA", "BBBB", 1)+`"}`), []string{"want one sha512 hash"}},
		"bundled by none":     {lock(server, `"node_modules/b": {"version": "1.0.0", "inBundle": true}`), []string{"no package above it"}},
		"registry address":    {lock(server, with(`"resolved": "https://registry.example/a/-/a-1.0.0.tgz"`)), []string{"records a download address"}},
		"other address":       {lock(server, with(`"resolved": "https://host.example/a/-/b-1.0.0.tgz"`)), []string{"want the registry"}},
		"git":                 {lock(server, with(`"resolved": "git+https://host.example/a.git#1"`)), []string{"want the registry"}},
		"file":                {lock(server, with(`"resolved": "file:../a.tgz"`)), []string{"want the registry"}},
		"link":                {lock(server, with(`"link": true`)), []string{"is a link"}},
		"extraneous":          {lock(server, with(`"extraneous": true`)), nil},
		"range as version":    {lock(server, pkg("node_modules/a", "^1.0.0", "")), []string{`got version "^1.0.0"`}},
		"version with path":   {lock(server, pkg("node_modules/a", "1.0.0-../../x", "")), []string{"got version"}},
		"long version":        {lock(server, pkg("node_modules/a", "1.0.0-"+strings.Repeat("x", 300), "")), []string{"got version"}},
		"name with path":      {lock(server, with(`"name": "../../evil"`)), []string{"is not that of a package"}},
		"parent":              {lock(server, bad("node_modules/../../etc")), []string{"not that of a package below"}},
		"dots":                {lock(server, bad("node_modules/@s/..")), []string{"not that of a package below"}},
		"bin folder":          {lock(server, bad("node_modules/.bin")), []string{"not that of a package below"}},
		"absolute":            {lock(server, bad("/node_modules/a")), []string{"not that of a package below"}},
		"workspace":           {lock(server, bad("packages/a")), []string{"not that of a package below"}},
		"inside a package":    {lock(server, bad("node_modules/a/lib/b")), []string{"not that of a package below"}},
		"backslash":           {lock(server, bad(`node_modules/a\\b`)), []string{"not that of a package below"}},
		"doubled folder":      {lock(server, bad("node_modules/a/node_modules")), []string{"not that of a package below"}},
		"line feed":           {lock(server, bad("node_modules/a\n")), []string{"not that of a package below"}},
		"case":                {lock(server, bad("node_modules/Server")), []string{"in case alone"}},
		"long path":           {lock(server, bad("node_modules/a"+strings.Repeat("/node_modules/a", 100))), []string{"(maxPath)"}},
		"all together": {lock(server, `"node_modules/a": {"version": "1.0.0"}`, with2("node_modules/b", `"link": true`)),
			[]string{"has no integrity", "is a link"}},
	} {
		t.Run(name, func(t *testing.T) {
			raw := c.lock
			found := Check("f", read(t, strings.ReplaceAll(raw, "\n", `\n`)), Want{Server: "id", Package: "server", Version: "1.0.0"}).Blocking()
			if len(found) < len(c.want) || len(c.want) == 0 && len(found) > 0 {
				t.Fatalf("got %v, want %d problems", found, len(c.want))
			}
			for i, want := range c.want {
				if !strings.Contains(found[i].String(), want) {
					t.Errorf("got %q, want %q in it", found[i], want)
				}
				if !strings.Contains(found[i].Fix, "dagger call lock --server=id") {
					t.Errorf("fix: got %q, want the command", found[i].Fix)
				}
			}
		})
	}
}

func with2(path, fields string) string { return pkg(path, "1.0.0", fields) }

func TestOverrides(t *testing.T) {
	l := read(t, strings.Replace(lock(server, pkg("node_modules/a", "1.0.0", ""),
		`"node_modules/server/node_modules/b": {"version": "1.0.0", "inBundle": true}`), `"npm": "11.0.0"`, `"npm": "11.0.0", "overrides": {"a": "1.0.0"}`, 1))
	want := Want{Server: "id", Package: "server", Version: "1.0.0"}
	for name, c := range map[string]struct {
		overrides map[string]string
		want      []string
		warning   bool
	}{
		"same":    {map[string]string{"a": "1.0.0"}, nil, false},
		"none":    {nil, []string{"made with overrides a@1.0.0, want none"}, false},
		"other":   {map[string]string{"a": "2.0.0"}, []string{"want a@2.0.0", "node_modules/a: got version 1.0.0, want 2.0.0"}, false},
		"bundled": {map[string]string{"a": "1.0.0", "b": "2.0.0"}, []string{"want a@1.0.0, b@2.0.0", "no override reaches"}, true},
	} {
		want.Overrides = c.overrides
		found := Check("f", l, want)
		if len(found) != len(c.want) {
			t.Errorf("%s: got %v, want %d problems", name, found, len(c.want))
			continue
		}
		for i, part := range c.want {
			if !strings.Contains(found[i].String(), part) {
				t.Errorf("%s: got %q, want %q in it", name, found[i], part)
			}
		}
		if c.warning && !found[1].Warning {
			t.Errorf("%s: got a blocking problem, want a warning", name)
		}
	}
}
