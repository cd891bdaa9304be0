package vi

import (
	"cmp"
	"context"
	"math"
	"slices"

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
	tFreedom       = 5
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
	g, ok := r.Q.(families.Gaussian)
	if !ok {
		return psis, nil
	}
	own := psis // of the draws of q alone
	next := []proposal{{g, resampleDraws}}
	ε := make([]float64, d)
	for round := range resampleRounds {
		for k, c := range next {
			if err := o.add(ctx, m, tDraws(c.q, c.n, seed+uint64(round*(maxPieces+1)+k)+1)); err != nil {
				return nil, err
			}
			r.ModelEvals += c.n
			parts = append(parts, component{q: c.q, count: c.n, t: true})
			logs = append(logs, nil)
		}
		o.mix(parts, logs, ε)
		if psis, err = diagnostics.Smooth(ratios(o)); err != nil {
			return nil, err
		}
		if r.Resampled, err = marginals(o, psis.LogWeights); err != nil {
			return nil, err
		}
		if r.noise() < enoughNoise && (psis.KHat < usableKHat || psis.ESS > mostDraws*float64(o.Len())) || psis.ESS < float64(3*d+20) {
			break
		}
		if next = o.pieces(m.Dim(), resampleDraws*(round+2), g, psis.LogWeights); len(next) == 0 {
			break
		}
	}
	if n := o.FromQ; !reliable(psis, o.Len()) && reliable(own, n) {
		// In many dimensions wider proposals may do worse than q itself.
		o.Z, o.X, o.LogP, o.LogQ = o.Z[:n*d], o.X[:n*len(o.Names)], o.LogP[:n], logs[0][:n]
		return own, nil
	}
	return psis, nil
}

// reliable reports whether estimates by weights of n draws can be used. Where most
// draws count there is little in the tail of the weights, and its shape matters
// less: up to where they would not have a mean or, if nearly all count, not at all.
func reliable(p *diagnostics.PSIS, n int) bool {
	share := p.ESS / float64(n)
	return p.ESS >= fewESS && (p.KHat < diagnostics.Threshold(n) || share > mostDraws && p.KHat < 1 || share > nearlyAll)
}

// mix makes LogQ the log-density of the mixture of all parts. logs are those of
// each part at the draws where it is known.
func (o *Draws) mix(parts []component, logs [][]float64, ε []float64) {
	d := len(ε)
	for k := range parts {
		for i := len(logs[k]); i < o.Len(); i++ {
			logs[k] = append(logs[k], parts[k].logProb(o.Z[i*d:(i+1)*d], ε))
		}
	}
	terms := make([]float64, len(parts))
	for i := range o.LogQ {
		for k := range parts {
			terms[k] = logs[k][i] + math.Log(float64(parts[k].count)/float64(o.Len()))
		}
		o.LogQ[i] = floats.LogSumExp(terms)
	}
}

// proposal is where draws of a round come from.
type proposal struct {
	q families.Gaussian
	n int
}

// widen is the factor by which a proposal for the tails is wider.
const widen = 2

// maxPieces is the number of pieces into which draws are divided for a round.
const maxPieces = 3

// pieces returns Gaussians fitted to the weighted draws: one, or one to each third
// of the weight along the coordinate in which the posterior differs most from q.
// One Gaussian cannot follow a funnel, whose width changes along its axis; pieces
// of it can.
//
// A fifth of the draws come from the one Gaussian made wider, for the tails.
func (o *Draws) pieces(d, n int, q families.Gaussian, logWeights []float64) []proposal {
	whole, ok := o.fitted(d, logWeights)
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
	one := []proposal{{whole, n - tails}, {wide, tails}}
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
		if q, ok := o.fitted(d, part); ok {
			out = append(out, proposal{q, (n - tails) / maxPieces})
		}
	}
	if len(out) < maxPieces {
		return one
	}
	return append(out, proposal{wide, tails})
}

// fitted returns the Gaussian with the mean and covariance of weighted draws, if
// there are enough of them.
func (o *Draws) fitted(d int, logWeights []float64) (families.Gaussian, bool) {
	s, err := diagnostics.NewSample(o.Z, d, logWeights)
	if err != nil || s.ESS() < float64(2*d+10) {
		return nil, false
	}
	cov, err := s.Covariance(nil)
	if err != nil {
		return nil, false
	}
	q := families.FullGaussian(d).New().(families.Gaussian)
	return q, q.SetMoments(s.Mean(nil), cov)
}

// ratios returns the logarithms of the importance ratios.
func ratios(o *Draws) []float64 {
	r := make([]float64, o.Len())
	floats.SubTo(r, o.LogP, o.LogQ)
	return r
}
