package models

import "math/rand/v2"

// Model is a joint density of data y and parameters z, as a function of z.
// Implementations may use scratch memory of their own and so need not be safe
// for concurrent use; see Forker.
type Model interface {
	// Dim returns len(z).
	Dim() int
	// LogJoint returns log p(y, z), all constants included, −Inf outside the
	// support.
	LogJoint(z []float64) float64
}

// Gradienter is a Model with a gradient.
type Gradienter interface {
	Model
	// LogJointGrad stores ∇_z log p(y, z) in grad (length Dim) and returns
	// log p(y, z).
	LogJointGrad(grad, z []float64) float64
}

// Hessianer is a Gradienter with second derivatives.
type Hessianer interface {
	Gradienter
	// LogJointHess stores the full symmetric Hessian, Dim×Dim row-major, in hess
	// and the gradient in grad, and returns log p(y, z).
	LogJointHess(hess, grad, z []float64) float64
}

// HessDiager is a Gradienter with the diagonal of the Hessian alone.
type HessDiager interface {
	Gradienter
	// LogJointHessDiag stores the diagonal of the Hessian in diag (length Dim)
	// and the gradient in grad, and returns log p(y, z).
	LogJointHessDiag(diag, grad, z []float64) float64
}

// Data is a Model whose likelihood is a product over data rows.
type Data interface {
	Model
	// NumData returns the number of rows.
	NumData() int
	// Batch returns the model with the prior untouched and a likelihood of the
	// rows idx only, its logarithm multiplied by scale. The result has the
	// capabilities of the receiver, shares its data, and is valid until the next
	// call of Batch on the same receiver. idx is retained until then.
	Batch(idx []int, scale float64) Model
}

// Forker is a Model that can be used from several goroutines.
type Forker interface {
	Model
	// Fork returns a model equal to the receiver that shares its data and has
	// scratch memory of its own.
	Fork() Model
}

// Starter is a Model that knows where a fit should begin.
type Starter interface {
	Model
	// Start stores a mean and a precision (inverse variance) for every
	// parameter.
	Start(mean, precision []float64)
}

// FamilyNamer is a Model that says in which family its posterior is to be looked for.
type FamilyNamer interface {
	Model
	// Family returns the String of the family, such as
	// "Product(Dirichlet(2), Repeat(2, NormalWishart(3)))".
	Family() string
}

// NaturalStarter is a FamilyNamer that knows where fits should begin, of which
// different ones lead to different optima.
type NaturalStarter interface {
	FamilyNamer
	// StartNatural stores in dst the natural parameter at which the i-th fit begins,
	// which may depend on rnd. A nil dst allocates.
	StartNatural(dst []float64, i int, rnd *rand.Rand) []float64
}

// Explainer is a Model that can say what went wrong.
type Explainer interface {
	Model
	// Explain returns why the log-joint or its derivatives are not finite at z,
	// nil if they are.
	Explain(z []float64) error
}

// CoordNamer is a Model whose coordinates z have names.
type CoordNamer interface {
	Model
	// CoordNames returns a name for each of z, such as "log(tau)".
	CoordNames() []string
}

// Likelihood is the density of one observation y given one linear predictor f.
type Likelihood interface {
	// LogLik returns log p(y|f) with its first and second derivatives in f.
	LogLik(y, f float64) (ll, d1, d2 float64)
	// Check returns an error if y is not a possible observation.
	Check(y float64) error
}

// ExpectedLikelihood is a Likelihood with Gaussian expectations of its own, in
// closed form or by rules accurate to about 1e-12.
type ExpectedLikelihood interface {
	Likelihood
	// ExpectedLogLik returns E log p(y|f) for f ~ N(m, v), with the expectations
	// of the first and second derivatives in f.
	ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64)
}

// AnalyticLikelihood is a Likelihood whose logarithm is analytic in f in the
// strip |Im f| < HalfWidth, +Inf for an entire function. Quadrature
// rules take their spacing from it.
type AnalyticLikelihood interface {
	Likelihood
	HalfWidth() float64
}

// Conjugate is a Model whose log-joint is linear in the sufficient statistics
// of an exponential family.
type Conjugate interface {
	Model
	// ConjugateNatural stores η in dst and returns (c, true) if
	// log p(y, z) = ⟨η, T(z)⟩ + c, where T are the sufficient statistics of the
	// named family, in the order of package families. The name is the family's
	// String, such as "Gamma" or "FullGaussian(3)". Otherwise ok is false.
	ConjugateNatural(dst []float64, family string) (c float64, ok bool)
}
