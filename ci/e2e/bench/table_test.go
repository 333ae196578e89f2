package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		samples []float64
		want    float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}} {
		if got := median(c.samples); got != c.want {
			t.Errorf("median of %v: got %v, want %v", c.samples, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	tab := &table{SchemaVersion: 1, Date: "2026-11-24", Server: "x", Rounds: 3, CPUs: 2, Load: "0 0 0", Rows: []row{
		{Name: "a build", Measured: seconds("build", []float64{12, 14, 13}), Against: seconds("npm ci", []float64{6, 5, 7}), Ratio: 1.5, Target: "≤ 2", Note: "Less 4 s."},
		{Name: "a part", Measured: single("part", "s", 4), Share: 0.25},
		{Name: "npx", Reason: "no npx here"},
	}}
	want := `server x, 2026-11-24, 3 rounds, 2 CPUs, load at the start 0 0 0

WHAT         MEASURED          AGAINST        RATIO  TARGET
a build (1)  13.0 s            npm ci 6.00 s  1.50   ≤ 2
a part       4.00 s                           25 %
npx          not measured (2)

(1) Less 4 s.
(2) no npx here
`
	var b strings.Builder
	tab.print(&b)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	file := filepath.Join(t.TempDir(), "table.json")
	if err := tab.write(file); err != nil {
		t.Fatal(err)
	}
	var back table
	raw, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(raw, &back) != nil || back.SchemaVersion != 1 || len(back.Rows) != 3 || back.Rows[0].Ratio != 1.5 {
		t.Errorf("JSON: got %s (%v)", raw, err)
	}
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{{"--rounds=0"}, {"--rounds=101"}, {"more"}, {"--unknown"}} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
	if o, err := parse([]string{"--cold", "--rounds=7", "--server=x"}, io.Discard); err != nil || !o.cold || o.rounds != 7 || o.server != "x" {
		t.Errorf("got %+v, %v", o, err)
	}
	if got := missing(errors.New("why"), "a", "b"); len(got) != 2 || got[1].Reason != "why" {
		t.Errorf("missing rows: got %+v", got)
	}
}

func TestPackageJSON(t *testing.T) {
	got, err := packageJSON(append([]byte(`{"packages": {"": {"name": "x", "dependencies": {"a": "1"}}}}`), whiteNonce()...))
	if err != nil || string(got) != `{"name": "x", "dependencies": {"a": "1"}}` {
		t.Errorf("got %s, %v", got, err)
	}
	for _, lock := range []string{"", "{}", `{"packages": {"": 1}}`} {
		if _, err := packageJSON([]byte(lock)); err == nil {
			t.Errorf("%q: got no error", lock)
		}
	}
}
