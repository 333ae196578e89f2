package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{nil, exitUsage, "", "usage: stage"},
		{[]string{"help"}, exitDone, "tarball", ""},
		{[]string{"--help"}, exitDone, "exit codes", ""},
		{[]string{"nope"}, exitUsage, "", `got the subcommand "nope"`},
		{[]string{"image", "-h"}, exitDone, "", "-config"},
		{[]string{"image"}, exitUsage, "", "got no --config, --out, --result"},
		{[]string{"image", "--nope"}, exitUsage, "", "-nope"},
		{[]string{"image", "x"}, exitUsage, "", `got the argument "x"`},
		{[]string{"image", "--config=/nowhere", "--out=/nowhere", "--result=/nowhere"}, exitFailed, "", "/nowhere"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(c.args, &stdout, &stderr); code != c.code {
				t.Errorf("got the exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("got %q and %q, want %q and %q in them", stdout.String(), stderr.String(), c.stdout, c.stderr)
			}
		})
	}
}

// TestHelpNamesEverySubcommand also keeps the list sorted.
func TestHelpNamesEverySubcommand(t *testing.T) {
	var b bytes.Buffer
	help(&b)
	for i, c := range commands {
		if !strings.Contains(b.String(), "  "+c.name+" ") {
			t.Errorf("%s is missing in %q", c.name, b.String())
		}
		if i > 0 && commands[i-1].name >= c.name {
			t.Errorf("%s comes after %s", c.name, commands[i-1].name)
		}
	}
}
