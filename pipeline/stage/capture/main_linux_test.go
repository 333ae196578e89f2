package capture

import (
	"fmt"
	"os"
	"testing"

	"dagger/dockyard/pipeline/stage/confine"
)

// TestMain lets this program be the child that becomes a server, and the driver, which must have no other children.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case confine.Name:
			fmt.Fprintln(os.Stderr, confine.Command(os.Args[2:], os.Stderr))
			os.Exit(127)
		case "serve":
			serve(os.Args[2])
			os.Exit(0)
		case "driver":
			if err := Command(os.Args[2:], os.Stderr); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}
