package pylock

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const uvSaid = "warning: `attrs==21.1.0` is yanked (reason: \"Installable but not importable on Python 3.4\")\nwarning: `Foo_Bar==1.0` is yanked\nResolved 2 packages in 3ms\n"

func TestWithdrawn(t *testing.T) {
	for _, c := range []struct {
		said    string
		allowed []string
		want    []string
		refused []string
	}{
		{"Resolved 2 packages in 3ms\n", nil, nil, nil},
		{uvSaid, []string{"attrs==21.1", "foo-bar==1.0"}, []string{"Foo_Bar==1.0", "attrs==21.1.0"}, nil},
		{uvSaid, nil, nil, []string{"`attrs==21.1.0` is yanked", "Installable but not importable", "{package: attrs, version: 21.1.0, reason: WHY}", "Foo_Bar==1.0", "gives no reason"}},
		{uvSaid, []string{"attrs==21.2.0", "foo-bar==1.0"}, nil, []string{"attrs==21.1.0"}},
	} {
		got, err := Withdrawn(c.said, Want{Yanked: c.allowed})
		if !slices.Equal(got, c.want) || errors.Is(err, ErrYanked) != (len(c.refused) > 0) {
			t.Errorf("%v: got %v, %v", c.allowed, got, err)
		}
		for _, w := range c.refused {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v: got %v, want %q", c.allowed, err, w)
			}
		}
	}
}

// TestYankedInLock: a lock that took a withdrawn release holds as long as the spec allows it.
func TestYankedInLock(t *testing.T) {
	l, problems := Read("lock", strings.NewReader(good))
	if l == nil {
		t.Fatal(problems)
	}
	w := want
	l.Facts.Yanked = []string{"attrs==21.1.0"}
	if got := Check("lock", l, w); len(got) != 1 || !strings.Contains(got[0].String(), "attrs==21.1.0 was withdrawn") || !strings.Contains(got[0].String(), "spec.yanked") {
		t.Errorf("not allowed: got %v", got)
	}
	w.Yanked = []string{"attrs==21.1.0"}
	if got := Check("lock", l, w); len(got) != 0 {
		t.Errorf("allowed: got %v", got)
	}
}
