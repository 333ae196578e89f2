package spec

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/problem"
)

var update = flag.Bool("update", false, "write the golden files and docs/spec.schema.json")

// golden compares got with a file; with -update it writes the file.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := at(gotLines, i), at(wantLines, i)
		if g != w {
			t.Fatalf("%s, line %d:\n got %s\nwant %s\nrun the test with -update if the change is meant", path, i+1, g, w)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func render(l problem.List) string {
	var b strings.Builder
	for _, p := range l {
		level := "error   "
		if p.Warning {
			level = "warning "
		}
		b.WriteString(level + p.String() + "\n")
	}
	return b.String()
}

func TestParseGood(t *testing.T) {
	s, problems := Parse("servers/context7/spec.yaml", testdata(t, "good.yaml"), Options{Folder: "context7"})
	if len(problems) > 0 {
		t.Fatalf("got problems:\n%s", render(problems))
	}
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/good.json", append(got, '\n'))
	for what, pair := range map[string][2]string{
		"Ref":       {s.Ref(), "npm:@upstash/context7-mcp@1.0.31"},
		"ImageName": {s.ImageName("ghcr.io/owner/catalogue/"), "ghcr.io/owner/catalogue/npx/context7"},
		"Workflow":  {s.Provenance.Attestations.Publisher.WorkflowPath(), ".github/workflows/release.yml"},
		"Problem":   {s.Problem("spec.version", "no", "").String(), "servers/context7/spec.yaml:8: spec.version: no"},
		"Parent":    {s.Problem("spec.args[7]", "no", "").String(), "servers/context7/spec.yaml:9: spec.args[7]: no"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
}

// TestParseReportsAllTogether is what a contributor sees: one run, every problem, its line and its fix.
func TestParseReportsAllTogether(t *testing.T) {
	s, problems := Parse("servers/context7/spec.yaml", testdata(t, "bad.yaml"), Options{Folder: "context7"})
	if s != nil {
		t.Error("got a spec next to blocking problems, want nil")
	}
	golden(t, "testdata/bad.txt", []byte(render(problems)))
}

func TestParseLax(t *testing.T) {
	o := Options{Folder: "pagerduty-mcp", Protocol: UVX, Lax: true}
	s, problems := Parse("uvx/pagerduty-mcp/spec.yaml", testdata(t, "peer.yaml"), o)
	golden(t, "testdata/peer.txt", []byte(render(problems)))
	if s == nil {
		t.Fatal("got no spec, want one next to warnings")
	}
	if s.Metadata.Name != "pagerduty-mcp" || s.Ref() != "pypi:pagerduty-mcp@1.0" {
		t.Errorf("got %s and %s, want the folder as the id and the version as it is spelt", s.Metadata.Name, s.Ref())
	}
	if i := s.Security.InsecureIgnore; i == nil || i.Reason != "" {
		t.Errorf("insecure_ignore: got %v, want one without a reason", i)
	}
	o.Lax = false
	if s, strict := Parse("x", testdata(t, "peer.yaml"), o); s != nil || len(strict.Blocking()) < len(problems)-3 {
		t.Errorf("read strictly, the same file has only these problems:\n%s", render(strict))
	}
}

func TestExpired(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tc := range []struct {
		expires, at string
		want        bool
	}{
		{"", "2999-01-01T00:00:00Z", false},
		{"2027-03-31", "2027-03-31T23:59:59Z", false},
		{"2027-03-31", "2027-04-01T00:00:00Z", true},
		{"2027-03-31", "2027-04-01T01:00:00+02:00", false},
	} {
		if got := (AllowedIssue{Expires: tc.expires}).Expired(day(tc.at)); got != tc.want {
			t.Errorf("Expires %q at %s: got %t, want %t", tc.expires, tc.at, got, tc.want)
		}
	}
}

func TestSchema(t *testing.T) {
	golden(t, "testdata/spec.schema.json", Schema())
	golden(t, "../../docs/spec.schema.json", Schema())
}

// TestTags keeps the tags readable: every field has a name for both formats and a text, every rule exists, every text and list is bounded.
func TestTags(t *testing.T) {
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for _, f := range fieldsOf(typ) {
			sf := typ.Field(f.index)
			where := typ.Name() + "." + sf.Name
			if name, _, _ := strings.Cut(sf.Tag.Get("json"), ","); name != f.name || f.doc == "" {
				t.Errorf("%s: yaml %q, json %q, doc %q: want one name and a text", where, f.name, name, f.doc)
			}
			if _, ok := rules[f.rule]; f.rule != "" && !ok {
				t.Errorf("%s: no rule %q", where, f.rule)
			}
			ft := sf.Type
			for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
				ft = ft.Elem()
			}
			if k := sf.Type.Kind(); (k == reflect.String || k == reflect.Slice || k == reflect.Map) && f.max == 0 && f.enum == nil {
				t.Errorf("%s: has no max", where)
			}
			if ft.Kind() == reflect.Struct {
				visit(ft)
			}
		}
	}
	visit(reflect.TypeFor[Spec]())
}

func BenchmarkParse(b *testing.B) {
	raw := testdata(b, "good.yaml")
	for b.Loop() {
		if s, _ := Parse("x", raw, Options{Folder: "context7"}); s == nil {
			b.Fatal("no spec")
		}
	}
}
