package provenance

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/usage"
)

// PyPICommand runs "stage pypi-provenance" with the arguments after that name and writes a provenance.Result.
func PyPICommand(args []string, stderr io.Writer) error {
	var o PyPIOptions
	var out string
	f := usage.New("pypi-provenance", stderr)
	f.StringVar(&o.LockFile, "lock", "", "requirements.lock")
	usage.Strings(f, &o.Wheels, "wheels", "folder that pip downloaded to; repeat it")
	usage.Strings(f, &o.Indexes, "index", "address of a simple index, without credentials: that of index-url, and after it those of extra-index-url; may be left out with --offline")
	usage.Strings(f, &o.Platforms, "platform", "platform that is installed: linux/amd64; repeat it")
	f.StringVar(&o.BuildLock, "build-lock", "", "build-requirements.lock, whose packages are judged too; none when empty")
	f.StringVar(&o.BuildPlatform, "build-platform", "", "platform that builds run on, with --build-lock")
	f.StringVar(&o.Package, "package", "", "PyPI name of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Credentials.Netrc, "netrc", "", "credentials for the index; none when empty")
	f.StringVar(&o.Credentials.PipConfig, "pip-config", "", "pip.conf, for the credentials in its addresses; none when empty")
	f.BoolVar(&o.Offline, "offline", false, "ask nobody, and say so in every verdict")
	f.StringVar(&out, "out", "", "file for the result")
	expectFlags(f, &o.Expect)
	f.StringVar(&o.Trust.TrustedRoot, "trusted-root", "", "Sigstore trusted root; the public-good one when empty")
	if err := usage.Parse(f, args, "lock", "wheels", "platform", "package", "version", "out"); err != nil {
		return err
	}
	if len(o.Indexes) == 0 && !o.Offline {
		return fmt.Errorf("%w: pypi-provenance: got no --index, want it or --offline", usage.ErrUsage)
	}
	if (o.BuildLock == "") != (o.BuildPlatform == "") {
		return fmt.Errorf("%w: pypi-provenance: want --build-lock and --build-platform, or neither", usage.ErrUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := PyPI(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(out, r)
}
