package proctree

import (
	"os"
	"testing"
)

func TestParseStat(t *testing.T) {
	p, ok := parseStat([]byte("42 (a) R) (x) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 11 0 99 1000 25 18446744073709551615 1"))
	if want := (Process{PID: 42, Parent: 7, Threads: 11, State: 'S', Resident: 25 * int64(os.Getpagesize())}); !ok || p != want {
		t.Errorf("got %+v, %t, want %+v", p, ok, want)
	}
	for _, text := range []string{"", "42", "42 (a) S", "x (a) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 11 0 99 1000 25 1"} {
		if p, ok := parseStat([]byte(text)); ok {
			t.Errorf("%q: got %+v", text, p)
		}
	}
}
