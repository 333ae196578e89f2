package capture

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/surface"
)

// Names of the files that Command leaves in its folder. The second is missing where nothing is known of the server.
const (
	ResultName  = "capture.json"
	SurfaceName = "surface.json"
)

// Command runs "stage capture" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var config, mock, out string
	var own []string
	o := Options{Root: os.DirFS("/")}
	f := usage.New("capture", stderr)
	f.StringVar(&config, "image-config", "", "configuration of the image whose root file system this is (OCI JSON)")
	f.StringVar(&mock, "mock-env", "", "more environment for the server (JSON); none when empty")
	f.StringVar(&out, "out", "", "folder for capture.json and surface.json, not there yet; only root can look into it")
	f.String("nonce", "", "changes nothing; an engine that keeps results does the work again for another value")
	usage.Strings(f, &own, "own", "folder to give to the server's user, which a mount took from it; repeat for more")
	limitFlags(f, &o.Limits)
	err := usage.Parse(f, args, "image-config", "out")
	if err != nil {
		return err
	}
	if o.Image, err = ReadImage(config); err != nil {
		return err
	}
	if mock != "" {
		if o.Mock, err = ReadMock(mock); err != nil {
			return err
		}
	}
	for _, dir := range own {
		if err := os.Lchown(dir, o.Image.UID, o.Image.GID); err != nil {
			return err
		}
	}
	// The folder is made before anything of the server runs, and its files only after everything of it ended.
	if err := os.Mkdir(out, 0o700); err != nil {
		return fmt.Errorf("making the folder for the result: %w", err)
	}
	c, err := Run(context.Background(), o)
	if err != nil {
		return fmt.Errorf("capturing %q: %w", o.Image.Argv, err)
	}
	return write(out, c)
}

func limitFlags(f *flag.FlagSet, l *Limits) {
	f.DurationVar(&l.Start, "start", 0, "time for a start of the server; 0 is 60s")
	f.DurationVar(&l.Request, "request", 0, "time for an answer; 0 is 15s")
	f.DurationVar(&l.Total, "total", 0, "time for everything; 0 is 3m")
	f.Int64Var(&l.Memory, "memory", 0, "bytes of memory for all processes of the server; 0 is 1 GiB")
	f.IntVar(&l.Processes, "processes", 0, "processes and threads of the server; 0 is 256")
}

func write(dir string, c surface.Capture) error {
	files := map[string]any{ResultName: c}
	if c.Surface != nil {
		files[SurfaceName] = c.Surface
	}
	for name, v := range files {
		raw, err := surface.Encode(v)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}
