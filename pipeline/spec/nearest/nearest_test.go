package nearest

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	among := []string{"context7", "playwright", "playwright-mcp", "aws-diagram", "aws-documentation", "sentry", "git"}
	for _, tc := range []struct {
		name  string
		limit int
		want  []string
	}{
		{"contxt7", 5, []string{"context7"}},
		{"cnotext7", 5, []string{"context7"}}, // neighbours swapped
		{"Sentry", 5, []string{"sentry"}},
		{"aws", 5, []string{"aws-diagram", "aws-documentation"}},
		{"aws", 1, []string{"aws-diagram"}},
		{"playwrigth", 5, []string{"playwright"}},
		{"playwright", 5, []string{"playwright", "playwright-mcp"}},
		{"diagram", 5, []string{"aws-diagram"}},
		{"gti", 5, []string{"git"}},
		{"zz", 5, nil},
		{"", 5, nil},
		{"context7" + strings.Repeat("x", 100), 5, nil},
		{"context7", 0, nil},
	} {
		if got := Names(tc.name, among, tc.limit); !slices.Equal(got, tc.want) {
			t.Errorf("Names(%q, %d) = %q, want %q", tc.name, tc.limit, got, tc.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"version", "vresion", 1}} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
