package spec

import (
	"strings"
	"testing"

	"dagger/dockyard/pipeline/problem"
)

// TestYanked: a withdrawn release is allowed by an exact version and a reason, where the protocol knows such releases.
func TestYanked(t *testing.T) {
	const good = "  yanked:\n    - {package: attrs, version: 21.1.0, reason: " + reason + "}\n"
	put := func(base, lines string) string { return strings.Replace(base, "provenance:", lines+"provenance:", 1) }
	if s, problems := Parse("f", []byte(put(uvxBase, good)), Options{Folder: "demo"}); len(problems) > 0 || len(s.Package.Yanked) != 1 || s.Package.Yanked[0].Version != "21.1.0" {
		t.Errorf("got %v", problems)
	}
	if _, problems := Parse("f", []byte(put(goBase, strings.NewReplacer("attrs", "example.com/owner/demo", "21.1.0", "v1.2.3").Replace(good))), Options{Folder: "demo"}); len(problems) > 0 {
		t.Errorf("go: got %v", problems)
	}
	for name, c := range map[string]struct{ file, want string }{
		"npx":        {put(npxBase, good), "is for uvx and go"},
		"no reason":  {put(uvxBase, "  yanked:\n    - {package: attrs, version: 21.1.0}\n"), "spec.yanked[0].reason"},
		"no version": {put(uvxBase, "  yanked:\n    - {package: attrs, reason: "+reason+"}\n"), "spec.yanked[0].version"},
		"range":      {put(uvxBase, strings.Replace(good, "21.1.0", `">=21"`, 1)), "spec.yanked[0].version"},
		"extras":     {put(uvxBase, strings.Replace(good, "attrs", `"attrs[x]"`, 1)), "spec.yanked[0].package"},
		"twice":      {put(uvxBase, good+"    - {package: attrs, version: 21.1.0, reason: "+reason+"}\n"), "says the same"},
	} {
		_, problems := Parse("f", []byte(c.file), Options{Folder: "demo"})
		if err := problems.Err(problem.ErrInvalid); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
