package sdist

import (
	_ "embed"
	"encoding/json"
)

// fetch has pip find and download source distributions. `pip download` cannot be used: it runs their code to learn what they require.
//
//go:embed fetch.py
var fetch string

// MaxSdist bounds a source distribution as it is, in bytes.
const MaxSdist = 64 << 20

// FetchArgv is the command to run where pip is. It downloads each item to a folder and refuses what has another hash; nothing of it is run.
func FetchArgv(items []Item, dir string) ([]string, error) {
	raw, err := json.Marshal(map[string]any{"sdists": items, "dir": dir, "limit": MaxSdist})
	return []string{"python3", "-c", fetch, string(raw)}, err
}
