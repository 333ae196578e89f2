// Package fetch downloads files over HTTP within explicit bounds. A file appears under its final name only when it is complete and its hash
// is the expected one.
package fetch

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Categories of failures, for errors.Is.
var (
	ErrUnavailable    = errors.New("server unavailable")      // no usable answer within the tries and the time
	ErrNotFound       = errors.New("not found")               // the server says 404 or 410
	ErrRefused        = errors.New("request refused")         // any other status that a retry does not mend
	ErrDigestMismatch = errors.New("digest mismatch")         // the bytes are not the expected ones
	ErrLimit          = errors.New("limit exceeded")          // a named bound was reached
	ErrNoSpace        = errors.New("no space left on device") // the folder of the target is full
)

// Options bounds one download. The zero value is ready for use.
type Options struct {
	Attempts       int           // tries in all; 0 is 5
	AttemptTimeout time.Duration // one try, from the connection to the last byte; 0 is 5 minutes
	StallTimeout   time.Duration // one try ends when no byte arrives for this long; 0 is 30 seconds
	Deadline       time.Duration // all tries and the waiting between them; 0 is 15 minutes
	Backoff        time.Duration // wait before the second try, doubled before each further one; 0 is 500 milliseconds
	MaxBackoff     time.Duration // longest computed wait between tries; 0 is 30 seconds
	MaxBytes       int64         // size of the body; 0 is 512 MiB
	MaxRedirects   int           // redirects followed in one try; 0 is 5, negative is none
	Accept         string        // value of the Accept header; "" sends none
	Header         http.Header   // sent to the named host; net/http drops credentials when a redirect leaves it
	Transport      http.RoundTripper

	// Authorize gives the value of the header Authorization for an address, "" for none; nil is none for all. It is asked for the named address
	// and again for each one a redirect leads to, so that a credential goes to the host it belongs to and no other.
	Authorize func(*url.URL) string

	Sleep  func(ctx context.Context, d time.Duration) error // nil waits for d or the end of ctx
	Now    func() time.Time                                 // nil is time.Now
	Jitter func() float64                                   // factor in [0,1) for the random half of a wait; nil is a random source

	create func(dir string) (file, error) // nil makes a temporary file in dir
}

// file is what a download is written to before it gets its name.
type file interface {
	Write(p []byte) (int, error)
	Close() error
	Name() string
}

// transport is shared by all downloads so that connections are reused. It leaves bodies as they are: a .tgz that a server labels as
// gzip-encoded must not be unpacked on the way to its hash.
var transport = newTransport()

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = 32
	t.ResponseHeaderTimeout = time.Minute
	return t
}

func (o Options) withDefaults() Options {
	o.Attempts = orInt(o.Attempts, 5)
	o.AttemptTimeout = orDuration(o.AttemptTimeout, 5*time.Minute)
	o.StallTimeout = orDuration(o.StallTimeout, 30*time.Second)
	o.Deadline = orDuration(o.Deadline, 15*time.Minute)
	o.Backoff = orDuration(o.Backoff, 500*time.Millisecond)
	o.MaxBackoff = orDuration(o.MaxBackoff, 30*time.Second)
	o.MaxRedirects = orInt(o.MaxRedirects, 5)
	if o.MaxBytes == 0 {
		o.MaxBytes = 512 << 20
	}
	if o.Transport == nil {
		o.Transport = transport
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.create == nil {
		o.create = func(dir string) (file, error) { return os.CreateTemp(dir, ".fetch-*") }
	}
	return o
}

func orInt(v, zero int) int {
	if v == 0 {
		return zero
	}
	return v
}

func orDuration(v, zero time.Duration) time.Duration {
	if v == 0 {
		return zero
	}
	return v
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
