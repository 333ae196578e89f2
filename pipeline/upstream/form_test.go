package upstream

import (
	"errors"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		forms   Forms
		source  bool
		version string
		want    Form
	}{
		"a wheel":                         {Forms{"1.1", "1.1"}, false, "1.1", Form{}},
		"a wheel alone":                   {Forms{"1.1", ""}, false, "1.1", Form{}},
		"nothing newer":                   {Forms{"1.0", "1.0"}, false, "1.0", Form{}},
		"lost its wheel":                  {Forms{"1.0", "1.1"}, false, "1.0", Form{Refused: "1.1"}},
		"lost it later":                   {Forms{"1.1", "1.2"}, false, "1.1", Form{Refused: "1.2"}},
		"all wheels are gone":             {Forms{"", "1.1"}, false, "1.0", Form{Refused: "1.1"}},
		"its own wheel is gone":           {Forms{"", "1.0"}, false, "1.0", Form{Refused: "1.0"}},
		"a wheel below":                   {Forms{"0.9", "0.9"}, false, "1.0", Form{}},
		"a pre-release as source":         {Forms{"1.0", "2.0rc1"}, false, "1.0", Form{}},
		"allowed":                         {Forms{"", "1.1"}, true, "1.1", Form{FromSource: true}},
		"allowed, nothing newer":          {Forms{"", "1.0"}, true, "1.0", Form{FromSource: true}},
		"allowed, and a wheel":            {Forms{"1.1.0", "1.1"}, true, "1.1", Form{FromSource: true, Wheel: true}},
		"allowed, and a wheel before":     {Forms{"1.0", "1.1"}, true, "1.1", Form{FromSource: true}},
		"allowed, and a wheel alone":      {Forms{"1.2", "1.1"}, true, "1.1", Form{FromSource: true, Refused: "1.2"}},
		"allowed, no source any more":     {Forms{"1.2", ""}, true, "1.0", Form{FromSource: true, Refused: "1.2"}},
		"allowed, a pre-release as wheel": {Forms{"2.0.dev1", "1.1"}, true, "1.1", Form{FromSource: true}},
	} {
		if version, form := c.forms.Choose(c.source, "1.0"); version != c.version || form != c.want {
			t.Errorf("%s: got %s, %+v, want %s, %+v", name, version, form, c.version, c.want)
		}
	}
	if version, form := (Forms{"2.0rc1", "2.0rc2"}).Choose(false, "2.0rc1"); version != "2.0rc1" || form.Refused != "2.0rc2" {
		t.Errorf("from one pre-release to another: got %s, %+v", version, form)
	}
}

func TestNeedsReason(t *testing.T) {
	for version, want := range map[string]string{"": `add --package=pypi:some[x] --source-distribution="WHY"`, "1.0": `add --package=pypi:some[x]@1.0 --source-distribution="WHY"`} {
		if err := NeedsReason(Ref{Name: "some[x]", Version: version}); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), `adding "some[x]": got no wheel`) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("version %q: got %v, want %s", version, err, want)
		}
	}
}
