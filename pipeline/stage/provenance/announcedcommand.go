package provenance

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/pypi"
	"dagger/dockyard/pipeline/stage/usage"
)

// AnnouncedCommand runs "stage pypi-announced" with the arguments after that name and writes a pypi.Announcement.
func AnnouncedCommand(args []string, stderr io.Writer) error {
	var indexes []string
	var files credentials.Files
	var project, version, out string
	var source bool
	f := usage.New("pypi-announced", stderr)
	usage.Strings(f, &indexes, "index", "address of a simple index, without credentials: that of index-url, and after it those of extra-index-url")
	f.StringVar(&project, "package", "", "PyPI name; extras do not count")
	f.StringVar(&version, "version", "", "its exact version")
	f.BoolVar(&source, "source", false, "look at its source distributions, and at no wheels")
	f.StringVar(&files.Netrc, "netrc", "", "credentials for the indexes; none when empty")
	f.StringVar(&files.PipConfig, "pip-config", "", "pip.conf, for the credentials in its addresses; none when empty")
	f.StringVar(&out, "out", "", "file for the result")
	if err := usage.Parse(f, args, "index", "package", "version", "out"); err != nil {
		return err
	}
	known, err := credentials.Load(files)
	if err != nil {
		return err
	}
	all, err := pypi.NewIndexes(indexes, fetch.Options{Authorize: known.Authorization})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	a, err := all.Announced(ctx, pylock.Project(project), version, source)
	if err != nil {
		return fmt.Errorf("asking whether %s==%s has attestations: %w", project, version, err)
	}
	return writeJSON(out, a)
}
