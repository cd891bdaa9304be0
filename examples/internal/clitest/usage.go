// Package clitest checks what the programs of the examples say of themselves.
package clitest

import (
	"bytes"
	"context"
	"flag"
	"io"
	"regexp"
	"strings"
	"testing"
)

var explained = regexp.MustCompile(`(?m)^  -(\S+)`)

// Program is the run function of a program.
type Program func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int

// Usage checks that the text, which run prints for -h, names the flags that define declares,
// and no others, in lines that fit a terminal of 80 columns.
func Usage(t *testing.T, usage string, define func(*flag.FlagSet), run Program) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"-h"}, strings.NewReader(""), &stdout, &stderr); status != 0 || stdout.String() != usage || stderr.Len() > 0 {
		t.Errorf("-h: status %d, %q", status, stderr.String())
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	define(fs)
	fs.VisitAll(func(f *flag.Flag) {
		if !strings.Contains(usage, "\n  -"+f.Name+" ") {
			t.Errorf("-%s is not explained", f.Name)
		}
	})
	for _, m := range explained.FindAllStringSubmatch(usage, -1) {
		if fs.Lookup(m[1]) == nil {
			t.Errorf("-%s does not exist", m[1])
		}
	}
	for i, l := range strings.Split(usage, "\n") {
		if len(l) > 80 {
			t.Errorf("line %d has %d bytes", i+1, len(l))
		}
	}
}
