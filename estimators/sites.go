package estimators

import (
	"context"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// Sites is the natural gradient of a models.Latent under families.GaussianSites of its
// prior, without noise. With f_i ~ N(m_i, v_i) under q, that of a site is
//
//	∇_μ E_q[log p(y_i|f_i)] = (E[ℓ′] − E[ℓ″] m_i, ½ E[ℓ″])
//
// and since the base measure of the family is the prior, the natural-gradient step
// λ ← (1 − ρ) λ + ρ ∇_μ is conjugate-computation variational inference (Khan & Lin 2017,
// arXiv:1703.04265). With a Gaussian likelihood one step of size 1 is the exact
// posterior.
//
// Stats.ELogJoint is E_q[log p(y|f)]: with the entropy, −KL(q‖prior), the ELBO.
// Expectations are as accurate as those of Quadrature.
type Sites struct {
	w    workers
	base sameBase
	m    *models.LatentGaussian
	exp  expectation
	loc  []float64
	vars []float64
}

// sitesMember is a member of families.GaussianSites.
type sitesMember interface {
	families.Distribution
	Loc(dst []float64) []float64
	Variances(dst []float64) []float64
}

// Deterministic implements Estimator.
func (e *Sites) Deterministic() bool { return true }

// Init implements Estimator. It needs a models.Latent, and families.GaussianSites of its
// prior.
func (e *Sites) Init(m models.Model, f families.Family) error {
	latent, ok := m.(models.Latent)
	if !ok {
		return &CapabilityError{Estimator: "Sites", Needs: "a model with a Gaussian prior of its latent values (models.Latent)", Got: typeName(m), Advice: "use Quadrature"}
	}
	if !e.base.ask(m, f) {
		return needBase("Sites", f)
	}
	l := latent.Latents()
	e.m = l
	e.w.forks = append(e.w.forks[:0], m)
	e.w.bindAll(e.w.forks, f)
	e.exp.bind(l.Likelihood)
	e.loc, e.vars = resize(e.loc, l.Dim()), resize(e.vars, l.Dim())
	return nil
}

// Estimate implements Estimator. It counts as one gradient and one Hessian.
func (e *Sites) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, _ Stream) (Stats, error) {
	e.w.check(dst, q)
	if err := ctx.Err(); err != nil {
		return Stats{}, err
	}
	g := q.(sitesMember)
	g.Loc(e.loc)
	g.Variances(e.vars)
	clear(dst)
	n, scale := e.m.Dim(), e.m.Scale()
	var sum float64
	for row := range e.m.NumData() {
		i, y := e.m.Observation(row)
		ell, d1, d2, err := e.exp.at(y, e.loc[i], e.vars[i])
		if s := ell + d1 + d2; s-s != 0 {
			err = &NonFiniteError{What: "expected log-likelihood", Value: firstBad(ell, d1, d2), Draw: -1}
		}
		if err != nil {
			return Stats{}, atRow(err, row)
		}
		sum += ell
		dst[i] += scale * (d1 - d2*e.loc[i])
		dst[n+i] += scale * d2 / 2
	}
	if !finite(sum) {
		return Stats{}, nonFinite("expected log-joint", math.Inf(-1), -1, -1, nil)
	}
	return Stats{ELogJoint: scale * sum, GradEvals: 1, HessEvals: 1}, nil
}
