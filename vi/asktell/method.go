package asktell

import (
	"fmt"
	"math/rand/v2"
)

// Method is an optimiser that holds a Gaussian q over D weights. A Method is not safe for
// concurrent use. Slices that are filled follow gonum's rule: a nil dst allocates, a
// wrong length panics. After the first step nothing allocates.
type Method interface {
	// Dim returns D.
	Dim() int
	// Needs names the curvature for which a Batch has to hold what it says.
	Needs() Curvature
	// Ask stores weights at which the next Batch is to be computed: a draw of q, or its
	// mean for Adam.
	Ask(dst []float64, rnd *rand.Rand) []float64
	// Tell takes in what a minibatch says at the weights last asked for, and makes a step
	// when that was the last of Settings.Samples draws. It returns a *BatchError, having
	// forgotten only this batch, if a number cannot be used, and a *DomainError, having
	// forgotten the batches of this step, if q would not be a distribution. It panics if
	// there was no Ask, or if b has not the numbers or the lengths needed.
	Tell(b Batch) (stepped bool, err error)
	// Mean stores the mean of q.
	Mean(dst []float64) []float64
	// Variances stores the diagonal of the covariance of q, zero for Adam.
	Variances(dst []float64) []float64
	// Rand draws from q, for predictions: what has been asked is not forgotten.
	Rand(dst []float64, rnd *rand.Rand) []float64
	// Posterior returns a copy of q, false if there is none: Adam's is a point.
	Posterior() (q Gaussian, ok bool)
	// Steps returns the number of steps made.
	Steps() int
}

// Gaussian is a distribution over weights: *families.DiagGaussianDist, or
// *families.LowRankGaussian for SLANG.
type Gaussian interface {
	Loc(dst []float64) []float64
	LogProb(z []float64) float64
	Entropy() float64
	Rand(dst []float64, rnd *rand.Rand) []float64
}

// Batch is what a minibatch of M examples says at the weights asked for. All is about
// ℓ_i(θ) = −log p(y_i|θ), without the prior. What a method does not need may be nil.
type Batch struct {
	// Grad is the mean over the minibatch of ∇ℓ_i, length D. It may be nil if there are
	// Examples.
	Grad []float64
	// Curvature is the mean over the minibatch of the diagonal that Needs names, length D.
	Curvature []float64
	// Examples are the gradients ∇ℓ_i, M×D row-major.
	Examples []float64
}

const (
	badLength  = "asktell: length of weights is not Dim"
	badBatch   = "asktell: length of a field of Batch is not that of Dim weights"
	noAsk      = "asktell: Tell without Ask"
	noGrad     = "asktell: Batch has no Grad"
	noCurv     = "asktell: Batch has no Curvature, which the method needs"
	noExamples = "asktell: Batch has no Examples, which the method needs"
)

// BatchError reports a number in a Batch, or made of it, that cannot be used: it is not
// finite, or its square is not.
type BatchError struct {
	Method string
	Step   int    // the step it was for, the first is 1
	Field  string // of Batch
	Index  int    // in the field
	Value  float64
}

func (e *BatchError) Error() string {
	return fmt.Sprintf("asktell: %s, step %d: %s[%d] is %v", e.Method, e.Step, e.Field, e.Index, e.Value)
}

// DomainError reports a step after which q would not be a distribution. The state before
// it is kept.
type DomainError struct {
	Method string
	Step   int
	Index  int     // the first weight whose precision would be bad, −1 if it is no single one
	Value  float64 // that precision
}

func (e *DomainError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("asktell: %s, step %d: the precision would not be finite and positive", e.Method, e.Step)
	}
	return fmt.Sprintf("asktell: %s, step %d: the precision of weight %d would be %v; use a smaller CurvatureRate, a Curvature that is not negative, or IVON", e.Method, e.Step, e.Index, e.Value)
}

// methods is the list of methods, by name.
var methods = []struct {
	name string
	make func(mean []float64, s Settings) (Method, error)
}{
	{"Adam", func(mean []float64, s Settings) (Method, error) { return orNil(NewAdam(mean, s)) }},
	{"VON", func(mean []float64, s Settings) (Method, error) { return orNil(NewVON(mean, s)) }},
	{"VOGN", func(mean []float64, s Settings) (Method, error) { return orNil(NewVOGN(mean, s)) }},
	{"Vprop", func(mean []float64, s Settings) (Method, error) { return orNil(NewVprop(mean, s)) }},
	{"Vadam", func(mean []float64, s Settings) (Method, error) { return orNil(NewVadam(mean, s)) }},
	{"VAdaGrad", func(mean []float64, s Settings) (Method, error) { return orNil(NewVAdaGrad(mean, s)) }},
	{"IVON", func(mean []float64, s Settings) (Method, error) { return orNil(NewIVON(mean, s)) }},
	{"SLANG", func(mean []float64, s Settings) (Method, error) { return orNil(NewSLANG(mean, s)) }},
}

// orNil keeps a nil pointer out of a Method.
func orNil[M Method](m M, err error) (Method, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Names returns the names that New knows.
func Names() []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.name)
	}
	return names
}

// New makes the method of that name. The weights it starts from are copied. It returns a
// *SettingError for an unknown name, or settings that the method cannot use.
func New(name string, mean []float64, s Settings) (Method, error) {
	for _, m := range methods {
		if m.name == name {
			return m.make(mean, s)
		}
	}
	return nil, &SettingError{name, "name", name, fmt.Sprint("one of ", Names())}
}
