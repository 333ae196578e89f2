// Package pipindex asks pip which index it takes packages from.
package pipindex

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// maxOutput bounds what pip is believed to print, in bytes.
const maxOutput = 1 << 20

// ErrIndex is the category of configurations of pip that name no index. Messages never repeat an address, which may hold a password.
var ErrIndex = errors.New("unusable index of pip")

// program has pip parse the options of `pip download` without any: what comes out is its configuration files, its environment and its own default
// together. Users and passwords in addresses, queries and fragments are left out before anything is printed.
const program = `
import json
from urllib.parse import urlsplit, urlunsplit
from pip._internal.commands import create_command
def plain(address):
    u = urlsplit(address)
    return urlunsplit((u.scheme, u.netloc.rpartition("@")[2], u.path, "", ""))
o, _ = create_command("download").parse_args([])
print(json.dumps({"index": "" if o.no_index else plain(o.index_url or ""), "extra": [] if o.no_index else [plain(u) for u in o.extra_index_urls or []]}))
`

// Argv is the command to run where pip is. It prints what Parse reads, and asks no network.
func Argv() []string { return []string{"python3", "-c", program} }

// Index is where pip takes packages from, without credentials.
type Index struct {
	Address string   `json:"index"`
	Extra   []string `json:"extra"` // further ones, which pip treats alike
}

// Args are flags of the stage program: --index=ADDRESS for each index, that of index-url first.
func (x Index) Args() []string {
	out := []string{"--index=" + x.Address}
	for _, address := range x.Extra {
		out = append(out, "--index="+address)
	}
	return out
}

// Parse reads what the command printed. Errors are in the category ErrIndex.
func Parse(stdout string) (Index, error) {
	if len(stdout) > maxOutput {
		return Index{}, fmt.Errorf("%w: got %d bytes from pip, want at most %d (maxOutput)", ErrIndex, len(stdout), maxOutput)
	}
	var x Index
	if err := json.Unmarshal([]byte(strings.TrimSpace(stdout)), &x); err != nil {
		return Index{}, fmt.Errorf("%w: want one JSON object from pip", ErrIndex)
	}
	if x.Address == "" {
		return Index{}, fmt.Errorf("%w: pip is configured to use none; set index-url in pip.conf", ErrIndex)
	}
	for _, address := range append([]string{x.Address}, x.Extra...) {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return Index{}, fmt.Errorf("%w: want http or https addresses in index-url and extra-index-url", ErrIndex)
		}
	}
	return x, nil
}
