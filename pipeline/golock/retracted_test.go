package golock

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var modules = []Require{
	{Path: "a.test/own", Version: "v1.0.0"}, {Path: "a.test/good", Version: "v1.2.0"}, {Path: "a.test/commit", Version: "v0.0.0-20240101000000-0123456789ab"},
	{Path: "a.test/bad", Version: "v1.0.1"}, {Path: "a.test/silent", Version: "v1.0.0"}, {Path: "a.test/refused", Version: "v1.0.0"}, {Path: "a.test/nothing", Version: "v1.0.0"},
	{Path: "a.test/old", Version: "v2.0.0+incompatible"}, {Path: "a.test/wordless", Version: "v1.0.0"},
}

const said = `{"Path":"a.test/own","Version":"v1.0.0","Versions":["v1.0.0","v1.1.0"]}
{"Path":"a.test/good","Version":"v1.2.0","Versions":["v1.2.0"]}
{"Path":"a.test/commit","Version":"v0.0.0-20240101000000-0123456789ab"}
{"Path":"a.test/bad","Version":"v1.0.1","Versions":["v1.0.1","v1.0.2"],"Retracted":["it deletes files"]}
{"Path":"a.test/silent","Version":"v1.0.0"}
{"Path":"a.test/refused","Version":"v1.0.0","Error":{"Err":"loading module retractions: 403 Forbidden\n\tserver response: no"}}
{"Path":"a.test/old","Version":"v2.0.0+incompatible","Versions":["v2.0.0+incompatible"]}
{"Path":"a.test/wordless","Version":"v1.0.0","Versions":["v1.0.0"],"Retracted":[""]}
`

func TestRetractions(t *testing.T) {
	got, err := Retractions([]byte(said), modules)
	want := []Retraction{
		{Path: "a.test/bad", Version: "v1.0.1", Retracted: true, Reasons: []string{"it deletes files"}},
		{Path: "a.test/silent", Version: "v1.0.0", Unknown: "the module proxy lists no versions of it, or not this one"},
		{Path: "a.test/refused", Version: "v1.0.0", Unknown: "loading module retractions: 403 Forbidden server response: no"},
		{Path: "a.test/nothing", Version: "v1.0.0", Unknown: "the go command says nothing of it"},
		{Path: "a.test/wordless", Version: "v1.0.0", Retracted: true, Reasons: []string{}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, raw := range []string{"{", "[]", strings.Repeat(" ", maxRetractions+1)} {
		if _, err := Retractions([]byte(raw), modules); err == nil {
			t.Errorf("%.10q: want an error", raw)
		}
	}
	if argv := RetractedArgv(modules[:2]); !slices.Equal(argv[len(argv)-2:], []string{"a.test/own@v1.0.0", "a.test/good@v1.2.0"}) {
		t.Errorf("got %q", argv)
	}
}

func TestRefuse(t *testing.T) {
	found := []Retraction{
		{Path: "a.test/own", Version: "v1.0.0", Retracted: true, Reasons: []string{"it deletes files"}}, {Path: "a.test/bad", Version: "v1.0.1", Retracted: true},
		{Path: "a.test/silent", Version: "v1.0.0", Unknown: "no list"},
	}
	for _, c := range []struct {
		allowed []string
		taken   []string
		want    []string
	}{
		{nil, nil, []string{"a.test/own@v1.0.0 was retracted by its authors (it deletes files)", "the dependency a.test/bad@v1.0.1 was retracted by its authors (they give no reason); raise it with spec.overrides"}},
		{[]string{"a.test/own@v1.0.0"}, nil, []string{"the dependency a.test/bad@v1.0.1"}},
		{[]string{"a.test/own@v1.0.1", "a.test/bad@v1.0.1"}, nil, []string{"a.test/own@v1.0.0 was retracted"}},
		{[]string{"a.test/own@v1.0.0", "a.test/bad@v1.0.1"}, []string{"a.test/bad@v1.0.1", "a.test/own@v1.0.0"}, nil},
	} {
		taken, err := Refuse(found, "a.test/own", c.allowed)
		if errors.Is(err, ErrRetracted) != (len(c.want) > 0) || !slices.Equal(taken, c.taken) {
			t.Errorf("%q: got %q, %v", c.allowed, taken, err)
		}
		for _, w := range c.want {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%q: got %v, want %q", c.allowed, err, w)
			}
		}
		if err != nil && strings.Contains(err.Error(), "silent") {
			t.Errorf("%q: got %v, want nothing of what is not known", c.allowed, err)
		}
	}
}

func FuzzRetractions(f *testing.F) {
	f.Add([]byte(said))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Retractions(raw, modules)
		if err == nil && len(got) > len(modules) {
			t.Errorf("got %d for %d modules", len(got), len(modules))
		}
		for _, r := range got {
			if r.Retracted == (r.Unknown != "") {
				t.Errorf("got %+v, want retracted or not known", r)
			}
		}
	})
}
