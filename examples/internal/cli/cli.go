// Package cli has what the programs of the examples have in common: how they start and end,
// kinds of flags, and where results are written.
//
//	func main() { cli.Main(run) }
//
//	func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
//		c := new(config)
//		return cli.Run("logistic", usage, args, stdout, stderr, c.define, func() error {
//			return fitFile(ctx, c, stdin, stdout, stderr)
//		})
//	}
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Main calls run with the command line and the standard streams, and ends the process with
// the status that it returns. ctx ends with the first interrupt; a second one ends the
// process at once.
func Main(run func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Run parses args by the flags that define declares, and then does what the program is for.
// It returns 0 if that goes well or help is asked for, which is usage on stdout, 1 for an
// error of do, and 2 for flags that are not understood. What is wrong is written to
// stderr, errors of package dataset in terms of flags.
func Run(program, usage string, args []string, stdout, stderr io.Writer, define func(*flag.FlagSet), do func() error) int {
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {}
	define(fs)
	err := fs.Parse(args)
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: a data file is given by -data", fs.Arg(0))
		fmt.Fprintln(stderr, err)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s -h explains the flags\n", program)
		return 2
	}
	if err := do(); err != nil {
		fmt.Fprintf(stderr, "%s: %s\n", program, toFlags.Replace(err.Error()))
		return 1
	}
	return 0
}

// Report is a Writer that remembers the first error: a report that is not on the disk is
// not a success.
type Report struct {
	W   io.Writer
	Err error
}

// Write implements io.Writer.
func (r *Report) Write(p []byte) (int, error) {
	n, err := r.W.Write(p)
	if err != nil && r.Err == nil {
		r.Err = fmt.Errorf("the report: %w", err)
	}
	return n, err
}

// WriteJSON writes v to the file that -json names, or to stdout for "-".
func WriteJSON(path string, stdout io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil { // a number that is not finite
		return fmt.Errorf("-json: %w", err)
	}
	data = append(data, '\n')
	if path == "-" {
		_, err = stdout.Write(data)
	} else {
		err = os.WriteFile(path, data, 0o666)
	}
	if err != nil {
		return fmt.Errorf("-json: %w", err)
	}
	return nil
}

// Count writes a number of things.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
