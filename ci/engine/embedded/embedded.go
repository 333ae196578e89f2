// Package embedded builds a Dagger engine from pinned Go modules and Debian packages, and runs it in mount, process and network namespaces
// of its own. Everything lives under one cache folder; the host's files, mounts, interfaces and firewall stay as they were.
package embedded

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Version is the release of the engine, the CLI and the SDK; GoVersion is the toolchain they are built with. The release's codegen writes its
// own Go version into go.mod files, so another toolchain here would make modules that the official engine refuses.
const (
	Version   = "v0.19.10"
	GoVersion = "1.25.5"
)

// ErrUnsupported is the category of machines that cannot run the embedded engine.
var ErrUnsupported = errors.New("the embedded engine cannot run here")

// Options configure an Engine.
type Options struct {
	Log   io.Writer // progress for a person, a line per step; nil discards it
	Name  string    // one of several engines side by side, [a-z0-9-]{1,32}; "" is "default"
	Cache string    // folder for everything built and written; "" is dockyard/engine in the user's cache folder (XDG_CACHE_HOME)
}

// Engine is one embedded engine, running or not.
type Engine struct {
	cache    string
	name     string
	progress *progress
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// maxSocketPath is the room for a path in sockaddr_un (unix(7)), less the terminating zero.
const maxSocketPath = 107

// Open names an engine. It touches nothing.
func Open(o Options) (*Engine, error) {
	if o.Name == "" {
		o.Name = "default"
	}
	if !namePattern.MatchString(o.Name) {
		return nil, fmt.Errorf("opening engine %q: want lower-case letters, digits and hyphens, at most 32", o.Name)
	}
	if o.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("finding the cache folder: %w; set XDG_CACHE_HOME or HOME", err)
		}
		o.Cache = filepath.Join(dir, "dockyard", "engine")
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	e := &Engine{cache: o.Cache, name: o.Name, progress: &progress{w: o.Log, start: time.Now()}}
	if n := len(e.socket()); n > maxSocketPath {
		return nil, fmt.Errorf("opening engine %q: its socket path has %d bytes, want at most %d; choose a shorter XDG_CACHE_HOME", e.socket(), n, maxSocketPath)
	}
	return e, nil
}

// Address is what a Dagger client needs to reach this engine.
func (e *Engine) Address() string { return "unix://" + e.socket() }

// CLI is the path of the Dagger CLI of the engine's release. It exists after Up.
func (e *Engine) CLI() string { return e.binary("dagger") }

// Status tells what is known of an engine without changing anything.
type Status struct {
	Name, Address, State, Log string
	Answers                   bool
	Pid                       int // of the supervisor; 0 when there is none
}

func (s Status) String() string {
	state := "not running"
	switch {
	case s.Answers:
		state = fmt.Sprintf("running, supervised by process %d", s.Pid)
	case s.Pid != 0:
		state = fmt.Sprintf("process %d is there but does not answer; `down` ends it", s.Pid)
	}
	return fmt.Sprintf("engine   %s (Dagger %s): %s\naddress  %s\nstate    %s\nlog      %s\n", s.Name, Version, state, s.Address, s.State, s.Log)
}

// Status reports whether the engine answers on its socket.
func (e *Engine) Status() Status {
	return Status{
		Name: e.name, Address: e.Address(), State: e.instance("state"), Log: e.logFile(),
		Answers: e.answers(), Pid: e.supervisor(),
	}
}

// CopyLog writes the engine's log to w.
func (e *Engine) CopyLog(w io.Writer) error {
	f, err := os.Open(e.logFile())
	if err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func (e *Engine) answers() bool {
	c, err := net.DialTimeout("unix", e.socket(), time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// instance is a path in the folder of this one engine; what engines share lies beside it, under the cache folder.
func (e *Engine) instance(elem ...string) string {
	return filepath.Join(append([]string{e.cache, "instances", e.name}, elem...)...)
}

func (e *Engine) socket() string  { return e.instance("run", "engine.sock") }
func (e *Engine) logFile() string { return e.instance("engine.log") }
