package catalogue

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/spec"
)

// renovate is the configuration that docs/updates.md shows.
type renovate struct {
	CustomManagers []struct {
		ManagerFilePatterns, MatchStrings []string
		DatasourceTemplate                string
	}
}

// TestRenovate holds the documented regular expressions to every spec of the catalogue: the manager of the server's ecosystem, and no other, finds the
// package and the version.
func TestRenovate(t *testing.T) {
	doc, err := os.ReadFile("../../docs/updates.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "```json\n")
	text, _, found := strings.Cut(text, "```")
	var r renovate
	if err := json.Unmarshal([]byte(text), &r); !found || err != nil {
		t.Fatalf("reading the configuration in docs/updates.md: %v", err)
	}
	c, _ := Load(os.DirFS("../../servers"), Options{Label: "servers"})
	if len(c.Servers) == 0 {
		t.Fatal("the catalogue is empty")
	}
	datasources := map[spec.Protocol]string{spec.NPX: "npm", spec.UVX: "pypi", spec.Go: "go"}
	for _, s := range c.Servers {
		raw, err := os.ReadFile("../../servers/" + s.Path(SpecFile))
		if err != nil {
			t.Fatal(err)
		}
		matched := 0
		for _, m := range r.CustomManagers {
			if !regexp.MustCompile(strings.Trim(m.ManagerFilePatterns[0], "/")).MatchString(path.Join("servers", s.Path(SpecFile))) {
				t.Errorf("%s: no file of the %s manager", s.ID, m.DatasourceTemplate)
			}
			pattern := regexp.MustCompile(m.MatchStrings[0])
			all := pattern.FindAllStringSubmatch(string(raw), -1)
			if all == nil {
				continue
			}
			matched++
			name, version := all[0][pattern.SubexpIndex("depName")], all[0][pattern.SubexpIndex("currentValue")]
			if len(all) != 1 || m.DatasourceTemplate != datasources[s.Spec.Metadata.Protocol] || version != s.Spec.Package.Version || !strings.HasPrefix(s.Spec.Package.Name, name) {
				t.Errorf("%s: the %s manager found %q %q (%d times), want %q %q", s.ID, m.DatasourceTemplate, name, version, len(all), s.Spec.Package.Name, s.Spec.Package.Version)
			}
		}
		if matched != 1 {
			t.Errorf("%s: %d managers found it, want one", s.ID, matched)
		}
	}
}
