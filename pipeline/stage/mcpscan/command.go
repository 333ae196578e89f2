package mcpscan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/yara"
	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/surface"
)

// MaxSurface bounds a surface file in bytes.
const MaxSurface = 64 << 20

// ErrSurface is the category of surface files that cannot be read.
var ErrSurface = errors.New("unreadable surface")

// Options are the inputs of Run. With and Known hold NAME=FILE.
type Options struct {
	Server, Surface, Previous, Out string
	With, Known, Rules             []string
}

// Command runs "stage mcp-scan" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var o Options
	f := usage.New("mcp-scan", stderr)
	f.StringVar(&o.Server, "server", "", "name of the server in the findings")
	f.StringVar(&o.Surface, "surface", "", "surface.json of the server")
	f.StringVar(&o.Previous, "previous", "", "surface that a person approved, to compare with; not compared when empty")
	usage.Strings(f, &o.With, "with", "NAME=FILE: surface of a server used together with it; repeat it")
	usage.Strings(f, &o.Known, "known", "NAME=FILE: surface of another server of the catalogue; repeat it")
	usage.Strings(f, &o.Rules, "rules", "YARA file with more rules; repeat it")
	f.StringVar(&o.Out, "out", "", "file for the result")
	if err := usage.Parse(f, args, "server", "surface", "out"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return Run(ctx, o)
}

// Run reads the inputs, judges them and writes the result. Findings are no error; files that cannot be read are.
func Run(ctx context.Context, o Options) error {
	in, err := o.input()
	if err != nil {
		return err
	}
	r := Analyze(ctx, in)
	if ctx.Err() != nil {
		return fmt.Errorf("scanning %q: %w", o.Server, ctx.Err())
	}
	return writeResult(o.Out, r)
}

func (o Options) input() (Input, error) {
	in := Input{Server: o.Server}
	var err error
	var problems []error
	note := func(e error) {
		if e != nil {
			problems = append(problems, e)
		}
	}
	in.Surface, err = ReadSurface(o.Surface)
	note(err)
	if o.Previous != "" {
		in.Previous, err = ReadSurface(o.Previous)
		note(err)
	}
	in.Others, err = readNamed("with", o.With)
	note(err)
	in.Known, err = readNamed("known", o.Known)
	note(err)
	for _, name := range o.Rules {
		raw, err := readBounded(name, yara.MaxSize)
		if err != nil {
			note(fmt.Errorf("reading rules %q: %w", name, err))
			continue
		}
		r, err := yara.Parse(name, raw)
		note(err)
		if err == nil {
			in.Rules = append(in.Rules, r)
		}
	}
	return in, errors.Join(problems...)
}

func readNamed(flag string, list []string) ([]Named, error) {
	var out []Named
	seen := map[string]bool{}
	for _, arg := range list {
		name, file, ok := strings.Cut(arg, "=")
		if !ok || name == "" || file == "" || seen[name] {
			return nil, fmt.Errorf("%w: got --%s=%q, want NAME=FILE with a name of its own", usage.ErrUsage, flag, arg)
		}
		seen[name] = true
		s, err := ReadSurface(file)
		if err != nil {
			return nil, err
		}
		out = append(out, Named{name, s})
	}
	return out, nil
}

// ReadSurface reads one surface file. A file without a tools list is refused: an empty surface is a list of no tools, not a missing one.
func ReadSurface(name string) (*surface.Surface, error) {
	raw, err := readBounded(name, MaxSurface)
	if err != nil {
		return nil, fmt.Errorf("reading the surface %q: %w: %w", name, ErrSurface, err)
	}
	var s surface.Surface
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("reading the surface %q: %w: %w", name, ErrSurface, err)
	}
	if s.SchemaVersion != surface.SchemaVersion {
		return nil, fmt.Errorf("reading the surface %q: %w: got schemaVersion %d, want %d; capture it again", name, ErrSurface, s.SchemaVersion, surface.SchemaVersion)
	}
	if s.Tools == nil {
		return nil, fmt.Errorf("reading the surface %q: %w: got no list of tools, want one, even if empty", name, ErrSurface)
	}
	return &s, nil
}

func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		err = fmt.Errorf("got more than %d bytes", most)
	}
	return raw, err
}

// writeResult gives the file its name only when it is complete.
func writeResult(name string, r finding.Result) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if err := os.WriteFile(name+".partial", append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return os.Rename(name+".partial", name)
}
