package gomod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/provenance/verdict"
	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage go-provenance" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var o Options
	var out string
	f := usage.New("go-provenance", stderr)
	f.StringVar(&o.Mod, "mod", "", "go.mod of the lock")
	f.StringVar(&o.Sum, "sum", "", "go.sum of the lock")
	f.StringVar(&o.Modules, "modules", "", "module cache after go mod download")
	f.StringVar(&o.GoEnv, "goenv", "", "output of go env -json where the modules were fetched")
	f.StringVar(&o.Package, "package", "", "package path of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Repository, "repository", "", "repository that the server's module must belong to: https address, or OWNER/NAME at GitHub; not compared when empty")
	f.StringVar(&o.Netrc, "netrc", "", "credentials for the module proxy and the checksum database; none when empty")
	f.StringVar(&o.Retracted, "retracted", "", "output of go list -m -e -json -retracted -versions of the lock's modules; not looked at when empty")
	f.BoolVar(&o.Offline, "offline", false, "compare hashes and ask nobody")
	f.StringVar(&out, "out", "", "file for the result, as JSON")
	if err := usage.Parse(f, args, "mod", "sum", "modules", "goenv", "package", "version", "out"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := Run(ctx, o)
	if errors.Is(err, ErrEnv) {
		return fmt.Errorf("%w; correct it where the modules are fetched", err)
	} else if err != nil {
		return err
	}
	return verdict.WriteResult(out, r)
}
