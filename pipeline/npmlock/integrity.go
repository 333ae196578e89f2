package npmlock

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// SHA512 is the hash of the entry's tarball in hexadecimal, from its integrity (W3C Subresource Integrity, "The integrity attribute"). Weaker
// hashes do not count, and two different ones are refused because any of them would do for npm.
func (e Entry) SHA512() (string, error) {
	if e.Integrity == "" {
		return "", fmt.Errorf("%w: %s has no integrity", ErrLock, e.ID())
	}
	found := ""
	for _, token := range strings.Fields(e.Integrity) {
		token, _, _ = strings.Cut(token, "?")
		sum, ok := strings.CutPrefix(token, "sha512-")
		if !ok {
			continue
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(sum)
		if err != nil || len(raw) != 64 {
			return "", fmt.Errorf("%w: %s has the integrity %.120q, want sha512- and 64 bytes in base64", ErrLock, e.ID(), token)
		}
		if got := hex.EncodeToString(raw); found == "" || found == got {
			found = got
			continue
		}
		return "", fmt.Errorf("%w: %s has the integrity %.400q, want one sha512 hash", ErrLock, e.ID(), e.Integrity)
	}
	if found == "" {
		return "", fmt.Errorf("%w: %s has the integrity %.120q, want a sha512 one", ErrLock, e.ID(), e.Integrity)
	}
	return found, nil
}

// fromRegistry tells whether the recorded address is where registries keep this tarball: ".../NAME/-/NAME-VERSION.tgz". Any registry will do,
// so such an address says nothing that name and version do not.
func (e Entry) fromRegistry() bool {
	u, err := url.Parse(e.Resolved)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	name := e.Package()
	file := name[strings.LastIndex(name, "/")+1:] + "-" + e.Version + ".tgz"
	return strings.HasSuffix(u.Path, "/"+name+"/-/"+file)
}
