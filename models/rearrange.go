package models

import "math/rand/v2"

// PartReporter is a FamilyNamer whose data rows belong to parts, such as the components
// of a mixture.
type PartReporter interface {
	FamilyNamer
	// PartRows returns the expected number of rows of each part, as the step that led to
	// the natural parameter λ has counted them; at an optimum it is that of λ.
	PartRows(λ []float64) []float64
}

// Rearranger is a NaturalStarter with parts that are exchangeable, or would be but for
// the order of a prior, such as the components of a mixture: what the parts are called
// says nothing, and a fit that ended with two of them in one place, or one in two, can
// go on from where they are arranged anew.
type Rearranger interface {
	NaturalStarter
	// Rearrange stores in dst the natural parameter at which a fit can begin that looks
	// for a better optimum than the member λ, of mean parameter μ: for i = 0 the same
	// parts in the order that the prior likes best, for other i parts merged, split or
	// both, chosen by rnd. It reports false if there is no such arrangement.
	Rearrange(dst, λ, μ []float64, i int, rnd *rand.Rand) (ok bool)
	// Relabel stores in dst the member λ, μ, which is an optimum, with its parts called
	// as those of the member λ′, μ′ that they are most like. It reports false if it
	// cannot.
	Relabel(dst, λ, μ, λʹ, μʹ []float64) (ok bool)
}
