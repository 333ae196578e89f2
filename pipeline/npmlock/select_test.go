package npmlock

import (
	"errors"
	"strings"
	"testing"
)

func TestSelect(t *testing.T) {
	root := func(deps string) string {
		return `{"lockfileVersion": 3, "packages": {"": {` + deps + `},`
	}
	const darwin, x64, arm64 = `"optional": true, "os": ["darwin"]`, `"optional": true, "os": ["linux"], "cpu": ["x64"]`, `"optional": true, "cpu": "arm64"`
	for name, c := range map[string]struct {
		root    string
		entries []string
		amd64   string // names left, in order
		arm64   string
	}{
		"platforms": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"s-d": "1", "s-x": "1", "s-a": "1", "s-m": "1", "s-g": "1"}`),
			pkg("node_modules/s-d", "1.0.0", darwin), pkg("node_modules/s-x", "1.0.0", x64), pkg("node_modules/s-a", "1.0.0", arm64),
			pkg("node_modules/s-m", "1.0.0", `"optional": true, "libc": ["musl"]`), pkg("node_modules/s-g", "1.0.0", `"optional": true, "libc": ["glibc"]`),
		}, "s s-g s-x", "s s-a s-g"},
		"negation and any": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"os": ["!win32"], "cpu": ["any"], "optionalDependencies": {"n": "1", "m": "1", "e": "1"}`),
			pkg("node_modules/n", "1.0.0", `"optional": true, "os": ["!linux"]`), pkg("node_modules/m", "1.0.0", `"optional": true, "cpu": ["!x64", "arm64"]`),
			pkg("node_modules/e", "1.0.0", `"optional": true, "os": []`),
		}, "e s", "e m s"},
		"development": {`"dependencies": {"s": "1"}, "devDependencies": {"d": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", ""), pkg("node_modules/d", "1.0.0", `"dev": true, "os": ["win32"]`),
			pkg("node_modules/both", "1.0.0", `"devOptional": true`), pkg("node_modules/d/node_modules/x", "1.0.0", ``),
		}, "both s", "both s"},
		"what only it needs": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"dependencies": {"shared": "1"}, "optionalDependencies": {"d": "1"}`),
			pkg("node_modules/d", "1.0.0", darwin+`, "dependencies": {"shared": "1", "own": "1"}`),
			pkg("node_modules/shared", "1.0.0", ""), pkg("node_modules/own", "1.0.0", `"optional": true, "dependencies": {"own2": "1"}`),
			pkg("node_modules/own2", "1.0.0", `"optional": true, "dependencies": {"own": "1"}`),
		}, "s shared", "s shared"},
		"needed by two that go": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"d1": "1", "d2": "1"}`),
			pkg("node_modules/d1", "1.0.0", darwin+`, "dependencies": {"own": "1"}`), pkg("node_modules/d2", "1.0.0", darwin+`, "dependencies": {"own": "1"}`),
			pkg("node_modules/own", "1.0.0", `"optional": true`),
		}, "s", "s"},
		"what needs it": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"o": "1"}`),
			pkg("node_modules/o", "1.0.0", `"optional": true, "dependencies": {"d": "1", "beside": "1"}`),
			pkg("node_modules/d", "1.0.0", darwin), pkg("node_modules/beside", "1.0.0", `"optional": true`),
		}, "s", "s"},
		"peer needs it": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"o": "1", "p": "1"}`),
			pkg("node_modules/o", "1.0.0", `"optional": true, "peerDependencies": {"d": "1"}`),
			pkg("node_modules/p", "1.0.0", `"optional": true, "peerDependencies": {"d": "1"}, "peerDependenciesMeta": {"d": {"optional": true}}`),
			pkg("node_modules/d", "1.0.0", darwin),
		}, "p s", "p s"},
		"inside its folder": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"d": "1"}`), pkg("node_modules/d", "1.0.0", darwin),
			pkg("node_modules/d/node_modules/@x/y", "1.0.0", ""), pkg("node_modules/d/node_modules/@x/y/node_modules/z", "1.0.0", ""),
		}, "s", "s"},
		"the nearest counts": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"dependencies": {"a": "1"}, "optionalDependencies": {"d": "1"}`),
			pkg("node_modules/d", "1.0.0", darwin+`, "dependencies": {"a": "2"}`), pkg("node_modules/a", "1.0.0", ""),
			pkg("node_modules/d/node_modules/a", "2.0.0", `"optional": true`),
		}, "a s", "a s"},
		"bundled": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", ""), `"node_modules/s/node_modules/f": {"version": "1.0.0", "inBundle": true, "optional": true, "os": ["darwin"]}`,
		}, "s f", "s f"},
		"extraneous": {`"dependencies": {"s": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", ""), pkg("node_modules/e", "1.0.0", `"extraneous": true`), pkg("node_modules/e/node_modules/f", "1.0.0", ""),
		}, "s", "s"},
		"root's own": {`"dependencies": {"s": "1", "own": "1"}`, []string{
			pkg("node_modules/s", "1.0.0", `"optionalDependencies": {"d": "1"}`), pkg("node_modules/d", "1.0.0", darwin+`, "dependencies": {"own": "1"}`),
			pkg("node_modules/own", "1.0.0", ""),
		}, "own s", "own s"},
	} {
		t.Run(name, func(t *testing.T) {
			l := read(t, root(c.root)+strings.Join(c.entries, ",")+"}}")
			for platform, want := range map[string]string{"linux/amd64": c.amd64, "linux/arm64": c.arm64} {
				chosen, err := l.Select(platform)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, e := range chosen {
					got = append(got, e.Folder())
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%s: got %v, want %s", platform, got, want)
				}
			}
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	l := read(t, lock(server, pkg("node_modules/w", "1.0.0", `"os": ["win32"]`), pkg("node_modules/a", "2.0.0", `"cpu": ["arm64"]`)))
	_, err := l.Select("linux/amd64")
	for _, want := range []string{"w@1.0.0 is for os win32", "a@2.0.0 is for os any, cpu arm64", "EBADPLATFORM", "linux/amd64"} {
		if !errors.Is(err, ErrLock) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want ErrLock with %q", err, want)
		}
	}
	if _, err := l.Select("linux/386"); err == nil || !strings.Contains(err.Error(), `got platform "linux/386"`) {
		t.Errorf("got %v, want an error about the platform", err)
	}
}
