package node

import (
	"io"

	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage node" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var o Options
	f := usage.New("node", stderr)
	f.StringVar(&o.Wheel, "wheel", "", "wheel that holds Node.js")
	f.StringVar(&o.SHA256, "sha256", "", "SHA-256 of the wheel, hex")
	f.StringVar(&o.Arch, "arch", "", "Debian architecture: amd64 or arm64")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and node.json")
	if err := usage.Parse(f, args, "wheel", "sha256", "arch", "out"); err != nil {
		return err
	}
	_, err := Run(o)
	return err
}
