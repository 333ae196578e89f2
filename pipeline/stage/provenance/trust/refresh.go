package trust

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"dagger/dockyard/pipeline/stage/fetch"
)

// Source is a TUF repository (The Update Framework, specification 1.0) that has a trusted root among its targets.
type Source struct {
	Mirror   string // address of the repository; "" is that of the public-good instance
	Root     []byte // root.json to begin with, however old; nil is the one that comes with sigstore-go
	Registry string // address of the npm registry whose keys are wanted too; "" wants none

	HTTP fetch.Options
}

// Refreshed is what a TUF repository had.
type Refreshed struct {
	TrustedRoot []byte
	NPMKeys     []byte // nil when none were wanted
}

// Names of the targets in the public-good repository. That of npm keys has the registry's host in front.
const (
	rootTarget = "trusted_root.json"
	keysTarget = "keys.json"
)

// Refresh fetches the current targets. Every step is signed: a repository whose metadata is expired, signed by others, or older than what root
// names is an error, and nothing is returned. No file is kept between calls.
func Refresh(ctx context.Context, s Source) (Refreshed, error) {
	if s.Mirror == "" {
		s.Mirror = tuf.DefaultMirror
	}
	if s.Root == nil {
		s.Root = tuf.DefaultRoot()
	}
	client, err := tuf.New((&tuf.Options{Root: s.Root, RepositoryBaseURL: s.Mirror, DisableLocalCache: true}).WithContext(ctx).WithFetcher(&fetcher{ctx, s.HTTP}))
	if err != nil {
		return Refreshed{}, fmt.Errorf("%w: refreshing from the TUF repository %q: %w", ErrTrust, s.Mirror, err)
	}
	var out Refreshed
	if out.TrustedRoot, err = client.GetTarget(rootTarget); err != nil {
		return Refreshed{}, fmt.Errorf("%w: fetching the trusted root from %q: %w", ErrTrust, s.Mirror, err)
	}
	if _, err := ParseRoot(out.TrustedRoot); err != nil {
		return Refreshed{}, fmt.Errorf("reading the trusted root of %q: %w", s.Mirror, err)
	}
	if s.Registry == "" {
		return out, nil
	}
	u, err := url.Parse(s.Registry)
	if err != nil || u.Host == "" {
		return Refreshed{}, fmt.Errorf("%w: keys of the npm registry %q: want an address such as npm's setting `registry` has", ErrTrust, s.Registry)
	}
	name := u.Host + "/" + keysTarget
	if out.NPMKeys, err = client.GetTarget(name); err != nil {
		return Refreshed{}, fmt.Errorf("%w: fetching %q from %q: %w", ErrTrust, name, s.Mirror, err)
	}
	if _, err := ParseKeys(out.NPMKeys); err != nil {
		return Refreshed{}, fmt.Errorf("reading %q of %q: %w", name, s.Mirror, err)
	}
	return out, nil
}

// fetcher downloads for the TUF client, with retries and bounds.
type fetcher struct {
	ctx  context.Context
	http fetch.Options
}

// DownloadFile tells what is not there in the client's own words: that is how it learns that there is no newer root.
func (f *fetcher) DownloadFile(address string, limit int64, _ time.Duration) ([]byte, error) {
	raw, err := fetch.Bytes(f.ctx, address, limit, f.http)
	if errors.Is(err, fetch.ErrNotFound) {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: 404, URL: address}
	}
	return raw, err
}
