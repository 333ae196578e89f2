package baselock

import "testing"

// TestCompareVersions orders pairs as dpkg --compare-versions does; the first ones are from Debian policy §5.6.12.
func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.0~beta1~svn1245", "1.0~beta1", -1},
		{"1.0~beta1", "1.0", -1},
		{"~~", "~~a", -1},
		{"~~a", "~", -1},
		{"~", "", -1},
		{"", "a", -1},
		{"1.0", "1.0", 0},
		{"1.0", "1.0-0", 0},
		{"1.00", "1.0", 0},
		{"1.9", "1.10", -1},
		{"2.41-12", "2.41-12+deb13u5", -1},
		{"2.41-12+deb13u5", "2.41-12+deb13u10", -1},
		{"1:1.0", "2.0", 1},
		{"0:1.0", "1.0", 0},
		{"1.2-3-4", "1.2-3-5", -1},
		{"1.0a", "1.0+", -1},
		{"1.0+dfsg", "1.0.1", -1},
		{"6.5", "6.5+b1", -1},
		{"20240203~deb12u1", "20240203", -1},
		{"99999999999999999999999", "100000000000000000000000", -1},
	} {
		if got := CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("CompareVersions(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := CompareVersions(c.b, c.a); got != -c.want {
			t.Errorf("CompareVersions(%q, %q) = %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

// FuzzCompareVersions looks for pairs whose order depends on the side.
func FuzzCompareVersions(f *testing.F) {
	f.Add("1:2.41-12+deb13u5", "2.41~rc1-1")
	f.Fuzz(func(t *testing.T, a, b string) {
		if CompareVersions(a, a) != 0 || CompareVersions(a, b) != -CompareVersions(b, a) {
			t.Errorf("%q and %q: got %d and %d", a, b, CompareVersions(a, b), CompareVersions(b, a))
		}
	})
}
