package finding

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAround(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, c := range []struct{ name, before, after, wantBefore, wantAfter string }{
		{"short", "a", "b", "a", "b"},
		{"one is not there", "", "b", "", "b"},
		{"late", long + "X" + long, long + "Y" + long, "X", "Y"},
		{"early", "X" + long, "Y" + long, "X", "Y"},
		{"longer", long, long + "Y", "é", "Y"},
	} {
		a, b := Around(c.before, c.after, 80)
		if !strings.Contains(a, c.wantBefore) || !strings.Contains(b, c.wantAfter) || len(a) > 90 || len(b) > 90 || !utf8.ValidString(a+b) {
			t.Errorf("%s: got %q and %q", c.name, a, b)
		}
		if c.before == "" && a != "" {
			t.Errorf("%s: got %q of nothing", c.name, a)
		}
	}
}
