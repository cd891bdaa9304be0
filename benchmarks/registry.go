package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
)

// experiment is one entry of the list. A file defines it, experiments names it.
type experiment struct {
	name  string // the first argument of the command
	about string // one sentence
	// run gets the arguments after the name. Its error says why the experiment
	// could not be run, or what it did not reach.
	run func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// experiments is the list, in the order it is printed.
var experiments = []experiment{
	speed,
	noise,
	stream,
	topics,
	mixture,
	posteriorDB,
	segue,
}

// lookup returns nil if there is no such experiment.
func lookup(name string) *experiment {
	for i := range experiments {
		if e := &experiments[i]; e.name == name {
			return e
		}
	}
	return nil
}

func list(w io.Writer) {
	fmt.Fprintln(w, "usage: go run ./benchmarks NAME [flags]     (NAME -h lists the flags)")
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, e := range experiments {
		fmt.Fprintf(t, "  %s\t%s\n", e.name, e.about)
	}
	t.Flush()
}

// newFlags returns a flag set for the experiment of that name whose usage goes to
// stderr.
func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("benchmarks "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	return fs
}

// parse reads the flags. No experiment takes other arguments.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return nil
}
