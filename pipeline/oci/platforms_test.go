package oci

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		wanted, want []string
	}{
		{nil, []string{"linux/amd64", "linux/arm64"}},
		{[]string{""}, []string{"linux/amd64", "linux/arm64"}},
		{[]string{"linux/arm64"}, []string{"linux/arm64"}},
		{[]string{"linux/arm64, linux/amd64"}, []string{"linux/amd64", "linux/arm64"}},
		{[]string{"linux/arm64", "linux/arm64"}, []string{"linux/arm64"}},
	} {
		if got, err := Choose(c.wanted); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Choose(%q): got %q (%v), want %q", c.wanted, got, err, c.want)
		}
	}
}

func TestChooseNamesAllUnknown(t *testing.T) {
	_, err := Choose([]string{"linux/riscv64,linux/amd64", "windows/amd64"})
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), `got "linux/riscv64", "windows/amd64", want some of linux/amd64, linux/arm64`) {
		t.Errorf("got %v", err)
	}
}

func TestArchitecture(t *testing.T) {
	if got := Architecture("linux/arm64"); got != "arm64" {
		t.Errorf("got %q", got)
	}
}
