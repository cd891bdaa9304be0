package estimators

import (
	"context"

	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// Exact is the natural gradient of a conjugate model. If
// log p(y, z) = ⟨η, T(z)⟩ + c then, whatever q is,
//
//	∇_μ E_q[log p] = η,   E_q[log p] = ⟨η, μ⟩ + c
//
// so that a natural-gradient step of size 1 from anywhere is the posterior.
type Exact struct {
	fam  families.Family
	name string
	eta  families.Natural
	mean families.Mean
	c    float64

	stats hasStats
}

// Deterministic implements Estimator.
func (e *Exact) Deterministic() bool { return true }

// Init implements Estimator. It needs a model that is models.Conjugate to the
// family, and asks it for its natural parameter: after a change of the model,
// call Init again.
func (e *Exact) Init(m models.Model, f families.Family) error {
	if m.Dim() != f.Dim() {
		panic(badDim)
	}
	if e.fam == nil || !sameFamily(e.fam, f) {
		e.name = f.String()
	}
	e.fam = nil
	need := func(got string) error {
		return &CapabilityError{
			Estimator: "Exact",
			Needs:     "a model conjugate to " + e.name + " (models.Conjugate)",
			Got:       got,
			Advice:    "use Quadrature, Price, Stein, Pathwise or Score",
		}
	}
	c, ok := m.(models.Conjugate)
	if !ok {
		return need(typeName(m))
	}
	if p := f.NumParams(); len(e.eta) != p {
		e.eta, e.mean = make(families.Natural, p), make(families.Mean, p)
	}
	if e.c, ok = c.ConjugateNatural(e.eta, e.name); !ok {
		return need(typeName(m) + ", which is not")
	}
	if !e.stats.ask(f) {
		return needStats("Exact", f)
	}
	for i, x := range e.eta {
		if !finite(x) {
			return nonFinite("natural parameter", x, i, -1, nil)
		}
	}
	if !finite(e.c) {
		return nonFinite("log-joint", e.c, -1, -1, nil)
	}
	e.fam = f
	return nil
}

// Estimate implements Estimator. It evaluates nothing.
func (e *Exact) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, _ Stream) (Stats, error) {
	w := workers{fam: e.fam}
	w.check(dst, q)
	if err := ctx.Err(); err != nil {
		return Stats{}, err
	}
	copy(dst, e.eta)
	q.Mean(e.mean)
	return Stats{ELogJoint: e.c + blas64.Dot(vec(e.eta), vec(e.mean))}, nil
}
