package cooldown

import (
	"strings"
	"testing"
	"time"
)

func TestCutoff(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 4, 5, 6, time.FixedZone("", 2*3600)) // 13:04:05 UTC
	for _, tc := range []struct{ before, minAge, want string }{
		{"", "", "2026-11-17T00:00:00Z"},
		{"", "7d", "2026-11-17T00:00:00Z"},
		{"", "7", "2026-11-17T00:00:00Z"},
		{"", "168h", "2026-11-17T00:00:00Z"},
		{"", "1d", "2026-11-23T00:00:00Z"},
		{"", "36h", "2026-11-23T01:04:05Z"},
		{"", "0", "2026-11-24T13:04:05Z"},
		{"", "0s", "2026-11-24T13:04:05Z"},
		{"", "3650d", "2016-11-26T00:00:00Z"},
		{"2026-11-01", "", "2026-11-01T00:00:00Z"},
		{"2026-11-01T02:00:00+02:00", "", "2026-11-01T00:00:00Z"},
		{"2026-11-01", "not read at all", "2026-11-01T00:00:00Z"},
	} {
		got, err := Cutoff(tc.before, tc.minAge, now)
		if err != nil || got.Format(time.RFC3339Nano) != tc.want {
			t.Errorf("Cutoff(%q, %q): got %v, %v; want %s", tc.before, tc.minAge, got, err, tc.want)
		}
	}
	for _, tc := range []struct{ before, minAge, want string }{
		{"yesterday", "", `reading --before: got "yesterday", want a time such as 2026-11-17T00:00:00Z`},
		{"", "a week", `reading --min-age: got "a week", want days such as 7d`},
		{"", "-7d", `got "-7d", want days`},
		{"", "-1h", `got "-1h", want an age from 0 to 3650 days`},
		{"", "3651d", `got "3651d", want an age from 0 to 3650 days`},
		{"", "99999999999d", `got "99999999999d", want days`},
		{"", "1.5d", `got "1.5d", want days`},
	} {
		if got, err := Cutoff(tc.before, tc.minAge, now); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Cutoff(%q, %q): got %v, %v; want an error with %q", tc.before, tc.minAge, got, err, tc.want)
		}
	}
}

func FuzzCutoff(f *testing.F) {
	f.Add("", "7d")
	f.Add("2026-11-17", "")
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, before, minAge string) {
		got, err := Cutoff(before, minAge, now)
		if err == nil && before == "" && (got.After(now) || got.Before(now.Add(-Max))) {
			t.Errorf("Cutoff(%q, %q) = %v", before, minAge, got)
		}
	})
}
