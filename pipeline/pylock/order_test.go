package pylock

import "testing"

func TestCompareVersions(t *testing.T) {
	// The order of PEP 440's own example, with an epoch, neighbours of one release, and dates.
	order := []string{
		"nonsense", "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
		"1.0rc1.dev456", "1.0rc1", "1.0", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.9", "1.10", "2026.9.30", "2026.10.1", "1!0.1",
	}
	for i, a := range order {
		for j, b := range order {
			if got := CompareVersions(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q to %q: got %d", a, b, got)
			}
		}
	}
	if got := CompareVersions("1.0", "1.0.0"); got != 0 {
		t.Errorf("1.0 to 1.0.0: got %d", got)
	}
}

func TestPreRelease(t *testing.T) {
	for version, want := range map[string]bool{"1.0": false, "1.0.post1": false, "1.0rc1": true, "1.0-ALPHA": true, "1.0.dev3": true, "1.0.post1.dev2": true, "nonsense": false} {
		if got := PreRelease(version); got != want {
			t.Errorf("%q: got %v", version, got)
		}
	}
}
