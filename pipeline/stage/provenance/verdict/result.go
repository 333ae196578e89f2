package verdict

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"dagger/dockyard/pipeline/provenance"
)

// Each has n results made, at most limit at a time, and returns them in their order.
func Each[T any](n, limit int, one func(i int) T) []T {
	out := make([]T, n)
	slots := make(chan struct{}, max(limit, 1))
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out[i] = one(i)
		})
	}
	wg.Wait()
	return out
}

// WriteResult writes a result in two-space indentation. The file gets its name only when it is complete.
func WriteResult(name string, r provenance.Result) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the provenance result: %w", err)
	}
	if err := os.WriteFile(name+".partial", append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the provenance result: %w", err)
	}
	return os.Rename(name+".partial", name)
}
