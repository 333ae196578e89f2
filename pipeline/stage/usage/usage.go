// Package usage reads the flags of a subcommand and tells wrong use from work that failed.
package usage

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// ErrUsage is the category of arguments that a subcommand cannot work with. The program exits with 2 for it.
var ErrUsage = errors.New("wrong usage")

// New returns an empty flag set for the subcommand name. Its help goes to stderr.
func New(name string, stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(stderr)
	return f
}

// Parse reads args, which may hold flags only, and checks that every required flag was given a value. flag.ErrHelp is passed through;
// all else is in the category ErrUsage.
func Parse(f *flag.FlagSet, args []string, required ...string) error {
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUsage, f.Name(), err)
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%w: %s: got the argument %q, want flags only", ErrUsage, f.Name(), f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	var missing []string
	for _, name := range required {
		if !given[name] {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s: got no %s; see stage %s -h", ErrUsage, f.Name(), strings.Join(missing, ", "), f.Name())
	}
	return nil
}

// Strings adds a flag that may be given several times.
func Strings(f *flag.FlagSet, list *[]string, name, help string) {
	f.Func(name, help, func(s string) error {
		if s == "" {
			return errors.New("got an empty value")
		}
		*list = append(*list, s)
		return nil
	})
}
