package base

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage base" with the arguments after that name. It prints what is missing to stderr when the base has drifted; only
// the result file says so to programs.
func Command(args []string, stderr io.Writer) error {
	var o Options
	f := usage.New("base", stderr)
	f.StringVar(&o.LockFile, "lock", "", "base lock to build from (JSON)")
	usage.Strings(f, &o.Mirrors, "mirror", "root of an archive mirror; repeat it to have several tried in this order")
	f.StringVar(&o.Arch, "arch", "", "Debian architecture: amd64 or arm64")
	f.BoolVar(&o.PackagesOnly, "packages-only", false, "only the packages, without accounts and other files by rule; scripts are kept")
	f.StringVar(&o.Credentials.Netrc, "netrc", "", "credentials for the mirrors, in the form of .netrc; none when empty")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and base.json")
	if err := usage.Parse(f, args, "lock", "mirror", "arch", "out"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := Run(ctx, o)
	if err != nil {
		return err
	}
	for _, m := range r.Missing {
		fmt.Fprintf(stderr, "base: %s %s is gone from the mirrors (%s); make the lock again with lock-base\n", m.Name, m.Version, m.Path)
	}
	return nil
}
