package upstream

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestGo(t *testing.T) {
	listed := []string{"v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0-rc.1", "nonsense", "v0.30.0"}
	if got := GoCandidates(listed, "", 3); !slices.Equal(got, []string{"v1.10.0", "v1.9.0", "v1.0.0"}) {
		t.Errorf("candidates: got %q", got)
	}
	if got := GoCandidates(listed, "v1.9.0", 9); !slices.Equal(got, []string{"v1.10.0", "v1.9.0"}) {
		t.Errorf("candidates from v1.9.0: got %q", got)
	}
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	dated := []GoVersion{{"v1.10.0", day(20)}, {"v1.9.1", time.Time{}}, {"v1.9.0", day(10)}}
	if got, err := NewestGo(dated, day(17), ""); err != nil || got != "v1.9.0" {
		t.Errorf("newest: got %q, %v", got, err)
	}
	if got, err := NewestGo(dated, day(1), "v1.8.0"); err != nil || got != "v1.8.0" {
		t.Errorf("nothing old enough: got %q, %v", got, err)
	}
	if _, err := NewestGo(dated, day(1), ""); !errors.Is(err, ErrPackage) {
		t.Errorf("nothing old enough for a new package: got %v", err)
	}
	if got := GoRelease("github.com/a/b/v2/cmd/b", "github.com/a/b/v2", "v2.0.0"); got.Repository != "https://github.com/a/b" {
		t.Errorf("repository: got %q", got.Repository)
	}
	if got := GoRelease("go.example.com/b", "go.example.com/b", "v1.0.0"); got.Repository != "" {
		t.Errorf("vanity path: got %q", got.Repository)
	}
}
