package catalogue

import (
	"os"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

// TestCommittedTable compares docs/catalogue.md with the specs it is generated from.
func TestCommittedTable(t *testing.T) {
	c, problems := Load(os.DirFS("../../servers"), Options{Label: "servers"})
	if err := problems.Err(problem.ErrInvalid); err != nil {
		t.Fatal(err)
	}
	golden(t, "../../docs/catalogue.md", c.Markdown())
}

// golden compares a text with a file, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not current; run the test with -update\ngot\n%s", name, got)
	}
}

// TestTableEscapes: a spec can put neither cells nor markup nor control characters into the table.
func TestTableEscapes(t *testing.T) {
	c := listed()
	hostile := c.Servers[4].Spec
	hostile.Metadata.Description = "a | b <img src=x> [l](https://example.com) `x` *y* \\| \x1b[31m\nz @someone"
	hostile.Provenance = spec.Provenance{RepositoryURI: "https://example.com/a)|b", Attestations: &spec.Attestations{
		Available: true, Publisher: &spec.Publisher{Kind: "GitHub", Repository: "o/n|x", Workflow: "w.yml"}}}
	hostile.Package.SystemPackages = []string{"git", "a|b"}
	hostile.Security.MockEnv = []spec.MockEnv{{Name: "A_KEY"}, {Name: "B"}}
	c.Servers[3].Spec.Provenance = spec.Provenance{RepositoryURI: "https://example.com/up_stash/x", Attestations: &spec.Attestations{Available: true}}
	got := c.Markdown()
	golden(t, "testdata/table.md", got)
	rows := strings.Split(got, "\n")
	for _, row := range rows {
		if !strings.HasPrefix(row, "| ") {
			continue
		}
		bare := strings.ReplaceAll(strings.ReplaceAll(row, `\\`, ""), `\|`, "")
		if n := strings.Count(bare, "|"); n != 9 {
			t.Errorf("got %d bars, want 9: %s", n, row)
		}
	}
}
