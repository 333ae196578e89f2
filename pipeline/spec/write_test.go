package spec

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestEncode(t *testing.T) {
	s := &Spec{
		Metadata: Metadata{Name: "mail", Description: `Reads "mail": all of it`, Protocol: NPX},
		Package: Package{
			Name: "@example/mail-mcp", Version: "1.20.0", Args: []string{"--yes", "true"}, Env: map[string]string{"B": "2", "A": "1"},
			Overrides:      []Override{{Package: "undici", Version: "7.16.0", Reason: "older ones read past the end"}},
			SystemPackages: []string{"git"},
		},
		Provenance: Provenance{
			RepositoryURI: "https://github.com/example/mail",
			Attestations:  &Attestations{Available: true, Publisher: &Publisher{Kind: "GitHub", Repository: "example/mail", Workflow: "release.yml"}},
		},
		Security: Security{MockEnv: []MockEnv{{Name: "MAIL_TOKEN", Value: "no", Description: "of the mail box"}}},
	}
	raw, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	got, problems := Parse("spec.yaml", raw, Options{Folder: "mail"})
	if len(problems) > 0 {
		t.Fatalf("reading it back: %v\n%s", problems, raw)
	}
	got.file, got.lines = "", nil
	if !reflect.DeepEqual(got, s) {
		t.Errorf("got %+v, want %+v\n%s", got, s, raw)
	}
}

// TestEncodeCatalogue writes the specs of the project again: nothing may get lost.
func TestEncodeCatalogue(t *testing.T) {
	files, err := filepath.Glob("../../servers/*/spec.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for specs: got %d, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, problems := Parse(file, raw, Options{})
		if before == nil {
			t.Fatal(problems)
		}
		again, err := Encode(before)
		if err != nil {
			t.Fatal(err)
		}
		after, problems := Parse(file, again, Options{})
		if after == nil {
			t.Fatalf("%v\n%s", problems, again)
		}
		before.lines, after.lines = nil, nil
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s: got %+v, want %+v", file, after, before)
		}
	}
}

func TestSetVersion(t *testing.T) {
	const before = "metadata:\n  version: 1.0.0\nspec:\n  package: x\n"
	for _, c := range []struct{ line, version, want string }{
		{"  version: 1.2.3\n", "1.3.0", "  version: 1.3.0\n"},
		{"  version: \"1.2.3\" # renovate\n", "1.3.0", "  version: 1.3.0 # renovate\n"},
		{"  version: '1.2'\r\n", "1.3", "  version: \"1.3\"\r\n"},
		{"  version:   2026.1.1   # pinned\n", "2026.2.1", "  version:   2026.2.1   # pinned\n"},
	} {
		got, err := SetVersion([]byte(before+c.line+"  args: [a]\n"), c.version)
		if err != nil || string(got) != before+c.want+"  args: [a]\n" {
			t.Errorf("%q to %s: got %q, %v", c.line, c.version, got, err)
		}
	}
	for _, c := range []struct{ raw, want string }{
		{"metadata: {}\n", "no such field"}, {"\t", "not YAML"}, {"spec:\n  version: |\n    1.2.3\n", "no such field"}, {"", "not YAML"},
	} {
		if _, err := SetVersion([]byte(c.raw), "1.0.0"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want an error with %q", c.raw, err, c.want)
		}
	}
}
