package upstream

import (
	"errors"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/spec"
)

func TestPyPI(t *testing.T) {
	got, err := PyPI([]byte(`{"schemaVersion":1,"name":"Demo","version":"1.0","description":"a\nserver","homepage":"https://github.com/a/b","scripts":["demo"]}`))
	if err != nil || got.Repository != "https://github.com/a/b" || got.Description != "a server" || len(got.Executables) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, _ := PyPI([]byte(`{"schemaVersion":1,"name":"Demo","version":"1.0","homepage":"https://demo.test/a/b"}`)); got.Repository != "" {
		t.Errorf("a homepage that is no repository: got %q", got.Repository)
	}
	for _, raw := range []string{"", "{}", `{"schemaVersion":2,"name":"a","version":"1"}`} {
		if _, err := PyPI([]byte(raw)); err == nil {
			t.Errorf("%q: want an error", raw)
		}
	}
}

func TestResolvedPyPI(t *testing.T) {
	hash := " \\\n    --hash=sha256:" + strings.Repeat("0", 64) + "\n"
	answer := "anyio==4.0" + hash + "foo-bar==1.2.3" + hash + "foo-bar-more==9" + hash
	for pkg, want := range map[string]string{"Foo_Bar": "1.2.3", "foo.bar[cli]": "1.2.3", "foo-bar-more": "9"} {
		if got, err := ResolvedPyPI(answer, pkg); err != nil || got.Version != want {
			t.Errorf("%q: got %+v, %v, want %q", pkg, got, err, want)
		}
	}
	if _, err := ResolvedPyPI(answer, "foo"); !errors.Is(err, ErrPackage) {
		t.Errorf("a package that is not there: got %v", err)
	}
}

// TestDraft expects drafts that are valid specs as they stand.
func TestDraft(t *testing.T) {
	for _, c := range []struct {
		ref, entrypoint string
		release         Release
	}{
		{"npm:@a/b-mcp", "", Release{Version: "1.0.0", Description: "Says: \"hi\" # always", Executables: []string{"b-mcp", "other"}, Repository: "https://github.com/a/b", Attested: true}},
		{"npm:@a/b", "b-mcp-server", Release{Version: "1.0.0", Executables: []string{"b-cli", "b-mcp-server"}}},
		{"pypi:b[x]", "", Release{Version: "1.20", Executables: []string{"B", "a"}}},
		{"pypi:b-c", "first", Release{Version: "2026.1.1", Executables: []string{"first", "second"}}},
		{"go:example.com/a/b", "", Release{Version: "v1.0.0"}},
	} {
		ref, err := ParseRef(c.ref)
		if err != nil {
			t.Fatal(err)
		}
		s := Draft("demo", ref, c.release)
		if s.Package.Entrypoint != c.entrypoint {
			t.Errorf("%s: got entry point %q, want %q", c.ref, s.Package.Entrypoint, c.entrypoint)
		}
		raw, err := spec.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		got, problems := spec.Parse("spec.yaml", raw, spec.Options{Folder: "demo"})
		if got == nil {
			t.Errorf("%s: %v\n%s", c.ref, problems, raw)
		}
		if strings.Contains(string(raw), "attestations") != c.release.Attested {
			t.Errorf("%s: got\n%s", c.ref, raw)
		}
	}
}

func TestAnnounced(t *testing.T) {
	for raw, want := range map[string][2]bool{
		`{"schemaVersion":1,"files":2,"attested":2}`:            {true, false},
		`{"schemaVersion":1,"files":2,"attested":1}`:            {false, true},
		`{"schemaVersion":1,"files":2,"attested":1,"silent":1}`: {false, true},
		`{"schemaVersion":1,"files":2,"silent":2}`:              {false, false},
		`{"schemaVersion":1}`:                                   {false, false},
	} {
		var r Release
		if err := r.Announced([]byte(raw)); err != nil || r.Attested != want[0] || r.HalfAttested != want[1] {
			t.Errorf("%s: got %v, %v, %v", raw, r.Attested, r.HalfAttested, err)
		}
		said := strings.Join(Compare(State{Release: Release{Version: "0.9"}}, State{Release: r}).Facts(), "\n")
		if unknown := strings.Contains(said, "does not say"); unknown != (r.Unsaid && !r.HalfAttested) || r.Unsaid != strings.Contains(raw, "silent") {
			t.Errorf("%s: got the facts %q", raw, said)
		}
	}
	for _, raw := range []string{"", "{}", `{"schemaVersion":2}`, `{"schemaVersion":1,"files":1,"attested":2}`, `{"schemaVersion":1,"files":1,"attested":-1}`} {
		if err := new(Release).Announced([]byte(raw)); err == nil {
			t.Errorf("%q: want an error", raw)
		}
	}
}

// TestLostForFiles: a release in which fewer files are attested than before counts as one that lost its attestation.
func TestLostForFiles(t *testing.T) {
	none, half, all := Release{}, Release{HalfAttested: true}, Release{Attested: true}
	for _, c := range []struct {
		before, after Release
		lost          bool
	}{{none, none, false}, {none, half, false}, {half, half, false}, {half, all, false}, {all, all, false}, {half, none, true}, {all, half, true}, {all, none, true}} {
		if got := Compare(State{Release: c.before}, State{Release: c.after}); got.LostAttestation != c.lost {
			t.Errorf("from %+v to %+v: got %v, want %v", c.before, c.after, got.LostAttestation, c.lost)
		}
	}
}
