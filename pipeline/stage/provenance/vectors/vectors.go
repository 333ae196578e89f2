// Package vectors finds real attestations of public projects that lie beside this project, for tests.
package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder with the vectors: ../shared/vectors from the project's root. The test is skipped where it is absent.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "dagger.json")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no folder above has a dagger.json")
		}
		dir = up
	}
	dir = filepath.Join(filepath.Dir(dir), "shared", "vectors")
	if _, err := os.Stat(filepath.Join(dir, "cases.json")); err != nil {
		t.Skipf("%s is absent: the vectors of real attestations are not tested", dir)
	}
	return dir
}

// Cases is cases.json.
type Cases struct {
	NPM []struct {
		File, Name, Version, SHA512, Repo, Builder string
		WantPublish, WantProvenance                string
	}
	PyPI []struct {
		File, Filename, SHA256, Kind, Repo, Workflow, Want string
	}
}

// Read parses the cases of a folder.
func Read(t testing.TB, dir string) Cases {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c Cases
	if err := json.Unmarshal(raw, &c); err != nil || len(c.NPM) == 0 || len(c.PyPI) == 0 {
		t.Fatalf("reading the cases: %v", err)
	}
	return c
}
