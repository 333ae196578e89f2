package e2e

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestEveryFunctionSaysHowLongItsAnswerIsKept expects the cache pragma at each function of the API: without it the engine gives an answer again
// for a week. Only the constructor, which asks nobody, and scan may be kept past the call.
func TestEveryFunctionSaysHowLongItsAnswerIsKept(t *testing.T) {
	pragma := regexp.MustCompile(`(?m)^\+cache="(.*)"$`)
	kept := map[string]string{"New": "168h", "Scan": "10m"}
	seen := 0
	for name, tree := range moduleFiles(t) {
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || !exposed(f) {
				continue
			}
			seen++
			want := kept[f.Name.Name]
			if want == "" {
				want = "session"
			}
			if got := pragma.FindStringSubmatch(f.Doc.Text()); got == nil || got[1] != want {
				t.Errorf("%s in %s: got %q, want +cache=%q in its comment", f.Name, name, got, want)
			}
		}
	}
	if seen < 10 {
		t.Errorf("got %d functions, want the whole API", seen)
	}
}

// exposed tells whether a function is in the API: the constructor, or a method of an exported type.
func exposed(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return f.Name.Name == "New"
	}
	on := f.Recv.List[0].Type
	if p, ok := on.(*ast.StarExpr); ok {
		on = p.X
	}
	id, ok := on.(*ast.Ident)
	return ok && id.IsExported()
}

// TestReportIsKept expects a report to be given again while nothing changed, and to be made anew after each change that the path of a file does
// not tell.
func TestReportIsKept(t *testing.T) {
	t.Parallel()
	c, begun := here(t).catalogue(t), time.Now().UnixNano()
	rules := func(text string) { // with a comment that makes them unlike those of an earlier run of this test
		write(t, filepath.Join(c.dir, "own.yara"), fmt.Sprintf("// %d\n%s", begun, text))
	}
	scan := func(want string, kept bool, options ...string) {
		t.Helper()
		args := append([]string{"--progress=plain", "call", "--rules=own.yara"}, options...)
		r := c.run(t, "", "ci/dagger", append(args, "scan", "--server=sequential-thinking", "status")...)
		if got := strings.TrimSpace(r.stdout); got != want || r.err != nil {
			t.Fatalf("got %q (%v), want %s\n%s", got, r.err, want, last(r.stderr, 20))
		}
		ends := time.Now().UTC().Add(15*time.Minute).Day() != time.Now().UTC().Day() // a report is not kept past the day
		if made := strings.Contains(r.stderr, "mcp-scan"); made == kept && !ends {
			t.Errorf("the report was made: %v; want %v", made, !kept)
		}
	}
	rules(`rule own { meta: severity = "HIGH" strings: $a = "occurs nowhere" condition: $a }`)
	scan("PASSED", false)
	scan("PASSED", true)
	rules(`rule own { meta: severity = "HIGH" strings: $a = "problem-solving" condition: $a }`)
	scan("FAILED", false)
	scan("FAILED", true)
	rules(`rule own { meta: severity = "HIGH" strings: $a = "occurs nowhere" condition: $a }`)
	c.edit(t, "servers/sequential-thinking/surface.lock.json", "A detailed tool", "A tool")
	scan("FAILED", false)
	c.edit(t, "servers/sequential-thinking/surface.lock.json", "A tool", "A detailed tool")
	scan("PASSED", true)

	// One that tells of a scan that is not complete is made anew each time: the service may answer by then.
	write(t, filepath.Join(c.dir, "key"), "not-a-key")
	down := []string{"--cisco-key=file://key", "--cisco-endpoint=http://127.0.0.1:9/api/v1"}
	scan("FAILED", false, down...)
	scan("FAILED", false, down...)
}
