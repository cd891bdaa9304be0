package main

import (
	"flag"
	"regexp"
	"strings"
	"testing"
)

// The text names the flags that exist, and no others.
func TestUsage(t *testing.T) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	new(config).define(fs)
	fs.VisitAll(func(f *flag.Flag) {
		if !strings.Contains(usage, "\n  -"+f.Name+" ") {
			t.Errorf("-%s is not explained", f.Name)
		}
	})
	for _, m := range regexp.MustCompile(`(?m)^  -(\S+)`).FindAllStringSubmatch(usage, -1) {
		if fs.Lookup(m[1]) == nil {
			t.Errorf("-%s does not exist", m[1])
		}
	}
	if status, out, errs := mixture(t, "", "-h"); status != 0 || out != usage || errs != "" {
		t.Errorf("-h: status %d, %q", status, errs)
	}
	for i, l := range strings.Split(usage, "\n") {
		if len(l) > 80 {
			t.Errorf("line %d has %d bytes", i+1, len(l))
		}
	}
}
