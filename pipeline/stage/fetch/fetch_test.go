package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const content = "the bytes of a package"

func sum512(s string) Digest {
	h := sha512.Sum512([]byte(s))
	return SHA512(hex.EncodeToString(h[:]))
}

// quick makes waits instant and records them.
func quick(waits *[]time.Duration) Options {
	return Options{
		Jitter: func() float64 { return 0 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			if waits != nil {
				*waits = append(*waits, d)
			}
			return ctx.Err()
		},
	}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	got, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("files in the folder: got %v, want %v", got, want)
	}
	for i := range want {
		if got[i].Name() != want[i] {
			t.Errorf("file: got %q, want %q", got[i].Name(), want[i])
		}
	}
}

func TestFile(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("User-Agent"); got != "dockyard" {
			t.Errorf("User-Agent: got %q, want dockyard", got)
		}
		fmt.Fprint(w, content)
	})
	h := sha256.Sum256([]byte(content))
	for _, want := range []Digest{sum512(content), SHA256(hex.EncodeToString(h[:]))} {
		dir := t.TempDir()
		if err := File(context.Background(), url, filepath.Join(dir, "f"), want, Options{}); err != nil {
			t.Fatal(err)
		}
		only(t, dir, "f")
		if got, _ := os.ReadFile(filepath.Join(dir, "f")); string(got) != content {
			t.Errorf("content: got %q, want %q", got, content)
		}
	}
}

func TestDigestMismatchKeepsNothing(t *testing.T) {
	var tries atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { tries.Add(1); fmt.Fprint(w, "other bytes") })
	dir := t.TempDir()
	err := File(context.Background(), url, filepath.Join(dir, "f"), sum512(content), quick(nil))
	if !errors.Is(err, ErrDigestMismatch) {
		t.Fatalf("got %v, want ErrDigestMismatch", err)
	}
	for _, d := range []Digest{sum512("other bytes"), sum512(content)} {
		if !strings.Contains(err.Error(), d.String()) {
			t.Errorf("error %q does not name %s", err, d)
		}
	}
	if tries.Load() != 1 {
		t.Errorf("tries: got %d, want 1: wrong bytes stay wrong", tries.Load())
	}
	only(t, dir)
}

func TestRetries(t *testing.T) {
	short := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content[:5])
	}
	reset := func(w http.ResponseWriter) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			c.Close()
		}
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code) }
	}
	for name, fail := range map[string]func(http.ResponseWriter){
		"408": status(408), "429": status(429), "500": status(500), "503": status(503), "short body": short, "connection closed": reset,
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tries.Add(1) < 3 {
					fail(w)
					return
				}
				fmt.Fprint(w, content)
			})
			var waits []time.Duration
			dir := t.TempDir()
			if err := File(context.Background(), url, filepath.Join(dir, "f"), sum512(content), quick(&waits)); err != nil {
				t.Fatal(err)
			}
			only(t, dir, "f")
			if want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}; fmt.Sprint(waits) != fmt.Sprint(want) {
				t.Errorf("waits: got %v, want %v", waits, want)
			}
		})
	}
}

func TestFinalStatus(t *testing.T) {
	for code, want := range map[int]error{404: ErrNotFound, 410: ErrNotFound, 401: ErrRefused, 403: ErrRefused, 206: ErrRefused} {
		var tries atomic.Int32
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { tries.Add(1); w.WriteHeader(code) })
		_, err := Bytes(context.Background(), url, 0, quick(nil))
		if !errors.Is(err, want) || tries.Load() != 1 {
			t.Errorf("status %d: got %v after %d tries, want %v after 1", code, err, tries.Load(), want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"7": 7 * time.Second, now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
		"": 0, "-3": 0, "soon": 0, "99999999999999999999": 0,
	} {
		if got := retryAfter(v, now); got != want {
			t.Errorf("Retry-After %q: got %v, want %v", v, got, want)
		}
	}
}

func TestRetryAfterBeyondDeadline(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(503)
	})
	_, err := Bytes(context.Background(), url, 0, quick(nil))
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "after the deadline of 15m0s") {
		t.Errorf("got %v, want ErrUnavailable that names the deadline", err)
	}
}

func TestUnavailable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	address := strings.Replace(s.URL, "http://", "http://user:secret@", 1) + "/pkg?token=secret"
	s.Close()
	_, err := Bytes(context.Background(), address, 0, quick(nil))
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "after 5 tries") || !strings.Contains(err.Error(), "/pkg") {
		t.Errorf("got %v, want ErrUnavailable with the address and the tries", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error shows a credential: %v", err)
	}
}

func TestSlow(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	for name, c := range map[string]struct {
		o    func(*Options)
		want string
	}{
		"stall":   {func(o *Options) { o.StallTimeout = 20 * time.Millisecond }, "no byte arrived for 20ms"},
		"attempt": {func(o *Options) { o.AttemptTimeout = 20 * time.Millisecond }, "the try took longer than 20ms"},
		"all":     {func(o *Options) { o.Deadline = 30 * time.Millisecond }, "the download took longer than 30ms"},
	} {
		o := quick(nil)
		o.Attempts = 2
		c.o(&o)
		dir := t.TempDir()
		err := File(context.Background(), url, filepath.Join(dir, "f"), sum512(content), o)
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want ErrUnavailable with %q", name, err, c.want)
		}
		only(t, dir)
	}
}

func TestTooLarge(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"declared": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 100)) },
		"streamed": func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
			}
		},
	} {
		_, err := Bytes(context.Background(), serve(t, h), 10, quick(nil))
		if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "MaxBytes") {
			t.Errorf("%s: got %v, want ErrLimit that names MaxBytes", name, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the credential went to another host")
		}
		fmt.Fprint(w, content)
	})
	target = strings.Replace(target, "127.0.0.1", "localhost", 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/loop" {
			http.Redirect(w, r, "/loop", http.StatusFound)
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	})
	o := quick(nil)
	o.Header = http.Header{"Authorization": {"Bearer secret"}}
	if got, err := Bytes(context.Background(), url, 0, o); err != nil || string(got) != content {
		t.Errorf("redirected download: got %q, %v", got, err)
	}
	if _, err := Bytes(context.Background(), url+"/loop", 0, o); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "MaxRedirects") {
		t.Errorf("redirect loop: got %v, want ErrLimit that names MaxRedirects", err)
	}
}

type fullDisk struct{ *os.File }

func (f fullDisk) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
}

func TestFullDisk(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	o := quick(nil)
	o.create = func(dir string) (file, error) {
		f, err := os.CreateTemp(dir, ".fetch-*")
		return fullDisk{f}, err
	}
	dir := t.TempDir()
	err := File(context.Background(), url, filepath.Join(dir, "f"), sum512(content), o)
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrNoSpace that names the folder", err)
	}
	only(t, dir)
}

func TestBadInput(t *testing.T) {
	for _, address := range []string{"", "ftp://host/x", "file:///etc/passwd", "http://", "://", "host/x"} {
		if _, err := Bytes(context.Background(), address, 0, quick(nil)); err == nil {
			t.Errorf("address %q: got no error", address)
		}
	}
	for _, d := range []Digest{{}, SHA512("abc"), {"md5", strings.Repeat("0", 32)}, SHA256(strings.Repeat("A", 64))} {
		if err := File(context.Background(), "http://127.0.0.1:1", "x", d, quick(nil)); err == nil {
			t.Errorf("digest %v: got no error", d)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { cancel(); w.WriteHeader(503) })
	if _, err := Bytes(ctx, url, 0, Options{}); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v, want an end at the cancelled context", err)
	}
}
