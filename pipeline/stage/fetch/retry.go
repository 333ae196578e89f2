package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// permanent wraps a failure that another try does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// busy is a failure after which the server asked to wait.
type busy struct {
	error
	wait time.Duration
}

func (b busy) Unwrap() error { return b.error }

// retry runs try until it succeeds, fails for good, or the tries or the time are used up.
func (o Options) retry(ctx context.Context, address string, try func(context.Context) error) error {
	start := o.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, o.Deadline, fmt.Errorf("the download took longer than %s", o.Deadline))
	defer cancel()
	wait := o.Backoff
	for n := 1; ; n++ {
		err := try(ctx)
		if err == nil {
			return nil
		}
		var final permanent
		if errors.As(err, &final) {
			return fmt.Errorf("downloading %q: %w", redact(address), final.error)
		}
		pause := min(wait, o.MaxBackoff)
		pause = pause/2 + time.Duration(o.Jitter()*float64(pause/2))
		var b busy
		if errors.As(err, &b) {
			pause = max(pause, b.wait)
		}
		reason := ""
		switch {
		case ctx.Err() != nil:
			reason = context.Cause(ctx).Error()
		case n >= o.Attempts:
			reason = "no tries left"
		case o.Now().Add(pause).After(start.Add(o.Deadline)):
			reason = fmt.Sprintf("the next try would be in %s, after the deadline of %s", pause.Round(time.Second), o.Deadline)
		default:
			if o.Sleep(ctx, pause) == nil {
				wait *= 2
				continue
			}
			reason = context.Cause(ctx).Error()
		}
		return fmt.Errorf("%w: downloading %q: gave up after %d tries and %s (%s): %w; check the address and the network, then try again",
			ErrUnavailable, redact(address), n, o.Now().Sub(start).Round(time.Millisecond), reason, err)
	}
}

// StatusError is an HTTP status that is no success. It is part of errors in the categories ErrNotFound, ErrRefused and ErrUnavailable.
type StatusError int

func (s StatusError) Error() string { return fmt.Sprintf("got HTTP status %d", int(s)) }

// checkStatus sorts answers into good, worth another try, and final.
func checkStatus(resp *http.Response, now time.Time) error {
	err := StatusError(resp.StatusCode)
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return permanent{fmt.Errorf("%w: %w", ErrNotFound, err)}
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		return busy{err, retryAfter(resp.Header.Get("Retry-After"), now)}
	}
	return permanent{fmt.Errorf("%w: %w", ErrRefused, err)}
}

// retryAfter reads the Retry-After header (RFC 9110 §10.2.3): seconds or a date. Anything else is no wish at all.
func retryAfter(v string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// connectError names the reason of a failed connection or body without the address, which may hold a secret after a redirect.
func connectError(ctx context.Context, err error) error {
	var final permanent
	if errors.As(err, &final) {
		return final
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var ca x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	if errors.As(err, &ca) || errors.As(err, &host) || errors.As(err, &invalid) {
		return permanent{fmt.Errorf("%w: %w", ErrRefused, err)}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// redact removes what may be secret from an address: user, password, query and fragment.
func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(unreadable address)"
	}
	if u.User != nil {
		u.User = url.User("REDACTED")
	}
	if u.RawQuery != "" {
		u.RawQuery = "REDACTED"
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
