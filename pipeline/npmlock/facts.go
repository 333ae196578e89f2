package npmlock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Facts record what a lock was made from. npm ignores the key they stand under, "dockyard".
type Facts struct {
	Before    time.Time         `json:"before"` // nothing published later was taken
	NPM       string            `json:"npm"`    // version of the resolver
	Overrides map[string]string `json:"overrides,omitempty"`
}

// UnmarshalJSON matches keys exactly.
func (f *Facts) UnmarshalJSON(raw []byte) error {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	return o.into(map[string]any{"before": &f.Before, "npm": &f.NPM, "overrides": &f.Overrides})
}

// Normalize gives npm's lock the form that is committed: facts added, addresses of the registry left out, keys sorted, two spaces, one line
// feed at the end. Equal locks and facts give equal bytes. A lock that no build could use, because a package comes from elsewhere or has no
// sufficient integrity, is an error in the category ErrLock with all such entries.
func Normalize(raw []byte, f Facts) ([]byte, error) {
	l, err := parse(raw)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrLock, err)
	}
	packages, _ := doc["packages"].(map[string]any)
	for i, e := range l.Entries {
		if e.fromRegistry() {
			entry, _ := packages[e.Path].(map[string]any)
			delete(entry, "resolved")
			l.Entries[i].Resolved = ""
		}
	}
	if err := CheckEntries("package-lock.json", l, "").Err(ErrLock); err != nil {
		return nil, err
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
