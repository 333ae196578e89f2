package provenance

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/usage"
)

// TrustedRootCommand runs "stage trusted-root" with the arguments after that name. It writes files that --trusted-root and --npm-keys of the
// other subcommands take; when anything does not hold, it writes none.
func TrustedRootCommand(args []string, stderr io.Writer) error {
	var s trust.Source
	var out, keys, first string
	f := usage.New("trusted-root", stderr)
	f.StringVar(&out, "out", "", "file for the trusted root")
	f.StringVar(&s.Mirror, "mirror", "", "address of the TUF repository; that of the public-good Sigstore when empty")
	f.StringVar(&first, "root", "", "root.json to trust at first; the public-good one that comes with the program when empty")
	f.StringVar(&keys, "npm-keys", "", "file for the keys of an npm registry; not fetched when empty")
	f.StringVar(&s.Registry, "registry", "", "address of the npm registry whose keys are wanted; its host is in the name of the TUF target")
	if err := usage.Parse(f, args, "out"); err != nil {
		return err
	}
	if (keys == "") != (s.Registry == "") {
		return fmt.Errorf("%w: trusted-root: got --npm-keys=%q and --registry=%q, want both or none", usage.ErrUsage, keys, s.Registry)
	}
	if first != "" {
		var err error
		if s.Root, err = os.ReadFile(first); err != nil {
			return fmt.Errorf("reading the first TUF root: %w", err)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := trust.Refresh(ctx, s)
	if err != nil {
		return err
	}
	if keys != "" {
		if err := writeWhole(keys, r.NPMKeys); err != nil {
			return err
		}
	}
	return writeWhole(out, r.TrustedRoot)
}
