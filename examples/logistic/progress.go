package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"natgrad/examples/internal/cli"
	"natgrad/vi"
)

// progress is a vi.Recorder that keeps one line of a terminal up to date.
type progress struct {
	w     io.Writer // nil: not a terminal, so nothing is written
	next  time.Time
	shown bool
}

// every is the time between two updates.
const every = 100 * time.Millisecond

func newProgress(w io.Writer) *progress {
	p := &progress{next: time.Now().Add(every)}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// isTerminal reports whether w is a character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Record implements vi.Recorder. A terminal that is gone is no reason to stop.
func (p *progress) Record(it *vi.Iteration) error {
	if p.w == nil {
		return nil
	}
	now := time.Now()
	if now.Before(p.next) {
		return nil
	}
	p.next = now.Add(every)
	p.shown = true
	fmt.Fprintf(p.w, "\r%s: ELBO %.6g", cli.Count(it.Number, "iteration"), it.ELBO)
	if !math.IsInf(it.Distance, 1) { // a noisy run does not know it at first
		fmt.Fprintf(p.w, ", distance %.2g", it.Distance)
	}
	fmt.Fprint(p.w, "\x1b[K") // clears what was longer
	return nil
}

// clear removes the line.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
