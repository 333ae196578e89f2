package goinstall

import (
	"fmt"
	"io"

	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage go-install" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var o Options
	f := usage.New("go-install", stderr)
	f.StringVar(&o.Mod, "mod", "", "go.mod of the lock")
	f.StringVar(&o.Sum, "sum", "", "go.sum of the lock")
	f.StringVar(&o.Program, "program", "", "program that the go command built")
	f.StringVar(&o.Modules, "modules", "", "module cache it was built from")
	f.StringVar(&o.Platform, "platform", "", "platform to install for: linux/amd64")
	f.StringVar(&o.Package, "package", "", "package path of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Entrypoint, "entrypoint", "", "name of the program; the lock's when empty")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and install.json")
	if err := usage.Parse(f, args, "mod", "sum", "program", "modules", "platform", "package", "version", "out"); err != nil {
		return err
	}
	r, err := Install(o)
	for _, w := range r.Warnings {
		fmt.Fprintln(stderr, "go-install: warning: "+w)
	}
	return err
}
