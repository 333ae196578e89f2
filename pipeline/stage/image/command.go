package image

import (
	"io"

	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage image" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var config, out, result string
	f := usage.New("image", stderr)
	f.StringVar(&config, "config", "", "what goes into the image (JSON)")
	f.StringVar(&out, "out", "", "folder for the OCI image layout, empty or not there")
	f.StringVar(&result, "result", "", "file for digests and sizes (JSON)")
	if err := usage.Parse(f, args, "config", "out", "result"); err != nil {
		return err
	}
	_, err := Run(config, out, result)
	return err
}

// TarballCommand runs "stage tarball" with the arguments after that name.
func TarballCommand(args []string, stderr io.Writer) error {
	var layout, platform, reference, out string
	f := usage.New("tarball", stderr)
	f.StringVar(&layout, "layout", "", "folder with the OCI image layout")
	f.StringVar(&platform, "platform", "", "platform to take: linux/amd64")
	f.StringVar(&reference, "reference", "", "name of the image once it is loaded: NAME:TAG")
	f.StringVar(&out, "out", "", "file for the archive")
	if err := usage.Parse(f, args, "layout", "platform", "reference", "out"); err != nil {
		return err
	}
	return Tarball(layout, platform, reference, out)
}
