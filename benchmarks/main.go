// Benchmarks runs one experiment by name and prints what it measured beside what
// was to be reached:
//
//	go run ./benchmarks speed -quick
//
// Without a name it lists the experiments. The exit status is 0 only if the
// experiment ran and reached what it must.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		list(stdout)
		return 0
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		list(stdout)
		return 0
	}
	e := lookup(args[0])
	if e == nil {
		fmt.Fprintf(stderr, "benchmarks: no experiment %q; there are:\n", args[0])
		list(stderr)
		return 1
	}
	err := e.run(ctx, args[1:], stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	default:
		fmt.Fprintf(stderr, "benchmarks: %s: %v\n", e.name, err)
		return 1
	}
}
