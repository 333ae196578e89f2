// Package credentials finds what a registry wants to see in the header Authorization, in the files that npm, pip and Go read: .npmrc,
// pip.conf and .netrc. A credential belongs to one host, and below it to one path; it is never sent anywhere else, and never part of an error.
package credentials

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// ErrCredentials is the category of files that cannot be read as credentials. Messages never repeat the lines of such a file.
var ErrCredentials = errors.New("unusable credentials file")

// maxFile bounds a file of credentials, in bytes.
const maxFile = 1 << 20

// Store holds credentials. The zero value has none. It is not changed after it was made, so many goroutines may use it.
type Store struct {
	entries []entry
}

// entry is the value of Authorization for addresses at a host and below a path.
type entry struct {
	host string // as in url.URL.Host: with the port where there is one
	path string // begins and ends in "/"
	auth string

	anyPort bool // host has no port and stands for all of them
}

// Files name the files to read; "" reads none.
type Files struct {
	NPMRC     string
	Netrc     string
	PipConfig string // pip.conf, whose addresses may have a user and a password in them
}

// Load reads the files. Where both have a credential for an address, the one with the longer path counts, and else that of the field that comes first, but for .netrc, which comes last.
func Load(f Files) (*Store, error) {
	s := &Store{}
	for _, one := range []struct {
		name  string
		parse func(string) ([]entry, error)
	}{{f.NPMRC, parseNPMRC}, {f.PipConfig, parsePipConfig}, {f.Netrc, parseNetrc}} {
		if one.name == "" {
			continue
		}
		text, err := read(one.name)
		if err != nil {
			return nil, err
		}
		entries, err := one.parse(text)
		if err != nil {
			return nil, fmt.Errorf("reading credentials from %q: %w", one.name, err)
		}
		s.entries = append(s.entries, entries...)
	}
	return s, nil
}

func read(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("opening a credentials file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("reading the credentials file %q: %w", name, err)
	}
	if len(raw) > maxFile {
		return "", fmt.Errorf("%w: %q has more than %d bytes", ErrCredentials, name, maxFile)
	}
	return string(raw), nil
}

// Authorization is the header's value for an address, "" where there is none. The host must be the same to the letter, port included; only a
// machine of a .netrc that is written without a port stands for all of its ports, as other programs read that file. The path that the credential
// is for must lead to the address; of several the longest path counts. A nil Store has none.
func (s *Store) Authorization(u *url.URL) string {
	if s == nil {
		return ""
	}
	best, found := -1, ""
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	for _, e := range s.entries {
		if !(sameHost(e.host, u) || e.anyPort && strings.EqualFold(e.host, u.Hostname())) || !strings.HasPrefix(path+"/", e.path) || climbs(path) || len(e.path) <= best {
			continue
		}
		best, found = len(e.path), e.auth
	}
	return found
}

// climbs tells whether a path has dot segments, also as escapes: it might lead out of the folder that it seems to be in.
func climbs(path string) bool {
	path = strings.ReplaceAll(strings.ToLower(path), "%2e", ".")
	for _, part := range strings.FieldsFunc(strings.ReplaceAll(path, "%2f", "/"), func(r rune) bool { return r == '/' }) {
		if part == ".." || part == "." {
			return true
		}
	}
	return false
}

// sameHost compares hosts; a default port is as good as none.
func sameHost(host string, u *url.URL) bool {
	plain := func(h string) string {
		h = strings.ToLower(h)
		switch u.Scheme {
		case "https":
			return strings.TrimSuffix(h, ":443")
		case "http":
			return strings.TrimSuffix(h, ":80")
		}
		return h
	}
	return plain(host) == plain(u.Host)
}

// basic is HTTP basic authentication (RFC 7617).
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// header refuses what cannot stand in a header.
func header(value string) error {
	if strings.IndexFunc(value, func(r rune) bool { return r < 0x20 || r > 0x7e }) >= 0 {
		return errors.New("a credential has characters that cannot be sent")
	}
	return nil
}
