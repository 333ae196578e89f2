package npm

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/fetch"
)

// maxWorkers is how many tarballs are unpacked at a time; more do not help, since one writer takes what they read.
const maxWorkers = 4

// unpackAll reads the tarballs of entries, each verified while it is read, and returns what they hold in the order of the entries. All
// failures come together.
func unpackAll(entries []npmlock.Entry, tarballs string, spools []*spool, limits Limits) ([]contents, error) {
	out, errs := make([]contents, len(entries)), make([]error, len(entries))
	next := make(chan int)
	var wg sync.WaitGroup
	var sum total
	for _, s := range spools {
		wg.Go(func() {
			for i := range next {
				c, err := unpack(entries[i], tarballs, s, limits)
				if err == nil {
					err = sum.add(c, limits)
				}
				if err != nil {
					err = fmt.Errorf("unpacking %s: %w", entries[i].ID(), err)
				}
				out[i], errs[i] = c, err
			}
		})
	}
	for i := range entries {
		if sum.full() {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	for _, s := range spools {
		errs = append(errs, s.flush())
	}
	return out, errors.Join(errs...)
}

func newSpools(dir string) ([]*spool, error) {
	var out []*spool
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		s, err := newSpool(dir)
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
	return out, nil
}

// total is what all packages have unpacked to.
type total struct {
	sync.Mutex
	bytes   int64
	entries int
	over    bool
}

func (t *total) full() bool {
	t.Lock()
	defer t.Unlock()
	return t.over
}

func (t *total) add(c contents, limits Limits) error {
	t.Lock()
	defer t.Unlock()
	t.entries += c.entries
	for _, f := range c.files {
		t.bytes += f.data.length
	}
	switch {
	case t.bytes > limits.TotalBytes:
		t.over = true
		return tooMany("all packages unpack to more bytes", limits.TotalBytes, "TotalBytes")
	case t.entries > limits.TotalEntries:
		t.over = true
		return tooMany("all packages have more entries", limits.TotalEntries, "TotalEntries")
	}
	return nil
}

// unpack reads one tarball. The hash is that of the bytes read here, whatever the file's name says; a wrong one is reported before anything
// that the wrong bytes led to.
func unpack(e npmlock.Entry, tarballs string, s *spool, limits Limits) (contents, error) {
	sum, err := e.SHA512()
	if err != nil {
		return contents{}, err
	}
	f, err := os.Open(filepath.Join(tarballs, TarballName(sum)))
	if err != nil {
		return contents{}, fmt.Errorf("opening its tarball: %w; run stage npm-fetch first", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > limits.TarballBytes {
		return contents{}, errors.Join(err, tooMany("its tarball has more bytes", limits.TarballBytes, "TarballBytes"))
	}
	h := sha512.New()
	whole := io.TeeReader(f, h)
	c, err := readTarball(&counter{r: whole}, s, limits)
	if _, rest := io.Copy(io.Discard, whole); rest != nil {
		return contents{}, fmt.Errorf("reading its tarball: %w", rest)
	}
	if wrong := fetch.SHA512(sum).Verify(h); wrong != nil {
		return contents{}, wrong
	}
	return c, err
}
