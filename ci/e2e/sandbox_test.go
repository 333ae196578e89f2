package e2e

import (
	"os"
	"testing"

	"dagger/dockyard/ci/e2e/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.RunRole()
	os.Exit(m.Run())
}
