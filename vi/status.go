package vi

import (
	"context"
	"errors"
	"fmt"
)

// Status says whether a run goes on, and if not, why it ended.
type Status int

const (
	// Running: no reason to stop yet.
	Running Status = iota
	// Converged: the tolerance was reached, or the optimum as far as the rounding
	// of the ELBO can tell (Result.Distance says how far it may be), or the
	// Converger said so. It is the only success.
	Converged
	// IterationLimit: Settings.MaxIterations was reached first.
	IterationLimit
	// Stalled: no step could be found that raises the ELBO, though the tolerance
	// is not reached. The usual cause is a model whose gradient does not belong
	// to its log-joint.
	Stalled
	// Canceled: the context was canceled or its deadline passed.
	Canceled
	// Failed: an error, such as a log-joint that is not finite.
	Failed
)

var statusNames = [...]string{"running", "converged", "iteration limit", "stalled", "canceled", "failed"}

// statusOf returns what a run that an error ended is.
func statusOf(err error) Status {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Canceled
	}
	return Failed
}

func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return fmt.Sprintf("Status(%d)", int(s))
	}
	return statusNames[s]
}

// MarshalText writes the status as its name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
