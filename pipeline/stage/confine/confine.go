// Package confine starts a program without privileges: as a user that is not root, without groups, capabilities or a way to get them, with
// limits. The stage program starts itself as the child that gives everything up and then becomes the program.
package confine

import (
	"encoding/json"
	"fmt"
)

// Name is the subcommand that becomes a program.
const Name = "confined"

// maxBytes bounds arguments and environment of a program; Linux bounds one argument at 128 KiB.
const maxBytes = 100 << 10

// Spec says what the child becomes.
type Spec struct {
	Argv, Env []string
	Dir       string
	UID, GID  int

	Data, File, Files, Processes uint64 // limits: RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC
}

// Arguments are those that start this program (/proc/self/exe) as the child.
func (s Spec) Arguments() ([]string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("starting %.100q: arguments and environment take %d bytes, want at most %d", s.Argv, len(raw), maxBytes)
	}
	return []string{"stage", Name, string(raw)}, nil
}
