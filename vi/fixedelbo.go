package vi

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// fixedELBO is the ELBO of independent Gaussian coordinates as an average over
// fixed pairs of draws z± = m ± s∘ε, but for a constant,
//
//	L(m, log s) = mean of log p(y, z±) + Σ log s
//
// with derivatives in (log s, m/s), the order and the units of all that follows,
// where m/s means that of a fixed s. With G = s∘∇log p and H = s sᵀ∘∇²log p at z±
// and e = (±ε, 1) for the two halves,
//
//	gradient of L  = mean of e∘G + (1, 0)
//	−Hessian of L  = −mean of e eᵀ∘H − diag(mean of ±ε∘G, 0)
type fixedELBO struct {
	d, pairs int
	base     []float64 // pairs×d: ε
	m, s     []float64
	exact    bool // Hessians of the model, not differences of its gradients
	units    []*pairEval

	grad []float64 // 2d
	each []float64 // pairs×2d: parts of it
	neg  []float64 // upper triangle of −Hessian, then its factor, 2d×2d
	u    blas64.Triangular

	gradEvals, hessEvals int
}

// maxPairEvals bounds the goroutines, each of which has two Hessians.
const maxPairEvals = 16

func newFixedELBO(m models.Gradienter, q *families.DiagGaussianDist, pairs int, seed uint64) *fixedELBO {
	d := m.Dim()
	// With few more pairs than coordinates the transform to covariance I would
	// distort them; with fewer pairs it is only a change of scale.
	whiten := pairs < d || pairs >= 2*d
	l := &fixedELBO{d: d, pairs: pairs, base: estimators.BaseDraws(d, pairs, seed, whiten),
		m: q.Loc(nil), s: q.Cov(nil), grad: make([]float64, 2*d), each: make([]float64, 2*d*pairs), neg: make([]float64, 4*d*d)}
	for i, v := range l.s {
		l.s[i] = math.Sqrt(v)
	}
	_, l.exact = m.(models.Hessianer)
	l.units = []*pairEval{newPairEval(m)}
	if forker, ok := m.(models.Forker); ok {
		for len(l.units) < min(runtime.GOMAXPROCS(0), pairs, maxPairEvals) {
			l.units = append(l.units, newPairEval(forker.Fork().(models.Gradienter)))
		}
	}
	return l
}

// evaluate finds the derivatives at (m, s). Pairs are evaluated at once, as many
// as there are goroutines, and added up one after the other, so that it does not
// matter how many.
func (l *fixedELBO) evaluate(ctx context.Context) error {
	clear(l.neg)
	for lo := 0; lo < l.pairs; lo += len(l.units) {
		n := min(len(l.units), l.pairs-lo)
		if err := ctx.Err(); err != nil {
			return err
		}
		var wg sync.WaitGroup
		for i, u := range l.units[:n] {
			wg.Go(func() { u.evaluate(l, lo+i) })
		}
		wg.Wait()
		for i, u := range l.units[:n] {
			if u.err != nil {
				return u.err
			}
			l.add(lo+i, u)
		}
	}
	d, k := l.d, float64(l.pairs)
	if l.exact {
		l.hessEvals += 2 * l.pairs
	} else {
		l.gradEvals += 2 * l.pairs * (2*d + 1)
	}
	clear(l.grad)
	for i := range l.pairs {
		blas64.Axpy(1/k, vec(l.each[2*d*i:2*d*(i+1)]), vec(l.grad))
	}
	for i := range d {
		l.neg[i*2*d+i] -= l.grad[i]
		l.grad[i]++
	}
	return nil
}

// add adds the part of a pair to the Hessian.
func (l *fixedELBO) add(pair int, p *pairEval) {
	d, w := l.d, 0.5/float64(l.pairs)
	ε := l.base[pair*d : (pair+1)*d]
	each := l.each[2*d*pair : 2*d*(pair+1)]
	for i, si := range l.s {
		each[i] = 0.5 * si * ε[i] * (p.g[0][i] - p.g[1][i])
		each[d+i] = 0.5 * si * (p.g[0][i] + p.g[1][i])
		ss, sm := l.neg[i*2*d:i*2*d+d], l.neg[i*2*d+d:(i+1)*2*d]
		mm := l.neg[(d+i)*2*d+d : (d+i+1)*2*d]
		for j, sj := range l.s {
			h0, h1 := w*si*sj*p.h[0][i*d+j], w*si*sj*p.h[1][i*d+j]
			sm[j] -= ε[i] * (h0 - h1)
			if j >= i {
				ss[j] -= ε[i] * ε[j] * (h0 + h1)
				mm[j] -= h0 + h1
			}
		}
	}
}

// minCond is the reciprocal condition number up to which −Hessian may be singular
// for all that is known.
func (l *fixedELBO) minCond() float64 {
	if l.exact {
		return exactCond
	}
	return differenceCond
}

// factorize replaces −Hessian by its factor and returns its reciprocal condition
// number, 0 if it is not positive definite.
func (l *fixedELBO) factorize() (cond float64) {
	n := 2 * l.d
	a := blas64.Symmetric{N: n, Stride: n, Data: l.neg, Uplo: blas.Upper}
	work := make([]float64, 3*n)
	norm := lapack64.Lansy(lapack.MaxColumnSum, a, work)
	var ok bool
	if l.u, ok = lapack64.Potrf(a); !ok {
		return 0
	}
	return lapack64.Pocon(a, norm, work, make([]int, n))
}

// solve replaces b by H⁻¹b, where H is −Hessian.
func (l *fixedELBO) solve(b blas64.General) { lapack64.Potrs(l.u, b) }

// covariance stores the block of m in H⁻¹. It is (U₂₂ᵀU₂₂)⁻¹ for the last block of
// the factor, H = UᵀU, which is that of the Schur complement.
func (l *fixedELBO) covariance(dst []float64) {
	d := l.d
	u := blas64.Triangular{N: d, Stride: d, Data: dst, Uplo: blas.Upper, Diag: blas.NonUnit}
	for i := range d {
		copy(dst[i*d:(i+1)*d], l.neg[(d+i)*2*d+d:])
	}
	lapack64.Potri(u)
	for i, si := range l.s {
		for j := i; j < d; j++ {
			dst[i*d+j] *= si * l.s[j]
			dst[j*d+i] = dst[i*d+j]
		}
	}
}

// meanErr returns the standard errors of m.
func (l *fixedELBO) meanErr() []float64 {
	d, k := l.d, l.pairs
	b := blas64.General{Rows: 2 * d, Cols: k, Stride: k, Data: make([]float64, 2*d*k)}
	for i := range k {
		for j := range 2 * d {
			b.Data[j*k+i] = l.each[i*2*d+j]
		}
	}
	l.solve(b)
	se := make([]float64, d)
	for j := range se {
		row := b.Data[(d+j)*k : (d+j+1)*k]
		var mean, square float64
		for _, x := range row {
			mean += x / float64(k)
		}
		for _, x := range row {
			square += (x - mean) * (x - mean)
		}
		se[j] = l.s[j] * math.Sqrt(square/float64(k)/float64(k-1))
	}
	return se
}

// pairEval evaluates a model at one pair.
type pairEval struct {
	model models.Gradienter
	z     []float64
	g, h  [2][]float64 // gradients and Hessians at z₊ and z₋
	gNext []float64
	err   error
}

func newPairEval(m models.Gradienter) *pairEval {
	d := m.Dim()
	p := &pairEval{model: m, z: make([]float64, d), gNext: make([]float64, d)}
	for i := range p.g {
		p.g[i], p.h[i] = make([]float64, d), make([]float64, d*d)
	}
	return p
}

func (p *pairEval) evaluate(l *fixedELBO, pair int) {
	for half, sign := range [2]float64{1, -1} {
		for i, ε := range l.base[pair*l.d : (pair+1)*l.d] {
			p.z[i] = l.m[i] + sign*l.s[i]*ε
		}
		if p.err = p.derivatives(p.g[half], p.h[half], l.s, 2*pair+half); p.err != nil {
			return
		}
	}
}

// differenceStep is the step of differences, in standard deviations: truncation
// and rounding both leave about nine digits.
const differenceStep = 1e-4

// derivatives stores the gradient and the Hessian at z.
func (p *pairEval) derivatives(g, h, s []float64, draw int) error {
	d := len(g)
	m, ok := p.model.(models.Hessianer)
	var lp float64
	if ok {
		lp = m.LogJointHess(h, g, p.z)
	} else {
		lp = p.model.LogJointGrad(g, p.z)
	}
	if err := p.check("log-joint", []float64{lp}, 0, draw); err != nil {
		return err
	}
	if err := p.check("gradient", g, 1, draw); err != nil {
		return err
	}
	if !ok {
		p.differences(h, s)
	}
	return p.check("Hessian", h, d, draw)
}

// differences stores the Hessian at z by central differences of gradients.
func (p *pairEval) differences(h, s []float64) {
	d := len(s)
	for j := range d {
		row, z := h[j*d:(j+1)*d], p.z[j]
		p.z[j] = z + differenceStep*s[j]
		hi := p.z[j]
		p.model.LogJointGrad(row, p.z)
		p.z[j] = z - differenceStep*s[j]
		lo := p.z[j]
		p.model.LogJointGrad(p.gNext, p.z)
		p.z[j] = z
		for i, x := range p.gNext {
			row[i] = (row[i] - x) / (hi - lo) // what the step came to in floating point
		}
	}
	for i := range d {
		for j := range i {
			mean := 0.5 * (h[i*d+j] + h[j*d+i])
			h[i*d+j], h[j*d+i] = mean, mean
		}
	}
}

// check returns an error if what the model returned at z is not finite. stride is
// the number of values for one parameter, 0 if they are for none.
func (p *pairEval) check(what string, x []float64, stride, draw int) error {
	i := nonFinite(x)
	if i < 0 {
		return nil
	}
	e := &estimators.NonFiniteError{What: what, Value: x[i], Index: -1, Draw: draw, Z: slices.Clone(p.z)}
	if stride > 0 {
		e.Index = i / stride
		if n, ok := p.model.(models.CoordNamer); ok {
			e.Name = n.CoordNames()[e.Index]
		}
	}
	if x, ok := p.model.(models.Explainer); ok {
		e.Err = x.Explain(e.Z)
	}
	return e
}
