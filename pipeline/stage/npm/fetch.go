package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
)

// FetchOptions say which tarballs to fetch and from where.
type FetchOptions struct {
	LockFile    string
	Registries  npmregistry.Registries // as npm's configuration has them
	Platforms   []string               // what any of them installs is fetched
	Out         string                 // folder for the tarballs; made when it is missing
	Concurrency int                    // downloads at the same time; 0 is 16
	MaxTarball  int64                  // bytes of one tarball; 0 is 512 MiB
	Credentials credentials.Files

	HTTP fetch.Options
}

// maxPackument bounds the registry's description of one package.
const maxPackument = 64 << 20

// Fetch downloads every tarball that the lock names for the platforms to Out/sha512-HEX.tgz. A file has its name only when its bytes have the
// hash in it; one that is there already is kept. Packages of a scope with a registry of its own come from there. After a failure no download is started, and those under way are waited for and reported too.
func Fetch(ctx context.Context, o FetchOptions) error {
	l, err := ReadLock(o.LockFile)
	if err != nil {
		return err
	}
	wanted, err := tarballs(l, o.Platforms)
	if err != nil {
		return err
	}
	for _, e := range wanted {
		if u, err := url.Parse(o.Registries.Of(e.Package())); err != nil || u.Host == "" {
			return fmt.Errorf("fetching %s from registry %q: want an address such as npm's setting `registry` has", e.ID(), o.Registries.Of(e.Package()))
		}
	}
	known, err := credentials.Load(o.Credentials)
	if err != nil {
		return err
	}
	o.HTTP.Authorize = known.Authorization
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("making the folder for tarballs: %w", err)
	}
	if o.HTTP.MaxBytes = o.MaxTarball; o.MaxTarball == 0 {
		o.HTTP.MaxBytes = 512 << 20
	}
	return each(ctx, wanted, o.Concurrency, func(ctx context.Context, e npmlock.Entry) error {
		return o.one(ctx, e)
	})
}

// tarballs are the entries to fetch, one for each hash.
func tarballs(l *npmlock.Lock, platforms []string) ([]npmlock.Entry, error) {
	var out []npmlock.Entry
	var errs []error
	seen := map[string]bool{}
	for _, p := range platforms {
		entries, err := l.Select(p)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.InBundle {
				continue
			}
			sum, err := e.SHA512()
			if err != nil {
				errs = append(errs, err)
			} else if !seen[sum] {
				seen[sum] = true
				out = append(out, e)
			}
		}
	}
	return out, errors.Join(errs...)
}

// one fetches a tarball from where registries keep it by convention, and asks the registry for the address only where it is not there. Either
// way the hash decides.
func (o FetchOptions) one(ctx context.Context, e npmlock.Entry) error {
	registry, err := url.Parse(o.Registries.Of(e.Package()))
	if err != nil {
		return err
	}
	sum, err := e.SHA512()
	if err != nil {
		return err
	}
	name := filepath.Join(o.Out, TarballName(sum))
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	base := e.Package()[strings.LastIndex(e.Package(), "/")+1:]
	address := registry.JoinPath(e.Package(), "-", base+"-"+e.Version+".tgz").String()
	err = fetch.File(ctx, address, name, fetch.SHA512(sum), o.HTTP)
	if errors.Is(err, fetch.ErrNotFound) {
		if address, err = o.ask(ctx, registry, e); err == nil {
			err = fetch.File(ctx, address, name, fetch.SHA512(sum), o.HTTP)
		}
	}
	switch {
	case errors.Is(err, fetch.ErrDigestMismatch):
		return fmt.Errorf("fetching %s: %w; the registry has other bytes than were locked: find out why before you lock it again", e.ID(), err)
	case err != nil:
		return fmt.Errorf("fetching %s: %w", e.ID(), err)
	}
	return nil
}

// ask reads the tarball's address from the registry's description of the package (npm's abbreviated packument).
func (o FetchOptions) ask(ctx context.Context, registry *url.URL, e npmlock.Entry) (string, error) {
	h := o.HTTP
	h.Accept = "application/vnd.npm.install-v1+json"
	address := registry.String() + "/" + strings.ReplaceAll(e.Package(), "/", "%2f")
	if strings.HasSuffix(registry.Path, "/") {
		address = registry.String() + strings.ReplaceAll(e.Package(), "/", "%2f")
	}
	raw, err := fetch.Bytes(ctx, address, maxPackument, h)
	if err != nil {
		return "", err
	}
	var doc struct {
		Versions map[string]struct {
			Dist struct {
				Tarball string `json:"tarball"`
			} `json:"dist"`
		} `json:"versions"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", fmt.Errorf("reading the registry's description: %w", err)
	}
	found := doc.Versions[e.Version].Dist.Tarball
	if u, err := url.Parse(found); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%w: the registry names no tarball for version %s", fetch.ErrNotFound, e.Version)
	}
	return found, nil
}

// each runs f for all entries, some at a time, and joins their errors in the order of the entries. A failure lets those that run finish and
// starts no more.
func each(ctx context.Context, entries []npmlock.Entry, limit int, f func(context.Context, npmlock.Entry) error) error {
	if limit <= 0 {
		limit = 16
	}
	errs := make([]error, len(entries))
	next, stop := make(chan int), make(chan struct{})
	var wg sync.WaitGroup
	var once sync.Once
	for range min(limit, len(entries)) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = f(ctx, entries[i]); errs[i] != nil {
					once.Do(func() { close(stop) })
				}
			}
		})
	}
	for i := range entries {
		select {
		case next <- i:
			continue
		case <-stop:
		case <-ctx.Done():
			errs[i] = ctx.Err()
		}
		break
	}
	close(next)
	wg.Wait()
	return errors.Join(slices.DeleteFunc(errs, func(e error) bool { return e == nil })...)
}
