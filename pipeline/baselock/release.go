package baselock

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxReleaseBytes bounds the body of an InRelease file; Debian 13's has 140 KB.
const maxReleaseBytes = 16 << 20

// ReleaseFile is the body of an InRelease file whose signature has been checked.
type ReleaseFile struct {
	Codename string    // "trixie-updates"
	Date     time.Time // when it was signed
	Until    time.Time // Valid-Until; zero when the archive gives no end, as Debian does for the main suite
	files    []listed
}

// listed is one line of the SHA256 section.
type listed struct {
	sum  string
	size int64
	path string
}

// ParseRelease reads the body of an InRelease file (Debian repository format, "Release files"): the text between the lines of the
// clear-signature, not the signed file itself.
func ParseRelease(body []byte) (*ReleaseFile, error) {
	if len(body) > maxReleaseBytes {
		return nil, fmt.Errorf("reading InRelease: got %d bytes, want at most %d", len(body), maxReleaseBytes)
	}
	var r ReleaseFile
	section := ""
	for n, line := range strings.Split(string(body), "\n") {
		line = strings.TrimRight(line, "\r \t")
		if line == "" {
			continue
		}
		if line[0] != ' ' {
			key, value, _ := strings.Cut(line, ":")
			section = key
			if err := r.field(key, strings.TrimSpace(value)); err != nil {
				return nil, fmt.Errorf("reading InRelease, line %d: %w", n+1, err)
			}
			continue
		}
		if section == "SHA256" {
			f, err := parseListed(line)
			if err != nil {
				return nil, fmt.Errorf("reading InRelease, line %d: %w", n+1, err)
			}
			r.files = append(r.files, f)
		}
	}
	if r.Codename == "" || r.Date.IsZero() || len(r.files) == 0 {
		return nil, errors.New("reading InRelease: want the fields Codename, Date and SHA256")
	}
	return &r, nil
}

func (r *ReleaseFile) field(key, value string) (err error) {
	switch key {
	case "Codename":
		r.Codename = value
	case "Date":
		r.Date, err = time.Parse(time.RFC1123, value)
	case "Valid-Until":
		r.Until, err = time.Parse(time.RFC1123, value)
	}
	return err
}

func parseListed(line string) (listed, error) {
	f := strings.Fields(line)
	if len(f) != 3 || !hexGrammar.MatchString(f[0]) {
		return listed{}, fmt.Errorf("got %.120q, want a SHA-256 digest, a size and a path", line)
	}
	size, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil || size < 0 {
		return listed{}, fmt.Errorf("got size %q of %q, want a number of bytes", f[1], f[2])
	}
	return listed{sum: f[0], size: size, path: f[2]}, nil
}

// Link proves that text is nothing but Packages files of arch that the release files list: one of them, or several one after the other.
// It returns the digest of each part by the index of its release file. Each release file may be used once.
func Link(arch string, text []byte, releases []*ReleaseFile) (map[int]string, error) {
	found := map[int]string{}
	for rest := text; len(rest) > 0; {
		i, f, ok := nextPart(arch, rest, releases, found)
		if !ok {
			return nil, fmt.Errorf("linking Packages of %s to InRelease files: the %d bytes from offset %d are not listed in any of them; hand over uncompressed Packages and InRelease files of one apt-get update",
				arch, len(rest), len(text)-len(rest))
		}
		found[i] = "sha256:" + f.sum
		rest = rest[f.size:]
	}
	return found, nil
}

func nextPart(arch string, rest []byte, releases []*ReleaseFile, used map[int]string) (int, listed, bool) {
	for i, r := range releases {
		if _, ok := used[i]; ok {
			continue
		}
		for _, f := range r.files {
			if f.size == 0 || f.size > int64(len(rest)) || f.path != "main/binary-"+arch+"/Packages" {
				continue
			}
			if sum := sha256.Sum256(rest[:f.size]); hex.EncodeToString(sum[:]) == f.sum && startsStanza(rest[f.size:]) {
				return i, f, true
			}
		}
	}
	return 0, listed{}, false
}

// startsStanza tells whether a part may begin here: at the end, or with the first field of a paragraph.
func startsStanza(rest []byte) bool {
	return len(rest) == 0 || bytes.HasPrefix(rest, []byte("Package: "))
}
