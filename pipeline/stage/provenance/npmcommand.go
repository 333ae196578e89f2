package provenance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/usage"
)

// NPMCommand runs "stage npm-provenance" with the arguments after that name and writes a provenance.Result.
func NPMCommand(args []string, stderr io.Writer) error {
	var o NPMOptions
	var out string
	f := usage.New("npm-provenance", stderr)
	f.StringVar(&o.LockFile, "lock", "", "package-lock.json")
	f.StringVar(&o.Tarballs, "tarballs", "", "folder that npm-fetch filled")
	f.StringVar(&o.Registries.Default, "registry", "", "address of the npm registry; may be left out with --offline")
	f.Func("scope-registry", "another registry for the packages of a scope: @SCOPE=ADDRESS; repeat it", o.Registries.ParseFlag)
	usage.Strings(f, &o.Platforms, "platform", "platform that is installed: linux/amd64; repeat it")
	f.StringVar(&o.Package, "package", "", "npm name of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Credentials.NPMRC, "npmrc", "", "npm configuration with credentials for the registries; none when empty")
	f.BoolVar(&o.Offline, "offline", false, "ask nobody, and say so in every verdict")
	f.StringVar(&out, "out", "", "file for the result")
	expectFlags(f, &o.Expect)
	trustFlags(f, &o.Trust)
	if err := usage.Parse(f, args, "lock", "tarballs", "platform", "package", "version", "out"); err != nil {
		return err
	}
	if o.Registries.Default == "" && !o.Offline {
		return fmt.Errorf("%w: npm-provenance: got no --registry, want it or --offline", usage.ErrUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := NPM(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(out, r)
}

// writeJSON gives a file its name only when it is complete.
func writeJSON(name string, v any) error {
	var b bytes.Buffer
	if err := printJSON(&b, v); err != nil {
		return err
	}
	return writeWhole(name, b.Bytes())
}

func writeWhole(name string, raw []byte) error {
	if err := os.WriteFile(name+".partial", raw, 0o644); err != nil {
		return fmt.Errorf("writing a result: %w", err)
	}
	if err := os.Rename(name+".partial", name); err != nil {
		return fmt.Errorf("writing a result: %w", err)
	}
	return nil
}
