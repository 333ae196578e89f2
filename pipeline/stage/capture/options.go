// Package capture starts the server of an image the way the image says, without its user's privileges over anything, and records what it shows
// to a model. It is meant to run as root in the image's own root file system, in a container without network; the server runs as the image's
// user. Nothing the server sends is trusted: every line, list and wait has a bound.
package capture

import "time"

// Limits bound one capture. A zero field stands for the default beside it.
type Limits struct {
	Start   time.Duration // 60 s: from starting a process to its answer to the handshake
	Request time.Duration // 15 s: for any other answer
	Extra   time.Duration // 2 s: for answers the capture can do without
	Total   time.Duration // 180 s: for all starts together

	Line   int   // 16 MiB: of one message
	Output int64 // 64 MiB: of standard output, and of standard error, of one process
	Pages  int   // 100: of one list
	Items  int   // 10000: of one list

	Memory    int64 // 1 GiB: resident memory of all processes of the server together
	Data      int64 // 4 GiB: RLIMIT_DATA of each. Node.js reserves half a GiB a worker and uses little of it, for which RLIMIT_AS would break it
	Processes int   // 256: processes and threads of the server; RLIMIT_NPROC, which counts all of the user on the machine, is four times that
	File      int64 // 64 MiB: RLIMIT_FSIZE
	Files     int   // 1024: RLIMIT_NOFILE
}

// or returns v, or the default where v is zero.
func or[T comparable](v, standard T) T {
	var zero T
	if v == zero {
		return standard
	}
	return v
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Start: or(l.Start, time.Minute), Request: or(l.Request, 15*time.Second), Extra: or(l.Extra, 2*time.Second), Total: or(l.Total, 3*time.Minute),
		Line: or(l.Line, 16<<20), Output: or(l.Output, 64<<20), Pages: or(l.Pages, 100), Items: or(l.Items, 10000),
		Memory: or(l.Memory, 1<<30), Data: or(l.Data, 4<<30), Processes: or(l.Processes, 256), File: or(l.File, 64<<20), Files: or(l.Files, 1024),
	}
}

// More bounds, which nobody has had a reason to change.
const (
	maxServerRequests = 1000     // of the server to its client, in one process
	maxNoise          = 10000    // lines on standard output that are no messages, in one process
	keptNoise         = 5        // of them in a warning
	keptStderr        = 16 << 10 // bytes, from the end
	keptText          = 300      // bytes of the server's text in one detail or warning
	maxDifferences    = 100      // listed
	maxRetries        = 3        // with made-up credentials
	maxCredentials    = 16       // variables
	maxConfigBytes    = 4 << 20  // of the image's configuration and of the mock environment
)
