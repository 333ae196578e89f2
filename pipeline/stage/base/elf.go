package base

import (
	"errors"
	"fmt"

	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// checkELF refuses programs and libraries that cannot run on the base. Those for other machines, which a server's package may bring
// along, have no place here either. glibc is the version in the lock; "" checks none.
func checkELF(arch, glibc string, t *layer.Tree) error {
	r, err := elfcheck.Check(t, elfcheck.Options{Platform: "linux/" + arch, Glibc: glibc})
	if err != nil {
		return fmt.Errorf("checking programs and libraries: %w", err)
	}
	var foreign []error
	for _, f := range r.Foreign {
		foreign = append(foreign, fmt.Errorf("%w: %q is %s, want %s", ErrPackage, f.Path, f.Reason, arch))
	}
	return errors.Join(foreign...)
}
