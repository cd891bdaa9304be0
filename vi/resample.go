package vi

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
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
	resampleDraws  = 1500 // of the first round; the second has twice as many, and so on
	// tFreedom are the degrees of freedom of a proposal for the tails, and the least
	// of any.
	tFreedom = 5
	// enoughNoise is the Monte Carlo error, in posterior standard deviations, that
	// ends the rounds.
	enoughNoise = 0.03
	// usableKHat is the k̂ above which the law of large numbers is slow.
	usableKHat = 0.5
)

// component is one of the proposals that draws come from.
type component struct {
	q     families.Distribution
	count int
	ν     float64 // degrees of freedom of a t distribution with the location and scale of q; 0: q itself
}

// logProb returns the log-density at z. ε is scratch.
func (c *component) logProb(z, ε []float64) float64 {
	if c.ν == 0 {
		return c.q.LogProb(z)
	}
	g := c.q.(families.Gaussian)
	g.Untransform(ε, z)
	d := float64(len(z))
	r2 := floats.Dot(ε, ε)
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	// That of the Gaussian at its mean has the determinant.
	logDet := d/2*math.Log(2*math.Pi) + g.LogProb(z) + r2/2
	return lg((c.ν+d)/2) - lg(c.ν/2) - d/2*math.Log(c.ν*math.Pi) + logDet - (c.ν+d)/2*math.Log1p(r2/c.ν)
}

// tDraws returns n quasi-random draws of a t distribution.
func tDraws(q families.Gaussian, ν float64, n int, seed uint64) []float64 {
	d := q.Family().Dim()
	z := make([]float64, n*d)
	cube := estimators.BaseCube(d+1, n, seed)
	chi := distuv.ChiSquared{K: ν}
	ε := make([]float64, d)
	for i := range n {
		u := cube[i*(d+1) : (i+1)*(d+1)]
		r := math.Sqrt(ν / chi.Quantile(inside(u[d])))
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
// the smoothed weights of all of them, first those of the draws of q.
//
// Even weights of these say nothing of what q has no draws of, such as the tails of
// a Student-t posterior or a lesser mode, so that some draws from beyond are made
// in any case.
func (r *Result) resample(ctx context.Context, m models.Model, psis *diagnostics.PSIS, seed uint64) (*diagnostics.PSIS, error) {
	o := r.Draws
	r.Even = psis.ESS >= evenWeights*float64(o.FromQ)
	g := envelope(r.Q)
	if g == nil || m.Dim() > maxFull { // wider proposals are of no use in so many dimensions
		return psis, nil
	}
	own := psis
	logQ := slices.Clone(o.LogQ)
	mix := mixture{parts: []component{{q: r.Q, count: o.Len()}}, logs: [][]float64{slices.Clone(o.LogQ)}, ε: make([]float64, m.Dim())}
	var err error
	add := func(next []proposal) error {
		for _, c := range next {
			if err := o.add(ctx, m, tDraws(c.q, c.ν, c.n, seed+uint64(len(mix.parts)))); err != nil {
				return err
			}
			r.ModelEvals += c.n
			mix.parts = append(mix.parts, component{q: c.q, count: c.n, ν: c.ν})
			mix.logs = append(mix.logs, nil)
		}
		mix.weigh(o)
		if psis, err = diagnostics.Smooth(ratios(o)); err != nil {
			return err
		}
		r.Resampled, err = marginals(o, psis.LogWeights)
		return err
	}
	if r.Even {
		if err := add([]proposal{{g, tailDraws, tFreedom}}); err != nil {
			return nil, err
		}
		// The draws of q alone are as good as if there were no others?
		r.Even = psis.ESS >= evenWeights*float64(o.FromQ)
		if r.Even && r.noise() < heavyNoise && psis.KHat < usableKHat {
			return psis, nil
		}
	}
	next := []proposal{{g, resampleDraws - resampleDraws/4, bulkFreedom(m.Dim())}, {g, resampleDraws / 4, tFreedom}}
	for round := range resampleRounds {
		if err := add(next); err != nil {
			return nil, err
		}
		if r.noise() < enoughNoise && (psis.KHat < usableKHat || r.most(psis.ESS, psis.KHat)) || psis.ESS < float64(3*m.Dim()+20) {
			break
		}
		if next = o.pieces(m.Dim(), resampleDraws*(round+2), g, psis.LogWeights); len(next) == 0 {
			break
		}
	}
	r.Even = psis.ESS >= evenWeights*float64(o.Len())
	if !r.reliable(psis) {
		wide := r.Draws
		if r.Draws = wide.first(m.Dim(), logQ); r.reliable(own) {
			// In many dimensions estimates with wider proposals may be of no use where
			// those of the draws of q alone are; that its tails are too light is known.
			r.TailsKHat = psis.KHat
			return own, nil
		}
		r.Draws = wide
	}
	return psis, nil
}

// first returns the draws of q alone, with its log-densities.
func (o *Draws) first(d int, logQ []float64) *Draws {
	n := o.FromQ
	q := *o
	q.Z, q.X, q.LogP, q.LogQ = o.Z[:n*d], o.X[:n*len(o.Names)], o.LogP[:n], logQ
	return &q
}

// mixture is what draws come from. logs are the log-densities of each part at the
// draws where it is known.
type mixture struct {
	parts []component
	logs  [][]float64
	ε     []float64 // scratch
}

// weigh makes LogQ the log-density of all parts together.
func (m *mixture) weigh(o *Draws) {
	d := len(m.ε)
	for k := range m.parts {
		for i := len(m.logs[k]); i < o.Len(); i++ {
			m.logs[k] = append(m.logs[k], m.parts[k].logProb(o.Z[i*d:(i+1)*d], m.ε))
		}
	}
	terms := make([]float64, len(m.parts))
	for i := range o.LogQ {
		for k := range m.parts {
			terms[k] = m.logs[k][i] + math.Log(float64(m.parts[k].count)/float64(o.Len()))
		}
		o.LogQ[i] = floats.LogSumExp(terms)
	}
}

// proposal is where draws of a round come from.
type proposal struct {
	q families.Gaussian
	n int
	ν float64
}

// bulkFreedom is the number of degrees of freedom of a proposal for the bulk of d
// coordinates. The length of a t-distributed vector varies by a factor 1 ± √(1/2ν)
// besides what that of a Gaussian does, 1 ± √(1/2d): few draws are wasted if that
// is not much more.
func bulkFreedom(d int) float64 { return max(tFreedom, float64(d)/2) }

// widen is the factor by which a proposal for the tails is wider.
const widen = 2

// maxPieces is the number of pieces into which draws are divided for a round.
const maxPieces = 5

// pieces returns Gaussians fitted to the weighted draws: one, or one to each fifth
// of the weight along the coordinate in which the posterior differs most from q.
// One Gaussian cannot follow a funnel, whose width changes along its axis; pieces
// of it can.
//
// A fifth of the draws come from the one Gaussian made wider, for the tails.
func (o *Draws) pieces(d, n int, q families.Gaussian, logWeights []float64) []proposal {
	whole, ok := o.fitted(q, logWeights)
	if !ok {
		return nil
	}
	wide := families.FullGaussian(d).New().(families.Gaussian)
	cov := whole.Cov(nil)
	floats.Scale(widen*widen, cov)
	if !wide.SetMoments(whole.Loc(nil), cov) {
		return nil
	}
	tails := n / 5
	axis, most := -1, 0.1
	vq, vw := variances(q), variances(whole)
	for j := range d {
		if l := math.Abs(0.5 * math.Log(vw[j]/vq[j])); l > most {
			axis, most = j, l
		}
	}
	one := []proposal{{whole, n - tails, bulkFreedom(d)}, {wide, tails, tFreedom}}
	if axis < 0 {
		return one
	}
	order := make([]int, o.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(o.Z[a*d+axis], o.Z[b*d+axis]) })
	var out []proposal
	part := make([]float64, o.Len())
	for k := range maxPieces {
		var before float64
		for i := range part {
			part[i] = math.Inf(-1)
		}
		for _, i := range order {
			w := math.Exp(logWeights[i])
			if lo := float64(k) / maxPieces; before >= lo && before < lo+1./maxPieces {
				part[i] = logWeights[i]
			}
			before += w
		}
		if p, ok := o.fitted(q, part); ok {
			out = append(out, proposal{p, (n - tails) / maxPieces, bulkFreedom(d)})
		}
	}
	if len(out) < maxPieces {
		return one
	}
	return append(out, proposal{wide, tails, tFreedom})
}

// fitGain bounds what a Gaussian that is fitted to draws may gain by that at these
// very draws, in nats.
const fitGain = 0.03

// fitted returns a Gaussian with the mean and covariance of weighted draws, if
// there are enough of them.
//
// The draws weigh less the higher the density of what is fitted to them, and a
// covariance of d²/2 numbers fitted to n draws gains d²/4n nats there, which biases
// everything. In the coordinates of q, where correlations are small, they are
// shrunk until that is little.
func (o *Draws) fitted(q families.Gaussian, logWeights []float64) (families.Gaussian, bool) {
	d := q.Family().Dim()
	ε := make([]float64, len(o.Z))
	for i, w := range logWeights {
		if !math.IsInf(w, -1) {
			q.Untransform(ε[i*d:(i+1)*d], o.Z[i*d:(i+1)*d])
		}
	}
	s, err := diagnostics.NewSample(ε, d, logWeights)
	if err != nil || s.ESS() < float64(2*d+10) {
		return nil, false
	}
	w, err := s.Covariance(nil)
	if err != nil {
		return nil, false
	}
	keep := math.Min(1, math.Sqrt(4*fitGain*s.ESS())/float64(d))
	for i := range d {
		for j := range d {
			if i != j {
				w[i*d+j] *= keep
			}
		}
	}
	// Back: z = m + C ε.
	origin, mean := make([]float64, d), make([]float64, d)
	q.Transform(origin, make([]float64, d))
	q.Transform(mean, s.Mean(nil))
	ct := make([]float64, d*d)
	unit := make([]float64, d)
	for j := range d {
		clear(unit)
		unit[j] = 1
		q.Transform(ct[j*d:(j+1)*d], unit)
		floats.Sub(ct[j*d:(j+1)*d], origin)
	}
	square := func(x []float64) blas64.General { return blas64.General{Rows: d, Cols: d, Stride: d, Data: x} }
	wc, cov := square(make([]float64, d*d)), square(make([]float64, d*d))
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, square(w), square(ct), 0, wc)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, square(ct), wc, 0, cov)
	for i := range d {
		for j := range i {
			m := 0.5 * (cov.Data[i*d+j] + cov.Data[j*d+i])
			cov.Data[i*d+j], cov.Data[j*d+i] = m, m
		}
	}
	fit := families.FullGaussian(d).New().(families.Gaussian)
	return fit, fit.SetMoments(mean, cov.Data)
}

// ratios returns the logarithms of the importance ratios.
func ratios(o *Draws) []float64 {
	r := make([]float64, o.Len())
	floats.SubTo(r, o.LogP, o.LogQ)
	return r
}
