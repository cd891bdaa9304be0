package estimators

import (
	"context"
	"fmt"

	"natgrad/families"
	"natgrad/models"
)

// Estimator estimates the natural gradient ∇_μ E_q[log p(y, z)], a vector in
// λ-space, of a model under members q of a family. The zero value of every
// estimator of this package is ready to use with good defaults.
//
// An Estimator holds workspace and is not safe for concurrent use, though it may
// use several goroutines itself.
type Estimator interface {
	// Init binds the estimator to a model and a family, and checks once that
	// they can do what the estimator needs: the error says which capability is
	// missing. A later call with a model and family of the same size reuses the
	// workspace and does not allocate.
	Init(m models.Model, f families.Family) error
	// Estimate stores the estimate at q in dst. The same model, q and Stream
	// give the same bits, whatever the number of workers. It returns a
	// *NonFiniteError if the model is not finite where it is evaluated.
	Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error)
	// Deterministic reports whether estimates carry no noise, so that equal q
	// give equal estimates whatever the Stream.
	Deterministic() bool
}

// Whole is an Estimator that sees a part of the data in each estimate, and can be
// asked for all of them.
type Whole interface {
	Estimator
	// EstimateWhole is as Estimate, but of all data.
	EstimateWhole(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error)
}

// Stats describes one estimate.
type Stats struct {
	ELogJoint float64 // estimate of E_q[log p(y, z)]
	StdErr    float64 // standard error of ELogJoint, 0 if deterministic
	ModelEvals,
	GradEvals, // gradients of the whole log-joint, or of a batch
	HessEvals int
}

// CapabilityError reports that an estimator cannot be used with a model or a
// family.
type CapabilityError struct {
	Estimator string // such as "Stein"
	Needs     string // such as "a model with gradients (models.Gradienter)"
	Got       string // the type or name of what lacks it
	Advice    string // what to use instead
}

func (e *CapabilityError) Error() string {
	s := fmt.Sprintf("estimators: %s needs %s, got %s", e.Estimator, e.Needs, e.Got)
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	return s
}

// NonFiniteError reports that a model returned NaN or an infinity.
type NonFiniteError struct {
	What  string    // "log-joint", "gradient", "Hessian", "expected log-likelihood" or what q or a conjugate model returned
	Value float64   // what was returned
	Index int       // the parameter (gradient, Hessian) or data row (expected log-likelihood), −1 if unknown
	Name  string    // of that parameter, if the model names it (models.CoordNamer)
	Draw  int       // the draw, −1 if there are none
	Z     []float64 // a copy of the point, nil if there is none
	Err   error     // why, if the model knows (models.Explainer)
}

func (e *NonFiniteError) Error() string {
	s := fmt.Sprintf("estimators: %s is %v", e.What, e.Value)
	switch {
	case e.Index >= 0 && e.What == "expected log-likelihood":
		s += fmt.Sprintf(" at data row %d", e.Index)
	case e.Name != "":
		s += " at parameter " + e.Name
	case e.Index >= 0:
		s += fmt.Sprintf(" at parameter %d", e.Index)
	}
	if e.Draw >= 0 {
		s += fmt.Sprintf(" in draw %d", e.Draw)
	}
	s += "; want a finite value wherever q has mass"
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns what the model says of it.
func (e *NonFiniteError) Unwrap() error { return e.Err }
