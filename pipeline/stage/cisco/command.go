package cisco

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan"
	"dagger/dockyard/pipeline/stage/mcpscan/yara"
	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/surface"
)

// Files that Command leaves in its folder. The second is what the scanner printed, whatever that was.
const (
	ResultName = "cisco.json"
	RawName    = "raw"
)

// user is who the scanner runs as.
const user = 65532

// Options say what to scan with what. Zero values of the last four stand for what the scanner's root has.
type Options struct {
	Server, Surface, Out string
	Asked                []string // analyzers; none stands for the two that work offline
	Time                 time.Duration
	Python, Rules, Home  string
}

// Command runs "stage cisco" with the arguments after that name.
func Command(args []string, stderr io.Writer) error {
	var o Options
	f := usage.New("cisco", stderr)
	f.StringVar(&o.Server, "server", "", "name of the server in the findings; what it calls itself when empty")
	f.StringVar(&o.Surface, "surface", "", "surface.json of the server")
	usage.Strings(f, &o.Asked, "analyzer", "analyzer of the scanner: yara, schema, llm, api; repeat it; yara and schema when none is given")
	f.DurationVar(&o.Time, "time", 0, "time for the scanner; 0 is 2m, or 30m with llm or api")
	f.StringVar(&o.Python, "python", "", "interpreter that has the scanner; empty is /app/bin/python")
	f.StringVar(&o.Rules, "rules", "", "folder of the scanner's rules, to find places by; empty is where its package has them")
	f.StringVar(&o.Home, "home", "", "folder that the scanner may write to; empty is /home/nonroot")
	f.String("nonce", "", "changes nothing; an engine that keeps results does the work again for another value")
	f.StringVar(&o.Out, "out", "", "folder for the result, not there yet; only root can look into it")
	if err := usage.Parse(f, args, "surface", "out"); err != nil {
		return err
	}
	for _, a := range o.Asked {
		if !slices.Contains(analyzers, a) {
			return fmt.Errorf("%w: cisco: got the analyzer %q, want one of %q", usage.ErrUsage, a, analyzers)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return Run(ctx, o.withDefaults())
}

func (o Options) withDefaults() Options {
	if len(o.Asked) == 0 {
		o.Asked = []string{Yara, Schema}
	}
	if o.Time == 0 {
		o.Time = 2 * time.Minute
		if slices.Contains(o.Asked, LLM) || slices.Contains(o.Asked, API) {
			o.Time = 30 * time.Minute
		}
	}
	for _, d := range []struct {
		field    *string
		standard string
	}{{&o.Python, "/app/bin/python"}, {&o.Rules, "/app/lib/python*/site-packages/mcpscanner/data/yara_rules"}, {&o.Home, "/home/nonroot"}} {
		if *d.field == "" {
			*d.field = d.standard
		}
	}
	return o
}

// Run scans and writes the result. A scanner that fails is a result; a surface that cannot be read, or a root that cannot be used, is an error.
func Run(ctx context.Context, o Options) error {
	s, err := mcpscan.ReadSurface(o.Surface)
	if err != nil {
		return err
	}
	// The folder is made before the scanner runs, and its files after it ended.
	if err := os.Mkdir(o.Out, 0o700); err != nil {
		return fmt.Errorf("making the folder for the result: %w", err)
	}
	j := Judged{Server: o.Server, Asked: o.Asked}
	if j.Server == "" {
		j.Server = s.Server.Name
	}
	if j.Rules, err = readRules(o.Rules); err != nil {
		return err
	}
	r, stdout, err := o.scan(ctx, j, s)
	if err != nil {
		return fmt.Errorf("running Cisco's scanner: %w", err)
	}
	raw, err := surface.Encode(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.Out, RawName), stdout, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.Out, ResultName), raw, 0o644)
}

func (o Options) scan(ctx context.Context, j Judged, s *surface.Surface) (finding.Result, []byte, error) {
	in, err := Input(s)
	if err != nil {
		return j.Failed(s, err), nil, nil
	}
	dir, err := os.MkdirTemp("", "cisco")
	if err != nil {
		return finding.Result{}, nil, err
	}
	defer os.RemoveAll(dir)
	files, err := in.write(dir)
	if err != nil {
		return finding.Result{}, nil, err
	}
	if err := give(o.Home, user, user); err != nil {
		return finding.Result{}, nil, err
	}
	p := process{argv: argv(o.Python, o.Asked, files), env: environment(o.Asked, o.Home), uid: user, gid: user, time: o.Time}
	stdout, stderr, err := p.run(ctx)
	if ctx.Err() != nil {
		return finding.Result{}, nil, ctx.Err()
	}
	if err != nil {
		return j.Failed(s, err), stdout, nil
	}
	return j.Read(s, in.Items, stdout, stderr), stdout, nil
}

// write puts the files where the scanner can read them and not change them.
func (f Files) write(dir string) (map[string]string, error) {
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for form, raw := range map[string][]byte{formTool: f.Tools, formPrompt: f.Prompts, formResource: f.Resources} {
		if raw == nil {
			continue
		}
		names[form] = filepath.Join(dir, form+"s.json")
		if err := os.WriteFile(names[form], raw, 0o644); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// readRules reads the rule files of a folder, which may be a pattern. One with parts that this project does not know finds no places.
func readRules(dir string) ([]*yara.Rules, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.yara"))
	if err != nil {
		return nil, err
	}
	var out []*yara.Rules
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if r, err := yara.Parse(filepath.Base(name), raw); err == nil {
			out = append(out, r)
		}
	}
	return out, nil
}
