package surface

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		` { "b" : [ 1 , 2.50, -0, 1e+9 ] , "a" : null } `: `{"a":null,"b":[1,2.50,-0,1e+9]}`,
		`"\u0041\/\u00e9\n\u001b\"\\"`:                    `"A/é\n\u001b\"\\"`,
		`"\ud83d\ude00 \ud800 \ude00x"`:                   "\"\U0001F600 \\ud800 \\ude00x\"",
		`"\ud800\u0041"`:                                  `"\ud800A"`,
		`{"\u0061":1,"A":{"z":[],"b":{}}}`:                `{"A":{"b":{},"z":[]},"a":1}`,
		`true`:                                            `true`,
		"\"<&>\u2028\"":                                   "\"<&>\u2028\"",
	} {
		got, err := Canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", in, got, err, want)
		}
		again, err := Canonical(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: the form of its form is %s (%v)", in, again, err)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                   ErrSyntax,
		"{":                  ErrSyntax,
		`{"a":1,}`:           ErrSyntax,
		`[1 2]`:              ErrSyntax,
		`01`:                 ErrSyntax,
		`1.`:                 ErrSyntax,
		`"\x"`:               ErrSyntax,
		`"\u12g4"`:           ErrSyntax,
		"\"\n\"":             ErrSyntax,
		`"`:                  ErrSyntax,
		`"\`:                 ErrSyntax,
		`{} {}`:              ErrSyntax,
		`{"a":1,"a":2}`:      ErrAmbiguous,
		`{"a":1,"\u0061":2}`: ErrAmbiguous,
		"\"\xff\"":           ErrEncoding,
		"{\"\xc3\x28\":1}":   ErrEncoding,
		"\"\xed\xa0\x80\"":   ErrEncoding,
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1): ErrDepth,
		strings.Repeat(`{"a":`, 1<<20):                                    ErrDepth,
	} {
		if got, err := Canonical([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.40q: got %.40s (%v), want %v", in, got, err, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[true,"\ud83d\ude00"]}`, `"\ud800"`, `[1e9]`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Canonical(in)
		if err != nil {
			return
		}
		a, errA := decode(in)
		b, errB := decode(got)
		if errA != nil || errB != nil {
			t.Fatalf("%q: accepted as %q, and encoding/json refuses one (%v, %v)", in, got, errA, errB)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !bytes.Equal(x, y) {
			t.Fatalf("%q: became %q, which means something else", in, got)
		}
		if again, err := Canonical(got); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q: form %q has the form %q (%v)", in, got, again, err)
		}
	})
}

// decode keeps numbers as they are written: encoding/json refuses some that JSON allows.
func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v)
}
