// Command bench measures what building and running a server costs, each side of a comparison in turn in the same run: a machine's speed
// changes between runs and hours, a ratio hardly. It judges nothing; it prints one table with the targets beside the values.
//
// ci/bench runs it. docs/performance.md says what the rows mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"dagger/dockyard/ci/e2e/project"
	"dagger/dockyard/ci/e2e/sandbox"
)

// options are the flags.
type options struct {
	top    string // the checkout; ci/bench gives it
	server string
	rounds int
	cold   bool
	all    bool   // the whole catalogue too
	json   string // file for the table as data; "" for none
}

// maxRounds bounds a run: a round of everything takes about a minute.
const maxRounds = 100

func main() {
	sandbox.RunRole()
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("ci/bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.top, "top", ".", "`folder` of the checkout to measure")
	f.StringVar(&o.server, "server", "context7", "`name` of the server to build")
	f.IntVar(&o.rounds, "rounds", 5, "how often each side runs; starts run at least 10 times")
	f.BoolVar(&o.cold, "cold", false, "also measure the first command on a machine with nothing built (about 10 minutes)")
	f.BoolVar(&o.all, "all", false, "also build and scan the whole catalogue (10 to 20 minutes)")
	f.StringVar(&o.json, "json", "", "write the table as JSON to this `file`")
	err := f.Parse(args)
	switch {
	case err != nil:
	case f.NArg() > 0:
		err = fmt.Errorf("reading the command line: got argument %q, want flags only", f.Arg(0))
	case o.rounds < 1 || o.rounds > maxRounds:
		err = fmt.Errorf("reading the command line: got --rounds=%d, want 1 to %d", o.rounds, maxRounds)
	default:
		return o, nil
	}
	if f.Parsed() {
		fmt.Fprintln(stderr, "ci/bench:", err)
	}
	return o, err
}

// bench is one run.
type bench struct {
	options
	project project.Project
	dir     string // for temporary files
}

func run(ctx context.Context, o options) (err error) {
	b := bench{options: o, project: project.Project{Dir: o.top, Engine: os.Getenv("DOCKYARD_ENGINE_NAME"), Env: []string{"NO_COLOR=1"}}}
	if b.dir, err = os.MkdirTemp("", "dockyard-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	t := newTable(o)
	if b.project.Launcher(ctx, "status").Err != nil {
		// The engine was not running before, so it does not stay.
		defer b.project.Launcher(context.WithoutCancel(ctx), "down")
	}
	say("building %s once, so that everything is there", o.server)
	if _, err := call(ctx, b.project, "build", "--server="+o.server, "digest"); err != nil {
		return err
	}
	for _, measure := range []func(context.Context) []row{b.whole, b.unchanged, b.changed, b.oneMore, b.protocols, b.validate, b.image, b.memory} {
		t.Rows = append(t.Rows, measure(ctx)...)
		if ctx.Err() != nil {
			break // what was measured so far is printed
		}
	}
	t.print(os.Stdout)
	if o.json != "" {
		err = t.write(o.json)
	}
	return errors.Join(ctx.Err(), err)
}

// say tells the person who waits what is measured now.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
