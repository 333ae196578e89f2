package cisco

import (
	"testing"

	"dagger/dockyard/pipeline/pylock"
)

func TestLock(t *testing.T) {
	lock, version, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	if lock.Facts.Requirement != Package || lock.Facts.Before.IsZero() {
		t.Errorf("got the facts %+v, want the requirement %s with a cut-off", lock.Facts, Package)
	}
	if pylock.CompareVersions(version, "4.8") < 0 {
		t.Errorf("got version %s, want 4.8 or newer: older ones take a failed analyzer for a safe tool", version)
	}
	for platform := range pylock.Machines {
		if packages, err := lock.Select(platform); err != nil || len(packages) < 50 {
			t.Errorf("%s: got %d packages, %v; want all of them", platform, len(packages), err)
		}
	}
}
