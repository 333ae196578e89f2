// Package lockbase makes a base lock out of what apt-get update has left behind: it checks the signatures of the InRelease files once
// more, proves that they list the Packages files, and picks the packages.
package lockbase

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/baselock"
)

// maxSigned bounds an InRelease file, bytes; Debian 13's has 140 KB.
const maxSigned = 16 << 20

// Options says what Run locks.
type Options struct {
	Packages   map[string][]string // architecture to uncompressed Packages files; a file may be several put together
	InReleases []string            // the InRelease files that list them, each used once
	Keyring    string              // OpenPGP keys of the archive, binary
	BaseFile   string              // lock of a base whose packages are there already; "": none
	Out        string              // file for the lock

	// Request holds what to lock; its Packages, Base and Releases are filled in by Run.
	Request baselock.Request
}

// Run makes the lock, writes it and returns it with the notes of baselock.FromApt.
func Run(o Options) (*baselock.Lock, []string, error) {
	q := o.Request
	if o.BaseFile != "" {
		raw, err := readBounded(o.BaseFile, baselock.MaxBytes)
		if err != nil {
			return nil, nil, err
		}
		if q.Base, err = baselock.Parse(o.BaseFile, raw); err != nil {
			return nil, nil, err
		}
	}
	q.Packages = map[string][]byte{}
	for arch, files := range o.Packages {
		for _, file := range files {
			raw, err := readBounded(file, baselock.MaxIndexBytes)
			if err != nil {
				return nil, nil, err
			}
			q.Packages[arch] = append(q.Packages[arch], raw...)
		}
	}
	var err error
	if q.Releases, err = chain(o, q.Packages); err != nil {
		return nil, nil, err
	}
	l, notes, err := baselock.FromApt(q)
	if err != nil {
		return nil, notes, err
	}
	raw, err := l.Encode()
	if err != nil {
		return nil, notes, err
	}
	return l, notes, os.WriteFile(o.Out, raw, 0o644)
}

// chain verifies the InRelease files and links the Packages files to them.
func chain(o Options, packages map[string][]byte) ([]baselock.Release, error) {
	keys, err := readKeyring(o.Keyring)
	if err != nil {
		return nil, err
	}
	var files []*baselock.ReleaseFile
	var out []baselock.Release
	for _, name := range o.InReleases {
		signed, err := readBounded(name, maxSigned)
		if err != nil {
			return nil, err
		}
		body, signers, err := verify(keys, signed)
		if err != nil {
			return nil, fmt.Errorf("checking the signature of %q: %w", name, err)
		}
		f, err := baselock.ParseRelease(body)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		sum := sha256.Sum256(signed)
		files = append(files, f)
		out = append(out, baselock.Release{
			Suite: f.Codename, Date: f.Date.UTC().Format(time.RFC3339), InRelease: "sha256:" + hex.EncodeToString(sum[:]), SignedBy: signers, Packages: map[string]string{},
		})
	}
	for _, arch := range baselock.Architectures {
		found, err := baselock.Link(arch, packages[arch], files)
		if err != nil {
			return nil, err
		}
		for i, digest := range found {
			out[i].Packages[arch] = digest
		}
	}
	slices.SortFunc(out, func(a, b baselock.Release) int { return strings.Compare(a.Suite, b.Suite) })
	return out, nil
}

func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("reading %q: got more than %d bytes", name, limit)
	}
	return raw, nil
}
