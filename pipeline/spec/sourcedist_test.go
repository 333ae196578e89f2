package spec

import (
	"strings"
	"testing"

	"dagger/dockyard/pipeline/problem"
)

// TestSourceDistributions: a package is built from source by name and with a reason, for PyPI alone.
func TestSourceDistributions(t *testing.T) {
	const good = "  source_distributions:\n    - {package: Doc_opt, build_requires: [\"setuptools<58\", wheel], reason: " + reason + "}\n"
	put := func(base, lines string) string { return strings.Replace(base, "provenance:", lines+"provenance:", 1) }
	s, problems := Parse("f", []byte(put(uvxBase, good)), Options{Folder: "demo"})
	if len(problems) > 0 || len(s.Package.SourceDists) != 1 || s.Package.SourceDists[0].BuildRequires[1] != "wheel" {
		t.Errorf("got %v", problems)
	}
	again := func(name string) string { return good + "    - {package: " + name + ", reason: " + reason + "}\n" }
	for name, c := range map[string]struct{ file, want string }{
		"npx":              {put(npxBase, good), "spec.source_distributions: is for uvx, this server is npx"},
		"go":               {put(goBase, good), "spec.source_distributions: is for uvx, this server is go"},
		"no reason":        {put(uvxBase, "  source_distributions:\n    - {package: docopt}\n"), "spec.source_distributions[0].reason"},
		"empty reason":     {put(uvxBase, "  source_distributions:\n    - {package: docopt, reason: \"\"}\n"), "spec.source_distributions[0].reason"},
		"no package":       {put(uvxBase, "  source_distributions:\n    - {reason: "+reason+"}\n"), "spec.source_distributions[0].package"},
		"extras":           {put(uvxBase, strings.Replace(good, "Doc_opt", `"docopt[x]"`, 1)), "spec.source_distributions[0].package"},
		"shell":            {put(uvxBase, strings.Replace(good, "Doc_opt", `"docopt; id"`, 1)), "could reach a shell"},
		"address":          {put(uvxBase, strings.Replace(good, "setuptools<58", "x @ https://host.test/x.whl", 1)), "spec.source_distributions[0].build_requires[0]"},
		"requirement once": {put(uvxBase, strings.Replace(good, "setuptools<58", "wheel", 1)), "spec.source_distributions[0].build_requires[1]"},
		"same name":        {put(uvxBase, again("DOC.opt")), "spec.source_distributions[1]: says the same as spec.source_distributions[0]"},
		"unknown field":    {put(uvxBase, strings.Replace(good, "build_requires", "requires", 1)), "spec.source_distributions[0].requires"},
	} {
		_, problems := Parse("f", []byte(c.file), Options{Folder: "demo"})
		if err := problems.Err(problem.ErrInvalid); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	_, problems = Parse("f", []byte(put(npxBase, again("doc-opt")+"    - {package: \"a b\"}\n")), Options{Folder: "demo"})
	if got := problems.Err(problem.ErrInvalid).Error(); strings.Count(got, "spec.source_distributions") < 4 {
		t.Errorf("want all problems together, got %s", got)
	}
	_, problems = Parse("f", []byte(put(strings.Replace(uvxBase, "protocol: uvx", "protocol: pip", 1), good)), Options{Folder: "demo"})
	if got := problems.Err(problem.ErrInvalid).Error(); strings.Contains(got, "source_distributions") || !strings.Contains(got, "metadata.protocol") {
		t.Errorf("an unknown protocol: got %s, want that problem alone", got)
	}
}
