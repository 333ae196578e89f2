package sdist

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/sdist"
)

func TestRequires(t *testing.T) {
	for name, c := range map[string]struct {
		text string // of pyproject.toml; "-" is none
		want []string
		err  string
	}{
		"none":         {"-", []string{"setuptools", "wheel"}, ""},
		"other tables": {"[project]\nname = 'a'\n", []string{"setuptools", "wheel"}, ""},
		"its own":      {"[build-system]\nrequires = ['flit_core >=3.2,<4', \"tomli; python_version < '3.11'\"]\n", []string{"flit_core >=3.2,<4", "tomli; python_version < '3.11'"}, ""},
		"nothing":      {"[build-system]\nrequires = []\nbuild-backend = 'x'\nbackend-path = ['.']\n", []string{}, ""},
		"no requires":  {"[build-system]\nbuild-backend = 'x'\n", nil, "without requires"},
		"address":      {"[build-system]\nrequires = ['x @ https://host.test/x.whl']\n", nil, "without an address"},
		"option":       {"[build-system]\nrequires = ['--index-url=https://host.test']\n", nil, "want NAME"},
		"two lines":    {"[build-system]\nrequires = [\"x\\n--pre\"]\n", nil, "want NAME"},
		"not TOML":     {"[", nil, "pyproject.toml"},
		"other type":   {"[build-system]\nrequires = 7\n", nil, "pyproject.toml"},
		"oversized":    {strings.Repeat("#", maxProject+1), nil, "limit exceeded"},
	} {
		dir := t.TempDir()
		entries := targz(t, file("a-1.0/setup.py", "1"))
		if c.text != "-" {
			entries = targz(t, file("a-1.0/setup.py", "1"), file("a-1.0/pyproject.toml", c.text))
		}
		put(t, filepath.Join(dir, "a-1.0.tar.gz"), entries)
		got, err := Requires(sdist.Plan{Sdists: []sdist.Item{{Name: "a", Version: "1.0", SHA256: []string{sum(entries)}}}}, dir, Limits{})
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "a==1.0") {
				t.Errorf("%s: got %v, want %q", name, err, c.err)
			}
		case err != nil || !slices.Equal(got.Sdists[0].Requires, c.want) || got.Sdists[0].SHA256 != sum(entries):
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
}

// TestFind: a file is taken by its hash alone, and all that is wrong is told together.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a-1.0.tar.gz"), []byte("x"))
	plan := sdist.Plan{Sdists: []sdist.Item{{Name: "a", Version: "1.0", SHA256: []string{strings.Repeat("0", 64)}}, {Name: "b", Version: "1.0", SHA256: []string{sum([]byte("x"))}}}}
	_, err := Requires(plan, dir, Limits{})
	if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), "a==1.0: source distribution does not fit its lock: [\"a-1.0.tar.gz has SHA-256 "+sum([]byte("x"))) || !strings.Contains(err.Error(), "b==1.0: source distribution does not fit its lock: it was not fetched") {
		t.Errorf("got %v", err)
	}
	plan.Sdists = plan.Sdists[:1]
	if _, err := Requires(plan, dir, Limits{Bytes: -1}); !errors.Is(err, ErrLimit) {
		t.Errorf("oversized: got %v", err)
	}
}
