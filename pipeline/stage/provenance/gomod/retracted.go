package gomod

import (
	"fmt"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// maxRetracted bounds what the go command says of a lock's modules, in bytes.
const maxRetracted = 64 << 20

// retractions reads what the go command said of retractions; name "" is that it was not asked.
func (c *checker) retractions(name string, lock *golock.Lock) error {
	if name == "" {
		return nil
	}
	raw, err := readAtMost(name, maxRetracted+1)
	if err != nil {
		return err
	}
	found, err := golock.Retractions(raw, lock.Requires)
	if err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	c.asked, c.retracted = true, map[string]golock.Retraction{}
	for _, r := range found {
		c.retracted[r.ID()] = r
	}
	return nil
}

// retraction tells what the authors of a module say of its version. It changes no status: the bytes are those of the lock either way.
func (c *checker) retraction(d *verdict.Draft, t target) {
	if !c.asked || t.path == toolchainModule {
		return
	}
	switch r, ok := c.retracted[t.path+"@"+t.version]; {
	case !ok:
		d.Pass(provenance.CheckRetracted, "it was not")
	case r.Retracted:
		why := r.Because()
		d.Facts().Yanked = &why
		d.Note("RETRACTED", "its authors retracted it: %s", why)
	default:
		d.Skip(provenance.CheckRetracted, r.Unknown)
		d.Note("RETRACTION-UNKNOWN", "whether its authors retracted it is not known: %s", r.Unknown)
	}
}
