package embedded

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// tick is how often a step that goes on says so.
const tick = 30 * time.Second

// progress prints one line when a step starts and one when it ends, each with the time since the beginning. Steps may run side by side.
type progress struct {
	w     io.Writer
	start time.Time
	mu    sync.Mutex
}

func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := time.Since(p.start).Round(time.Second)
	fmt.Fprintf(p.w, "[%2d:%02d] %s\n", int(d.Minutes()), int(d.Seconds())%60, fmt.Sprintf(format, args...))
}

// step runs f under a name and reports its beginning, that it goes on, and its end.
func (p *progress) step(name string, f func() error) error {
	p.say("%s ...", name)
	begun, stop := time.Now(), make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
				p.say("%s: still at it after %s", name, time.Since(begun).Round(time.Second))
			}
		}
	}()
	err := f()
	close(stop)
	wg.Wait()
	if err != nil {
		p.say("%s: failed after %s", name, time.Since(begun).Round(time.Second))
		return err
	}
	p.say("%s: done in %s", name, time.Since(begun).Round(time.Second))
	return nil
}
