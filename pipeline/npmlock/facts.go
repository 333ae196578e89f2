package npmlock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Facts record what a lock was made from. npm ignores the key they stand under, "dockyard".
type Facts struct {
	Before    time.Time         `json:"before"` // nothing published later was taken
	NPM       string            `json:"npm"`    // version of the resolver
	Overrides map[string]string `json:"overrides,omitempty"`
}

// Normalize gives npm's lock the form that is committed: facts added, download addresses left out, keys sorted, two spaces, one line feed at
// the end. Equal locks and facts give equal bytes.
func Normalize(raw []byte, f Facts) ([]byte, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: got %d bytes, want at most %d (MaxBytes)", ErrLock, len(raw), MaxBytes)
	}
	if _, err := parse(raw); err != nil {
		return nil, err
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrLock, err)
	}
	packages, _ := doc["packages"].(map[string]any)
	for _, p := range packages {
		entry, _ := p.(map[string]any)
		if resolved, _ := entry["resolved"].(string); strings.HasSuffix(resolved, ".tgz") {
			delete(entry, "resolved")
		}
	}
	f.Before = f.Before.UTC().Truncate(time.Second)
	doc["dockyard"] = f
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("writing the lock: %w", err)
	}
	return out.Bytes(), nil
}
