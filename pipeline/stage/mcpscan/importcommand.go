package mcpscan

import (
	"fmt"
	"io"
	"os"

	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/surface"
)

// ImportCommand runs "stage surface-import" with the arguments after that name: it makes a surface.json of what somebody captured otherwise.
func ImportCommand(args []string, stderr io.Writer) error {
	var file, out string
	f := usage.New("surface-import", stderr)
	f.StringVar(&file, "file", "", "captured JSON: a surface.json, the answer to tools/list, or an object with the lists")
	f.StringVar(&out, "out", "", "file for the surface.json")
	if err := usage.Parse(f, args, "file", "out"); err != nil {
		return err
	}
	raw, err := readBounded(file, surface.MaxImport)
	if err != nil {
		return fmt.Errorf("reading the captured JSON %q: %w", file, err)
	}
	s, err := surface.Import(raw)
	if err != nil {
		return fmt.Errorf("reading the captured JSON: %w", err)
	}
	if raw, err = surface.Encode(s); err != nil {
		return fmt.Errorf("writing the surface: %w", err)
	}
	return os.WriteFile(out, raw, 0o644)
}
