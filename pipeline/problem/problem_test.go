package problem

import (
	"errors"
	"testing"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		p    Problem
		want string
	}{
		{Problem{File: "f", Message: "m"}, "f: m"},
		{Problem{File: "f", Line: 2, Field: "a.b", Message: "m", Fix: "do x"}, "f:2: a.b: m; do x"},
	} {
		if got := c.p.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestErrNamesAllThatBlocks(t *testing.T) {
	l := List{{File: "b", Message: "2"}, {File: "w", Message: "warning", Warning: true}, {File: "a", Line: 9, Message: "1"}, {File: "a", Line: 1, Message: "0"}}
	l.Sort()
	err := l.Err(ErrInvalid)
	if want := "invalid input:\n  a:1: 0\n  a:9: 1\n  b: 2"; !errors.Is(err, ErrInvalid) || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if err := l[3:].Err(ErrInvalid); err != nil {
		t.Errorf("warnings alone: got %v, want nil", err)
	}
}
