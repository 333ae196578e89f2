package capture

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/stage/confine"
	"dagger/dockyard/pipeline/stage/extract"
	"dagger/dockyard/pipeline/stage/proctree"
	"dagger/dockyard/pipeline/surface"
)

// Options say what to capture.
type Options struct {
	Image  Image
	Mock   map[string]string // variables besides the image's own, which they may override
	Root   fs.FS             // the file system that the server runs in, for its source text; nil reads none
	Limits Limits
}

// run is one capture.
type run struct {
	ctx    context.Context
	o      Options
	extra  map[string]string // made-up credentials
	out    surface.Capture
	ran    bool // a start got as far as the end of all lists
	begun  time.Time
	stderr []byte
}

// Run captures a server. What is wrong with the server is in the result; an error means that this program could not do its work. The process
// becomes the reaper of all its descendants and kills every one of them, so it must have no others.
func Run(ctx context.Context, o Options) (surface.Capture, error) {
	o.Limits = o.Limits.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, o.Limits.Total)
	defer cancel()
	r := &run{ctx: ctx, o: o, extra: map[string]string{}, begun: time.Now()}
	r.out = surface.Capture{SchemaVersion: surface.CaptureVersion, Differences: []surface.Difference{}, Credentials: []surface.Credential{}, Warnings: []string{}}
	if err := proctree.Adopt(); err != nil {
		return r.out, err
	}
	err := r.capture()
	if f := reasonOf(err); f != nil {
		r.out.Status, r.out.Reason, r.out.Detail = surface.NotScanned, f.reason, f.detail
		r.out.Surface, r.out.Pages = nil, nil
		err = r.readSource(f.reason)
	}
	r.out.Stderr = printableLines(r.stderr)
	r.out.Timings.Total = time.Since(r.begun).Milliseconds()
	return r.out, err
}

// capture starts the server twice: all lists are read, the server is used, they are read again, and once more in another process.
func (r *run) capture() (err error) {
	first, err := r.firstStart()
	if err != nil {
		return err
	}
	s, err := r.launch()
	if err != nil {
		return err
	}
	defer s.finish(r, &err)
	// A server of its speed that knows the question has answered long before; one that does not may never answer.
	wait := max(r.o.Limits.Extra, 2*time.Duration(r.out.Timings.Start)*time.Millisecond)
	h, err := s.greetNewest(min(wait, r.o.Limits.Start))
	var later listing
	if err == nil {
		later, err = s.lists(h)
	}
	if f := reasonOf(err); f != nil {
		return failed(f.reason, "%s: %s", surface.SecondStart, f.detail)
	}
	if err != nil {
		return err
	}
	r.out.Versions = append(r.out.Versions, h.version)
	r.differ(compareServers(surface.SecondStart, first.hello, h))
	r.differ(compare(surface.SecondStart, first.listing, later))
	return r.conclude(first)
}

// reading is what one start told.
type reading struct {
	hello   hello
	listing listing
}

// firstStart reads the lists twice. A server that ends or refuses because it wants credentials is given made-up ones and started again.
func (r *run) firstStart() (reading, error) {
	for attempt := 0; ; attempt++ {
		got, err := r.readTwice()
		f := reasonOf(err)
		if f == nil || f.reason != surface.ReasonExited && f.reason != surface.ReasonRefused || attempt == maxRetries {
			return got, err
		}
		if !r.inventCredentials(string(r.stderr) + "\n" + f.detail) {
			return got, err
		}
	}
}

func (r *run) readTwice() (got reading, err error) {
	begun := time.Now()
	s, err := r.launch()
	if err != nil {
		return got, err
	}
	defer s.finish(r, &err)
	if got.hello, err = s.greet(); err != nil {
		return got, err
	}
	r.out.Timings.Start = time.Since(begun).Milliseconds()
	if got.listing, err = s.lists(got.hello); err != nil {
		return got, err
	}
	r.ran, r.out.Timings.Surface = true, time.Since(begun).Milliseconds()
	again, err := s.lists(got.hello)
	if err != nil {
		return got, err
	}
	r.differ(compare(surface.SameProcess, got.listing, again))
	return got, r.readAfterUse(s, got, again)
}

// readAfterUse reads the lists once more after the server was used. A server that ends or hangs because of that is none that hides something: its
// lists were read twice, and the second start reads them again.
func (r *run) readAfterUse(s *conversation, first reading, before listing) error {
	err := s.use(first.listing)
	var after listing
	if err == nil {
		after, err = s.lists(first.hello)
	}
	f := reasonOf(err)
	switch {
	case err == nil:
		r.differ(compare(surface.SameProcess, before, after))
	case f != nil && (f.reason == surface.ReasonExited || f.reason == surface.ReasonNoAnswer):
		r.out.Warnings = append(r.out.Warnings, "after a call of its first tool the server did not go on: "+f.detail)
		return nil
	}
	return err
}

// conversation is a session with a started server.
type conversation struct {
	*session
	server *server
}

func (r *run) launch() (*conversation, error) {
	l := r.o.Limits
	i := r.o.Image
	srv, err := start(confine.Spec{
		Argv: i.Argv, Env: r.environment(), Dir: i.Dir, UID: i.UID, GID: i.GID,
		Data: uint64(l.Data), File: uint64(l.File), Files: uint64(l.Files), Processes: uint64(4 * l.Processes),
	}, l)
	if err != nil {
		return nil, err
	}
	r.out.Starts++
	return &conversation{newSession(r.ctx, l, srv.in, srv.lines, srv.broken), srv}, nil
}

// finish ends the server, whatever became of the conversation.
func (s *conversation) finish(r *run, err *error) {
	stderr, failure := s.server.end()
	r.stderr = stderr
	for _, w := range s.warnings() {
		if !slices.Contains(r.out.Warnings, w) {
			r.out.Warnings = append(r.out.Warnings, w)
		}
	}
	if failure != nil {
		*err = failure // no a verdict on the server: what it started may still run
	}
}

// environment is the image's own, with the mock variables and the made-up credentials.
func (r *run) environment() []string {
	all := map[string]string{}
	for _, kv := range r.o.Image.Env {
		name, value, _ := strings.Cut(kv, "=")
		all[name] = value
	}
	maps.Copy(all, r.o.Mock)
	maps.Copy(all, r.extra)
	out := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, name+"="+all[name])
	}
	return out
}

func (r *run) differ(found []surface.Difference) {
	if left := maxDifferences - len(r.out.Differences); len(found) > left {
		r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("%d more differences are not listed", len(found)-left))
		found = found[:left]
	}
	r.out.Differences = append(r.out.Differences, found...)
}

// conclude makes the surface from the first reading.
func (r *run) conclude(first reading) error {
	if first.listing.empty() {
		return failed(surface.ReasonEmpty, "the server runs and lists no tool, prompt, resource or resource template")
	}
	h := first.hello
	r.out.Versions = slices.Compact(append([]string{h.version}, r.out.Versions...))
	r.out.Surface = &surface.Surface{
		SchemaVersion: surface.SchemaVersion, ProtocolVersion: h.version, Server: h.server, Instructions: h.instructions, Capabilities: h.capabilities,
		Tools: kinds[0].sorted(first.listing.items["tools"]), Prompts: kinds[1].sorted(first.listing.items["prompts"]),
		Resources: kinds[2].sorted(first.listing.items["resources"]), ResourceTemplates: kinds[3].sorted(first.listing.items["resourceTemplates"]),
		Source: surface.SourceRunning,
	}
	if tooLarge(r.out.Surface) {
		return failed(surface.ReasonTooMuch, "what it lists takes more than %d bytes as a file", int64(surface.MaxImport))
	}
	if r.out.Surface.Tools == nil {
		r.out.Surface.Tools = r.out.Surface.Resources[:0:0]
		r.out.Warnings = append(r.out.Warnings, "the server lists no tools")
	}
	r.out.Pages = first.listing.pages
	r.out.Status = surface.Captured
	if len(r.out.Differences) > 0 {
		r.out.Status = surface.Changing
	}
	return nil
}

// sourceReasons are those for which a server's source text may stand in for what it lists: it does not run here. One that runs and breaks a
// bound or the protocol has no such way out, or it would choose what is looked at.
var sourceReasons = []string{surface.ReasonExited, surface.ReasonNoAnswer, surface.ReasonRefused}

// readSource looks for tool definitions in the package when the server did not run.
func (r *run) readSource(reason string) error {
	if r.ran || r.o.Root == nil || !slices.Contains(sourceReasons, reason) {
		return nil
	}
	found, err := extract.Extract(r.o.Root, r.o.Image.Argv)
	if err != nil {
		return err
	}
	r.out.Warnings = append(r.out.Warnings, found.Warnings...)
	if len(found.Tools) == 0 {
		r.out.Warnings = append(r.out.Warnings, "the package's source text has no tool definition that can be read")
		return nil
	}
	r.out.Status = surface.Captured
	r.out.Surface = &surface.Surface{SchemaVersion: surface.SchemaVersion, Tools: kinds[0].sorted(found.Tools), Source: surface.SourceStatic}
	return nil
}
