package sdist

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/usage"
)

// RequiresCommand runs "stage sdist-requires" with the arguments after that name.
func RequiresCommand(args []string, stderr io.Writer) error {
	var plan, dir, out string
	f := usage.New("sdist-requires", stderr)
	f.StringVar(&plan, "plan", "", "plan of the build")
	f.StringVar(&dir, "sdists", "", "folder with the source distributions")
	f.StringVar(&out, "out", "", "file for the answer, as JSON")
	if err := usage.Parse(f, args, "plan", "sdists", "out"); err != nil {
		return err
	}
	p, err := readPlan(plan)
	if err != nil {
		return err
	}
	asked, err := Requires(p, dir, Limits{})
	if err != nil {
		return err
	}
	return writeJSON(out, asked)
}

// FactsCommand runs "stage sdist-facts" with the arguments after that name and writes wheel.Facts.
func FactsCommand(args []string, stderr io.Writer) error {
	var plan, dir, out string
	f := usage.New("sdist-facts", stderr)
	f.StringVar(&plan, "plan", "", "plan of a build of one source distribution")
	f.StringVar(&dir, "sdists", "", "folder with it")
	f.StringVar(&out, "out", "", "file for the facts, as JSON")
	if err := usage.Parse(f, args, "plan", "sdists", "out"); err != nil {
		return err
	}
	p, err := readPlan(plan)
	if err != nil {
		return err
	}
	if len(p.Sdists) != 1 {
		return fmt.Errorf("reading the plan: got %d source distributions, want one", len(p.Sdists))
	}
	facts, err := Facts(p.Sdists[0], dir, Limits{})
	if err != nil {
		return fmt.Errorf("%s: %w", p.Sdists[0].ID(), err)
	}
	return writeJSON(out, facts)
}

func writeJSON(name string, v any) error {
	raw, err := sdist.Encode(v)
	if err != nil {
		return err
	}
	return os.WriteFile(name, raw, 0o644)
}

// BuildCommand runs "stage sdist-build" with the arguments after that name.
func BuildCommand(args []string, stderr io.Writer) error {
	var o Options
	var plan string
	f := usage.New("sdist-build", stderr)
	f.StringVar(&plan, "plan", "", "plan of the build")
	f.StringVar(&o.Sdists, "sdists", "", "folder with the source distributions")
	f.StringVar(&o.Python, "python", "", "interpreter whose environment has the build requirements; empty is /app/bin/python")
	f.StringVar(&o.Work, "work", "", "folder for source trees; empty is /home/nonroot")
	f.DurationVar(&o.Time, "time", 0, "time for one build; 0 is 5m")
	f.StringVar(&o.Out, "out", "", "folder for the result; only root can look into it")
	if err := usage.Parse(f, args, "plan", "sdists", "out"); err != nil {
		return err
	}
	var err error
	if o.Plan, err = readPlan(plan); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	_, err = Build(ctx, o)
	return err
}

func readPlan(name string) (sdist.Plan, error) {
	var p sdist.Plan
	raw, err := readRegular(name, sdist.MaxBytes)
	if err != nil {
		return p, err
	}
	err = sdist.Decode("the plan", raw, &p)
	return p, err
}
