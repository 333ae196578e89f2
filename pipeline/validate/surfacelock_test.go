package validate

import (
	"strings"
	"testing"
	"testing/fstest"

	"dagger/dockyard/pipeline/catalogue"
)

func TestSurfaceLock(t *testing.T) {
	const good = `{"schemaVersion":1,"source":"running","server":{"name":"x"},"tools":[{"name":"t"}]}`
	for _, c := range []struct{ name, text, says string }{
		{"good", good, ""},
		{"absent", "", ""},
		{"no JSON", "{", "not JSON"},
		{"no item", `{"schemaVersion":1,"source":"running","server":{"name":"x"},"tools":[]}`, "no tool, prompt or resource"},
		{"unknown key", strings.Replace(good, `"source"`, `"sauce":1,"source"`, 1), "sauce"},
	} {
		tree := fstest.MapFS{"a/spec.yaml": {Data: []byte(npmSpec)}}
		if c.text != "" {
			tree["a/"+catalogue.SurfaceLock] = &fstest.MapFile{Data: []byte(c.text)}
		}
		loaded, _ := Catalogue(tree, "servers")
		lock, problems := SurfaceLock(tree, "servers", loaded.Servers[0])
		if (lock != nil) != (c.name == "good") {
			t.Errorf("%s: got lock %v", c.name, lock)
		}
		if c.says == "" && len(problems) > 0 || c.says != "" && (len(problems.Blocking()) != 1 || !strings.Contains(problems[0].Message, c.says)) {
			t.Errorf("%s: got %v, want %q", c.name, problems, c.says)
		}
		inReport := false
		for _, p := range loaded.Servers[0].Found {
			inReport = inReport || p.File == "servers/a/"+catalogue.SurfaceLock && p.Fix != "" && !p.Warning
		}
		if inReport != (c.says != "") {
			t.Errorf("%s: the report says it: %t", c.name, inReport)
		}
	}
}
