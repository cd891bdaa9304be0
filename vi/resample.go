package vi

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi/diagnostics"
)

// Where draws of q have uneven weights, draws of wider proposals are added to
// them: a multivariate t distribution about q, and then others fitted to what the
// weights say of the posterior. All draws are weighed against the mixture of all
// proposals (adaptive multiple importance sampling: Cornuet, Marin, Mira & Robert
// 2012, Scand. J. Statist. 39, 798), so that none is lost and none weighs too
// much. It costs values of the log-joint, no gradients.
const (
	resampleRounds = 4
	resampleDraws  = 1500 // of a round
	tFreedom       = 5
	// enoughNoise is the Monte Carlo error, in posterior standard deviations, that
	// ends the rounds.
	enoughNoise = 0.03
)

// component is one of the proposals that draws come from.
type component struct {
	q     families.Distribution
	count int
	t     bool // a t distribution with the location and scale of q
}

// logProb returns the log-density at z. ε is scratch.
func (c *component) logProb(z, ε []float64) float64 {
	if !c.t {
		return c.q.LogProb(z)
	}
	g := c.q.(families.Gaussian)
	g.Untransform(ε, z)
	d := float64(len(z))
	r2 := floats.Dot(ε, ε)
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	// That of the Gaussian at its mean has the determinant.
	logDet := d/2*math.Log(2*math.Pi) + g.LogProb(z) + r2/2
	return lg((tFreedom+d)/2) - lg(tFreedom/2.) - d/2*math.Log(tFreedom*math.Pi) + logDet - (tFreedom+d)/2*math.Log1p(r2/tFreedom)
}

// tDraws returns n quasi-random draws of a t distribution.
func tDraws(q families.Gaussian, n int, seed uint64) []float64 {
	d := q.Family().Dim()
	z := make([]float64, n*d)
	cube := estimators.BaseCube(d+1, n, seed)
	chi := distuv.ChiSquared{K: tFreedom}
	ε := make([]float64, d)
	for i := range n {
		u := cube[i*(d+1) : (i+1)*(d+1)]
		r := math.Sqrt(tFreedom / chi.Quantile(inside(u[d])))
		for j := range ε {
			ε[j] = r * distuv.UnitNormal.Quantile(inside(u[j]))
		}
		q.Transform(z[i*d:(i+1)*d], ε)
	}
	return z
}

// inside keeps a number in the open unit interval.
func inside(u float64) float64 { return math.Min(math.Max(u, 0x1p-40), 1-0x1p-40) }

// resample adds draws until the weights are good, or it is of no use. It returns
// the smoothed weights of all of them.
func (r *Result) resample(ctx context.Context, m models.Model, seed uint64) (*diagnostics.PSIS, error) {
	d := m.Dim()
	o := r.Draws
	parts := []component{{q: r.Q, count: o.Len()}}
	logs := [][]float64{append([]float64(nil), o.LogQ...)}
	psis, err := diagnostics.Smooth(ratios(o))
	if err != nil {
		return nil, err
	}
	next, ok := r.Q.(families.Gaussian)
	if !ok {
		return psis, nil
	}
	ε := make([]float64, d)
	for round := range resampleRounds {
		c := component{q: next, count: resampleDraws, t: true}
		old := o.Len()
		if err := o.add(ctx, m, tDraws(next, resampleDraws, seed+uint64(round)+1)); err != nil {
			return nil, err
		}
		r.ModelEvals += resampleDraws
		parts = append(parts, c)
		logs = append(logs, make([]float64, old))
		for k := range parts {
			lo := old
			if k == len(parts)-1 {
				lo = 0
			}
			for i := lo; i < o.Len(); i++ {
				lp := parts[k].logProb(o.Z[i*d:(i+1)*d], ε)
				if i < len(logs[k]) {
					logs[k][i] = lp
				} else {
					logs[k] = append(logs[k], lp)
				}
			}
		}
		terms := make([]float64, len(parts))
		for i := range o.LogQ {
			for k := range parts {
				terms[k] = logs[k][i] + math.Log(float64(parts[k].count)/float64(o.Len()))
			}
			o.LogQ[i] = floats.LogSumExp(terms)
		}
		if psis, err = diagnostics.Smooth(ratios(o)); err != nil {
			return nil, err
		}
		if r.Resampled, err = marginals(o, psis.LogWeights); err != nil {
			return nil, err
		}
		if psis.KHat < usableKHat && r.noise() < enoughNoise || psis.ESS < float64(3*d+20) {
			break
		}
		if next, ok = fitted(o, m, psis.LogWeights); !ok {
			break
		}
	}
	return psis, nil
}

// fitted returns the Gaussian with the mean and covariance of weighted draws.
func fitted(o *Draws, m models.Model, logWeights []float64) (families.Gaussian, bool) {
	s, err := diagnostics.NewSample(o.Z, m.Dim(), logWeights)
	if err != nil {
		return nil, false
	}
	cov, err := s.Covariance(nil)
	if err != nil {
		return nil, false
	}
	q := families.FullGaussian(m.Dim()).New().(families.Gaussian)
	return q, q.SetMoments(s.Mean(nil), cov)
}

// ratios returns the logarithms of the importance ratios.
func ratios(o *Draws) []float64 {
	r := make([]float64, o.Len())
	floats.SubTo(r, o.LogP, o.LogQ)
	return r
}
