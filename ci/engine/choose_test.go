package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"dagger v0.19.10 (image://registry/engine:v0.19.10) linux/amd64", true},
		{"dagger v0.19.9 ()", false},
		{"dagger v0.18.99", false},
		{"dagger v0.20.0", true},
		{"dagger v1.0.0-beta.10", true},
		{"dagger devel", false},
		{"", false},
	} {
		if got := atLeast(c.text, minimum); got != c.want {
			t.Errorf("atLeast(%q): got %v, want %v", c.text, got, c.want)
		}
	}
}

// TestRuntimeAnswers puts clients of different honesty on PATH: only one that reports a server version counts.
func TestRuntimeAnswers(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         bool
	}{
		{"daemon answers", "#!/bin/sh\necho 28.1.0\n", true},
		{"client without a daemon exits with 1", "#!/bin/sh\necho cannot connect >&2\nexit 1\n", false},
		{"client without a daemon exits with 0", "#!/bin/sh\necho\n", false},
		{"no value", "#!/bin/sh\necho '<no value>'\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(c.script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir)
			if err := runtimeAnswers(context.Background()); (err == nil) != c.want {
				t.Errorf("got %v, want an answer: %v", err, c.want)
			}
		})
	}
}
