package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// File downloads address to the file name, whose folder must exist. The body is written to a temporary file beside it and renamed only
// when it is complete and has the digest, so a file under that name is always whole. Whatever was there is replaced.
func File(ctx context.Context, address, name string, want Digest, o Options) error {
	o = o.withDefaults()
	h, err := want.Hash()
	if err != nil {
		return fmt.Errorf("downloading %q: %w", redact(address), err)
	}
	return o.retry(ctx, address, func(ctx context.Context) error {
		h.Reset()
		return o.toFile(ctx, address, name, h, want)
	})
}

// Bytes downloads address into memory. limit is the size in bytes above which it fails with ErrLimit; 0 is Options.MaxBytes.
func Bytes(ctx context.Context, address string, limit int64, o Options) ([]byte, error) {
	o = o.withDefaults()
	if limit > 0 {
		o.MaxBytes = limit
	}
	var buf bytes.Buffer
	err := o.retry(ctx, address, func(ctx context.Context) error {
		buf.Reset()
		return o.get(ctx, address, &buf)
	})
	if err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (o Options) toFile(ctx context.Context, address, name string, h hash.Hash, want Digest) error {
	f, err := o.create(filepath.Dir(name))
	if err != nil {
		return permanent{localError(err, name)}
	}
	kept := false
	defer func() {
		if !kept {
			os.Remove(f.Name())
		}
	}()
	err = o.get(ctx, address, io.MultiWriter(local{f, name}, h))
	if cerr := f.Close(); err == nil && cerr != nil {
		err = permanent{localError(cerr, name)}
	}
	if err != nil {
		return err
	}
	if err := want.Verify(h); err != nil {
		return permanent{err}
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return permanent{localError(err, name)}
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return permanent{localError(err, name)}
	}
	kept = true
	return nil
}

// get does one try: request, status, body.
func (o Options) get(ctx context.Context, address string, w io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, o.AttemptTimeout, fmt.Errorf("the try took longer than %s", o.AttemptTimeout))
	defer cancel()
	ctx, stalled := context.WithCancelCause(ctx)
	defer stalled(nil)
	watch := time.AfterFunc(o.StallTimeout, func() { stalled(fmt.Errorf("no byte arrived for %s", o.StallTimeout)) })
	defer watch.Stop()

	req, err := o.request(ctx, address)
	if err != nil {
		return permanent{err}
	}
	client := &http.Client{Transport: authorizing{o.Transport, o.Authorize}, CheckRedirect: o.checkRedirect}
	resp, err := client.Do(req)
	if err != nil {
		return connectError(ctx, err)
	}
	defer resp.Body.Close()
	if err := checkStatus(resp, o.Now()); err != nil {
		return err
	}
	if resp.ContentLength > o.MaxBytes {
		return permanent{o.tooLarge(resp.ContentLength)}
	}
	body := &progress{r: resp.Body, watch: watch, stall: o.StallTimeout}
	n, err := io.Copy(w, io.LimitReader(body, o.MaxBytes+1))
	if err != nil {
		return connectError(ctx, err)
	}
	if n > o.MaxBytes {
		return permanent{o.tooLarge(n)}
	}
	return nil
}

func (o Options) request(ctx context.Context, address string) (*http.Request, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, errors.New("want an absolute http or https address")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("want a valid http or https address")
	}
	for k, v := range o.Header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	if o.Accept != "" {
		req.Header.Set("Accept", o.Accept)
	}
	req.Header.Set("User-Agent", "dockyard")
	return req, nil
}

// authorizing adds credentials on the way out, where no redirect can carry them along.
type authorizing struct {
	http.RoundTripper
	authorize func(*url.URL) string
}

func (a authorizing) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.authorize != nil && req.Header.Get("Authorization") == "" {
		if value := a.authorize(req.URL); value != "" {
			req = req.Clone(req.Context())
			req.Header.Set("Authorization", value)
		}
	}
	return a.RoundTripper.RoundTrip(req)
}

func (o Options) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > max(o.MaxRedirects, 0) {
		return permanent{fmt.Errorf("%w: MaxRedirects: got more than %d redirects", ErrLimit, max(o.MaxRedirects, 0))}
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return permanent{fmt.Errorf("%w: redirected from https to %s", ErrRefused, req.URL.Scheme)}
	}
	return nil
}

func (o Options) tooLarge(n int64) error {
	return fmt.Errorf("%w: MaxBytes: the body has at least %d bytes, want at most %d", ErrLimit, n, o.MaxBytes)
}

// progress pushes the stall watch back with every read that brings bytes.
type progress struct {
	r     io.Reader
	watch *time.Timer
	stall time.Duration
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.watch.Reset(p.stall)
	}
	return n, err
}

// local marks write errors as ours, so that they are not taken for failures of the network.
type local struct {
	w    io.Writer
	name string
}

func (l local) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if err != nil {
		err = permanent{localError(err, l.name)}
	}
	return n, err
}

func localError(err error, name string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: writing %q; free space there or choose another folder", ErrNoSpace, name)
	}
	return fmt.Errorf("writing %q: %w", name, err)
}
