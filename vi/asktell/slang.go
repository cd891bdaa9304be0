package asktell

import (
	"math/rand/v2"

	"natgrad/families"
)

// SLANG is the stochastic low-rank approximate natural-gradient method of Mishkin et al.
// (2018, arXiv:1811.04504): q has the precision U Uᵀ + diag(d), and with G the gradients of
// all examples of the batch in columns, scaled so that G Gᵀ estimates the empirical
// Fisher information of all n examples,
//
//	A = (1 − β) U Uᵀ + β G Gᵀ
//	U ← leading L eigenpairs of A
//	d ← (1 − β) d + β δ + max(0, diag(A − U Uᵀ))
//	g ← (1 − γ) g + γ n ĝ                    ḡ = g / (1 − (1−γ)ᵗ)
//	m ← m − α (U Uᵀ + diag(d))⁻¹ (ḡ + δ m)
//
// with the new U and d in the last line. The diagonal of the precision is that of the
// update without truncation. The eigenpairs are exact. At the start U = 0.
type SLANG struct {
	gather
	set  Settings
	q    *families.LowRankGaussian
	mean []float64
	u, d []float64
	n    float64
	mom  []float64
	left float64

	top, rest, step []float64
	rows            []float64 // gradients of examples of the draws of this step
	eigen           topEigen
}

var slangUsage = usage{
	method:   "SLANG",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate GradientRate Decay Samples Rank",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 1e-3, CurvatureRate: 1e-3, GradientRate: 0.1, Samples: 1, Rank: 1},
}

// NewSLANG starts at mean. It returns a *SettingError if s cannot be used.
func NewSLANG(mean []float64, s Settings) (*SLANG, error) {
	s, err := slangUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	d, l := len(mean), s.Rank
	if l > d {
		return nil, &SettingError{"SLANG", "Rank", l, "at most the number of weights"}
	}
	a := &SLANG{gather: gather{method: "SLANG", d: d, want: s.Samples}, set: s, q: families.NewLowRankGaussian(d, l),
		mean: make([]float64, d), u: make([]float64, d*l), d: make([]float64, d), n: float64(s.NumData) / s.Temperature,
		mom: make([]float64, d), left: 1, top: make([]float64, d*l), rest: make([]float64, d), step: make([]float64, d)}
	copy(a.mean, mean)
	for i := range a.d {
		a.d[i] = s.InitPrecision
	}
	if !a.q.Set(a.mean, a.u, a.d) {
		return nil, &SettingError{"SLANG", "InitPrecision", s.InitPrecision, "a precision with a finite variance"}
	}
	return a, nil
}

// prior returns δ of weight i.
func (a *SLANG) prior(i int) float64 {
	if a.set.PriorPrecisions != nil {
		return a.set.PriorPrecisions[i]
	}
	return a.set.PriorPrecision
}

// Needs implements Method.
func (a *SLANG) Needs() Curvature { return ExampleGradients }

// Ask implements Method.
func (a *SLANG) Ask(dst []float64, rnd *rand.Rand) []float64 {
	dst = a.Rand(dst, rnd)
	a.asked = true
	return dst
}

// Rand implements Method.
func (a *SLANG) Rand(dst []float64, rnd *rand.Rand) []float64 {
	return a.q.Rand(sized(dst, a.gather.d), rnd)
}

// Mean implements Method.
func (a *SLANG) Mean(dst []float64) []float64 { return a.q.Loc(sized(dst, a.gather.d)) }

// Variances implements Method.
func (a *SLANG) Variances(dst []float64) []float64 { return a.q.Variances(sized(dst, a.gather.d)) }

// Posterior implements Method. The Gaussian is a *families.LowRankGaussian.
func (a *SLANG) Posterior() (Gaussian, bool) {
	q := families.NewLowRankGaussian(a.q.Dim(), a.q.Rank())
	ok := q.Set(a.mean, a.u, a.d)
	return q, ok
}

// Tell implements Method. The gradient is the mean over Examples where Grad is nil. All
// draws of a step have as many examples.
func (a *SLANG) Tell(b Batch) (stepped bool, err error) {
	a.begin()
	if b.Examples == nil {
		panic(noExamples)
	}
	if err := a.examples(b); err != nil {
		return false, err
	}
	g, err := a.gradOf(b)
	if err != nil {
		return false, err
	}
	rows := b.Examples
	if a.want > 1 {
		if a.told == 0 {
			a.rows = a.rows[:0]
		} else if len(a.rows) != a.told*len(rows) {
			panic(badBatch)
		}
		a.rows = append(a.rows, rows...)
		rows = a.rows
	}
	grad, _, ready := a.add(g, nil)
	if !ready {
		return false, nil
	}
	return a.update(grad, rows)
}

// update makes a step.
func (a *SLANG) update(grad, rows []float64) (stepped bool, err error) {
	t := a.t + 1
	α, β := a.set.rates(t)
	γ, dim := a.set.GradientRate, a.gather.d
	m := mix{u: a.u, b: 1 - β, g: rows, w: β * a.n * float64(dim) / float64(len(rows)), d: dim, l: a.set.Rank}
	ok := a.eigen.factor(a.top, a.rest, &m)
	for i, d := range a.d {
		a.rest[i] += (1-β)*d + β*a.prior(i)
	}
	if !ok || !a.q.Set(a.mean, a.top, a.rest) {
		return false, &DomainError{"SLANG", t, -1, 0}
	}
	a.u, a.top = a.top, a.u
	a.d, a.rest = a.rest, a.d
	a.t = t
	a.left *= 1 - γ
	for i, g := range grad {
		a.mom[i] = (1-γ)*a.mom[i] + γ*a.n*g
		a.step[i] = a.mom[i]/(1-a.left) + a.prior(i)*a.mean[i]
	}
	a.q.SolvePrecision(a.step, a.step)
	for i, x := range a.step {
		a.mean[i] -= α * x
	}
	if !a.q.SetLoc(a.mean) {
		return true, &DomainError{"SLANG", t, -1, 0}
	}
	return true, nil
}
