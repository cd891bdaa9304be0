package vi

import "natgrad/families"

// Iteration describes one step of a run, for a Recorder or a Converger.
type Iteration struct {
	// Number counts steps from 1; 0 is the start.
	Number int
	// ELBO is the evidence lower bound in nats at Q, StdErr its standard error,
	// 0 without noise.
	ELBO, StdErr float64
	// Step is the step size ρ that led to Q.
	Step float64
	// Distance is the length, in the Fisher metric, of what is left to go: see
	// Settings.Tolerance. With a noisy estimator it is +Inf until enough
	// iterations have been averaged.
	Distance float64
	// Estimates counts the estimates of the natural gradient so far, and
	// ModelEvals, GradEvals and HessEvals what they evaluated.
	Estimates                        int
	ModelEvals, GradEvals, HessEvals int
	// Q is the member reached. It belongs to the run: copy what is to be kept.
	Q families.Distribution
}

// Recorder is told of every iteration, the start included. An error ends the
// run.
type Recorder interface {
	Record(it *Iteration) error
}

// RecorderFunc is a function that is a Recorder.
type RecorderFunc func(it *Iteration) error

// Record calls f.
func (f RecorderFunc) Record(it *Iteration) error { return f(it) }

// Converger decides whether a run has converged, besides the tolerance.
type Converger interface {
	Converged(it *Iteration) bool
}

// Schedule gives the step size ρ > 0 of each iteration, counted from 1. A step
// is shortened further where it leaves the domain, or lowers an ELBO without
// noise.
type Schedule interface {
	Rate(iteration int) float64
}
