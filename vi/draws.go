package vi

import (
	"context"
	"math"
	"runtime"
	"strconv"
	"sync"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// Draws are draws of a fitted q, and perhaps of wider proposals besides, with
// importance weights for the posterior.
type Draws struct {
	Names []string  // what the model calls its quantities
	Z     []float64 // n×Dim: unconstrained coordinates
	X     []float64 // n×len(Names): the quantities
	LogP  []float64 // log p(y, z), −Inf where it is not finite
	LogQ  []float64 // log-density of what the draws come from, together

	// LogWeights are logarithms of the normalised, Pareto-smoothed importance
	// weights.
	LogWeights []float64
	// FromQ is the number of draws of q itself, which are the first.
	FromQ int
	// Bad is the number of draws at which the log-joint was NaN or +Inf.
	Bad int
	// BadFromQ is how many of these are draws of q itself.
	BadFromQ int
}

// Len returns the number of draws.
func (d *Draws) Len() int { return len(d.LogP) }

// drawStream keeps the draws of a check apart from those of estimators.
const drawStream = 1 << 62

// newDraws makes n draws of q: for a Gaussian quasi-random antithetic pairs with
// exact first and second moments, for a mixture such draws of each component.
func newDraws(ctx context.Context, m models.Model, q families.Distribution, n int, seed uint64) (*Draws, error) {
	d := m.Dim()
	out := &Draws{FromQ: n}
	if c, ok := m.(models.Constrainer); ok {
		out.Names = c.ParamNames()
	} else if c, ok := m.(models.CoordNamer); ok {
		out.Names = c.CoordNames()
	} else {
		for j := range d {
			out.Names = append(out.Names, "z["+strconv.Itoa(j+1)+"]")
		}
	}
	z := make([]float64, n*d)
	rng := estimators.NewRng()
	rng.Seek(estimators.Stream{Seed: seed, Iter: drawStream}, 0)
	switch q := q.(type) {
	case families.Gaussian:
		gaussianDraws(z, q, seed)
	case *families.GaussMixtureDist:
		mixtureDraws(z, q, seed, rng.Float64())
	default:
		for i := range n {
			q.Rand(z[i*d:(i+1)*d], rng.Rand)
		}
	}
	if err := out.add(ctx, m, z); err != nil {
		return nil, err
	}
	out.BadFromQ = out.Bad
	for i := range n {
		out.LogQ[i] = q.LogProb(z[i*d : (i+1)*d])
	}
	return out, nil
}

// add evaluates the model at more draws, on all processors if it is a
// models.Forker.
func (o *Draws) add(ctx context.Context, m models.Model, z []float64) error {
	d, k := m.Dim(), len(o.Names)
	old, n := o.Len(), len(z)/d
	o.Z = append(o.Z, z...)
	o.LogP = append(o.LogP, make([]float64, n)...)
	o.LogQ = append(o.LogQ, make([]float64, n)...)
	o.X = append(o.X, make([]float64, n*k)...)
	evaluate := func(m models.Model, lo, hi int) {
		c, _ := m.(models.Constrainer)
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			z, x := o.Z[i*d:(i+1)*d], o.X[i*k:(i+1)*k]
			o.LogP[i] = m.LogJoint(z)
			if c != nil {
				c.Constrain(x, z)
			} else {
				copy(x, z)
			}
		}
	}
	if forker, ok := m.(models.Forker); ok {
		var wg sync.WaitGroup
		w := min(runtime.GOMAXPROCS(0), n)
		for j := range w {
			lo, hi := old+j*n/w, old+(j+1)*n/w
			wg.Go(func() { evaluate(forker.Fork(), lo, hi) })
		}
		wg.Wait()
	} else {
		evaluate(m, old, old+n)
	}
	for i, lp := range o.LogP[old:] {
		if math.IsNaN(lp) || math.IsInf(lp, 1) {
			o.LogP[old+i] = math.Inf(-1)
			o.Bad++
		}
		// What cannot be had has no weight either.
		for _, x := range o.X[(old+i)*k : (old+i+1)*k] {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				o.LogP[old+i] = math.Inf(-1)
			}
		}
	}
	return ctx.Err()
}

// gaussianDraws fills the rows of z.
func gaussianDraws(z []float64, q families.Gaussian, seed uint64) {
	d := q.Family().Dim()
	n := len(z) / d
	half := (n + 1) / 2
	base := estimators.BaseDraws(d, half, seed^drawStream, half >= 2*d)
	ε := make([]float64, d)
	for i := range n {
		row := base[i%half*d : (i%half+1)*d]
		sign := 1.0
		if i >= half {
			sign = -1
		}
		for j, v := range row {
			ε[j] = sign * v
		}
		q.Transform(z[i*d:(i+1)*d], ε)
	}
}

// mixtureDraws fills the rows of z with draws of the components, one after the other,
// of each as many as its weight wants, rounded at random by u in [0, 1) so that the
// expected number is exact.
func mixtureDraws(z []float64, q *families.GaussMixtureDist, seed uint64, u float64) {
	d := q.Family().Dim()
	n := len(z) / d
	var sum float64
	first := 0
	for c, π := range q.Weights(nil) {
		sum += π
		end := min(n, int(math.Floor(sum*float64(n)+u)))
		if c == q.NumComponents()-1 {
			end = n
		}
		if end > first {
			gaussianDraws(z[first*d:end*d], q.Component(c), seed+uint64(c))
		}
		first = end
	}
}
