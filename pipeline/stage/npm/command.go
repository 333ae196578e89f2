package npm

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/stage/usage"
)

// FetchCommand runs "stage npm-fetch" with the arguments after that name.
func FetchCommand(args []string, stderr io.Writer) error {
	var o FetchOptions
	f := usage.New("npm-fetch", stderr)
	f.StringVar(&o.LockFile, "lock", "", "package-lock.json")
	f.StringVar(&o.Registries.Default, "registry", "", "address of the npm registry")
	f.Func("scope-registry", "another registry for the packages of a scope: @SCOPE=ADDRESS; repeat it", o.Registries.ParseFlag)
	usage.Strings(f, &o.Platforms, "platform", "platform to fetch for: linux/amd64; repeat it")
	f.StringVar(&o.Out, "out", "", "folder for the tarballs")
	f.StringVar(&o.Credentials.NPMRC, "npmrc", "", "npm configuration with credentials for the registries; none when empty")
	if err := usage.Parse(f, args, "lock", "registry", "platform", "out"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return Fetch(ctx, o)
}

// InstallCommand runs "stage npm-install" with the arguments after that name.
func InstallCommand(args []string, stderr io.Writer) error {
	var o InstallOptions
	f := usage.New("npm-install", stderr)
	f.StringVar(&o.LockFile, "lock", "", "package-lock.json")
	f.StringVar(&o.Tarballs, "tarballs", "", "folder that npm-fetch filled")
	f.StringVar(&o.Platform, "platform", "", "platform to install for: linux/amd64")
	f.StringVar(&o.Package, "package", "", "npm name of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Entrypoint, "entrypoint", "", "name of the executable that is the server; chosen when empty")
	f.StringVar(&o.Glibc, "glibc", "", "newest glibc version the base offers: 2.41; not checked when empty")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and install.json")
	if err := usage.Parse(f, args, "lock", "tarballs", "platform", "package", "version", "out"); err != nil {
		return err
	}
	r, err := Install(o)
	for _, w := range r.Warnings {
		fmt.Fprintln(stderr, "npm-install: warning: "+w)
	}
	return err
}
