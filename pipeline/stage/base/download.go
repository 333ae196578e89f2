package base

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"dagger/dockyard/pipeline/baselock"
	"dagger/dockyard/pipeline/stage/fetch"
)

// locked is a package of the lock with its verified bytes.
type locked struct {
	baselock.Package
	raw []byte
}

// parallel is how many packages are fetched at a time: enough to hide latency, few enough for a public mirror.
const parallel = 4

// download fetches every package. Those that no mirror has come back as missing; all other failures are reported together.
func download(ctx context.Context, o Options, list []baselock.Package) (debs []locked, missing []Missing, err error) {
	if len(o.Mirrors) == 0 {
		return nil, nil, errors.New("fetching packages: got no mirror, want at least one --mirror=URL")
	}
	debs = make([]locked, len(list))
	errs := make([]error, len(list))
	gate := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for i, p := range list {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			raw, err := fetchOne(ctx, o, p)
			debs[i], errs[i] = locked{p, raw}, err
		})
	}
	all.Wait()
	var failed []error
	for i, p := range list {
		switch {
		case errors.Is(errs[i], fetch.ErrNotFound):
			missing = append(missing, Missing{p.Name, p.Version, p.Path})
		case errs[i] != nil:
			failed = append(failed, fmt.Errorf("fetching package %q: %w", p.Name, errs[i]))
		}
	}
	return debs, missing, errors.Join(failed...)
}

// fetchOne tries the mirrors in their order. fetch.ErrNotFound means that every one of them answered and none has the package.
func fetchOne(ctx context.Context, o Options, p baselock.Package) ([]byte, error) {
	for _, mirror := range o.Mirrors {
		for _, place := range places(p.Path) {
			address, err := join(mirror, place)
			if err != nil {
				return nil, err
			}
			raw, err := fetchVerified(ctx, address, p, o.HTTP)
			if !errors.Is(err, fetch.ErrNotFound) {
				return raw, err
			}
		}
	}
	return nil, fetch.ErrNotFound
}

// fetchVerified downloads a package into memory and checks it against the lock.
func fetchVerified(ctx context.Context, address string, p baselock.Package, o fetch.Options) ([]byte, error) {
	raw, err := fetch.Bytes(ctx, address, p.Size, o)
	if err != nil {
		return nil, err
	}
	want := fetch.SHA256(p.SHA256)
	h, err := want.Hash()
	if err != nil {
		return nil, err
	}
	h.Write(raw)
	if err := want.Verify(h); err != nil {
		return nil, fmt.Errorf("checking %q (%d bytes): %w; the mirror is not the archive of the lock, or was tampered with", p.Path, len(raw), err)
	}
	return raw, nil
}

// places gives the paths at which a package can be: a security update moves to the main archive, unchanged, with the next point release.
func places(p string) []string {
	if rest, ok := strings.CutPrefix(p, "pool/updates/"); ok {
		return []string{p, "pool/" + rest}
	}
	return []string{p}
}

// join appends a path of the lock to a mirror's address. The characters that the lock's grammar allows and that mean something in an
// address ("%", "+") are kept: they are part of the file's name on the mirror.
func join(mirror, place string) (string, error) {
	u, err := url.Parse(mirror)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("reading the address of a mirror: got %q, want http:// or https:// and a host", redact(mirror))
	}
	u.RawQuery, u.Fragment = "", ""
	return u.JoinPath(strings.Split(place, "/")...).String(), nil
}

// redact keeps a password in a mirror's address out of messages.
func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(not an address)"
	}
	return u.Redacted()
}
