package sdist

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/sdist"
	"dagger/dockyard/pipeline/stage/wheel"
)

//go:embed driver.py
var driver string

// Names in the folder that Build leaves.
const (
	ResultName = "build.json"
	WheelsName = "wheels"
)

// user is who builds run as.
const user = 65532

// epoch is the time of everything: of the files of a source tree, and what builds take for now where they heed SOURCE_DATE_EPOCH. Zip archives
// begin in 1980.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// maxAnswer bounds what a build tells, shownOutput what is shown of its output, in bytes.
const (
	maxAnswer   = 64 << 10
	shownOutput = 3000
	shownLines  = 25
)

// Options say what to build with what.
type Options struct {
	Plan   sdist.Plan
	Sdists string // folder with the files
	Python string // interpreter whose environment has the build requirements; "" is /app/bin/python
	Work   string // folder for source trees, on a file system of bounded size; "" is /home/nonroot
	Out    string // folder for the result, not there yet
	Time   time.Duration
	Limits Limits
}

func (o Options) withDefaults() Options {
	if o.Python == "" {
		o.Python = "/app/bin/python"
	}
	if o.Work == "" {
		o.Work = "/home/nonroot"
	}
	if o.Time == 0 {
		o.Time = 5 * time.Minute
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

// failure is what is wrong with a source distribution or its build, as opposed to what keeps this program from its work.
type failure struct {
	error
	output []byte
	exited bool // the build's own program failed
}

// Build builds every source distribution of the plan, twice, and keeps the wheels. What is wrong with them is in the result, for all of them
// together. The process becomes the reaper of all its descendants and kills every one of them, so it must have no others.
func Build(ctx context.Context, o Options) (sdist.Result, error) {
	o = o.withDefaults()
	r := sdist.Result{SchemaVersion: sdist.SchemaVersion, Built: []sdist.Built{}, Missing: []string{}, Failed: []sdist.Failure{}}
	if err := os.MkdirAll(filepath.Join(o.Out, WheelsName), 0o700); err != nil {
		return r, fmt.Errorf("making the folder for the result: %w", err)
	}
	// As a mount it may be root's alone.
	if err := os.Chmod(o.Work, 0o755); err != nil {
		return r, err
	}
	for _, i := range o.Plan.Sdists {
		b, missing, err := o.build(ctx, i)
		var f failure
		switch {
		case errors.As(err, &f):
			r.Failed = append(r.Failed, sdist.Failure{ID: i.ID(), Reason: report.Printable(f.Error()), Output: lastLines(f.output), Exited: f.exited})
		case err != nil:
			return r, fmt.Errorf("building %s: %w", i.ID(), err)
		case len(missing) > 0:
			r.Missing = sdist.Sorted(r.Missing, missing)
			r.Failed = append(r.Failed, sdist.Failure{ID: i.ID(), Asks: true, Reason: "its build asks for " + strings.Join(missing, ", ") + ", which the lock of build requirements was not made for"})
		default:
			r.Built = append(r.Built, b)
		}
	}
	raw, err := sdist.Encode(r)
	if err != nil {
		return r, err
	}
	return r, os.WriteFile(filepath.Join(o.Out, ResultName), raw, 0o644)
}

// build builds one source distribution in two folders and compares what came out: neither time nor place may be in it.
func (o Options) build(ctx context.Context, i sdist.Item) (b sdist.Built, missing []string, err error) {
	f, err := find(o.Sdists, i, o.Limits)
	if err != nil {
		return b, nil, failure{error: err}
	}
	var first wheel.Built
	for _, round := range []string{"a", "other"} {
		name, missing, output, err := o.once(ctx, f, i, round)
		if f := (failure{}); errors.As(err, &f) {
			f.output = output
			return b, nil, f
		}
		if err != nil || len(missing) > 0 {
			return b, missing, err
		}
		made, err := wheel.ReadBuilt(name, pylock.Package{Name: i.Name, Version: i.Version}, wheel.Limits{})
		if err == nil {
			err = sdist.Requirements(made.Requires)
		}
		if err != nil {
			return b, nil, failure{error: err}
		}
		if first.Contents == nil {
			first = made
			b = sdist.Built{ID: i.ID(), Sdist: filepath.Base(f.path), SdistSHA256: f.sum, Wheel: filepath.Base(name), WheelSHA256: made.SHA256, Requires: made.Requires, Extras: made.Extras}
			continue
		}
		if d := difference(first.Contents, made.Contents); d != "" || b.Wheel != filepath.Base(name) {
			return b, nil, failure{error: fmt.Errorf("two builds of it differ, want the same: in %q of %s", d, filepath.Base(name))}
		}
		b.WheelSHA256 = made.SHA256 // the second is kept, and the times of entries may differ
	}
	return b, nil, nil
}

// difference is the first path at which two wheels differ.
func difference(a, b map[string]string) string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if a[name] != b[name] {
			return name
		}
	}
	return ""
}

// once unpacks the source tree to a folder of its own, has a wheel built from it, and moves that to where no build can reach it.
func (o Options) once(ctx context.Context, f found, i sdist.Item, round string) (name string, missing []string, output []byte, err error) {
	work, err := os.MkdirTemp(o.Work, round+"-")
	if err != nil {
		return "", nil, nil, err
	}
	defer os.RemoveAll(work)
	dirs := map[string]string{}
	for _, d := range []string{"tree", "wheel", "home", "tmp"} {
		dirs[d] = filepath.Join(work, d)
		if err := os.Mkdir(dirs[d], 0o755); err != nil {
			return "", nil, nil, err
		}
	}
	if err := unpack(f.path, dirs["tree"], o.Limits); err != nil {
		return "", nil, nil, failure{error: err}
	}
	if err := give(work); err != nil {
		return "", nil, nil, err
	}
	answer := filepath.Join(work, "answer.json")
	known, err := json.Marshal(sdist.Sorted(o.Plan.Requires))
	if err != nil {
		return "", nil, nil, err
	}
	output, err = process{
		argv: []string{o.Python, "-P", "-c", driver, dirs["tree"], dirs["wheel"], answer, string(known)},
		env:  environment(dirs, filepath.Dir(o.Python)), dir: dirs["tree"], time: o.Time,
	}.run(ctx)
	if ctx.Err() != nil {
		return "", nil, nil, ctx.Err()
	}
	if err != nil {
		return "", nil, output, err
	}
	// From here on nothing of it runs any more.
	if missing, err = readAnswer(answer); err != nil || len(missing) > 0 {
		return "", missing, output, err
	}
	name, err = o.keep(dirs["wheel"])
	return name, nil, output, err
}

// environment is all that a build gets.
func environment(dirs map[string]string, bin string) []string {
	return []string{
		"HOME=" + dirs["home"], "TMPDIR=" + dirs["tmp"], "PATH=" + bin + ":/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1",
		"PYTHONNOUSERSITE=1", "PYTHONUNBUFFERED=1", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix()),
	}
}
