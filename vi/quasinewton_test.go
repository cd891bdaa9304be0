package vi

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/families"
)

// bfgs returns the BFGS inverse Hessian from the initial one and pairs, the
// oldest first, by dense matrices:
//
//	H ← (I − s yᵀ/sy) H (I − y sᵀ/sy) + s sᵀ/sy
func bfgs(h *mat.Dense, s, y [][]float64) *mat.Dense {
	n := len(s[0])
	for k := range s {
		sv, yv := mat.NewVecDense(n, s[k]), mat.NewVecDense(n, y[k])
		ρ := 1 / mat.Dot(sv, yv)
		v := mat.NewDense(n, n, nil)
		v.Outer(-ρ, yv, sv)
		for i := range n {
			v.Set(i, i, v.At(i, i)+1)
		}
		var next, ss mat.Dense
		next.Product(v.T(), h, v)
		ss.Outer(ρ, sv, sv)
		next.Add(&next, &ss)
		h = &next
	}
	return h
}

// The recursion is BFGS with the pairs that it keeps, from F⁻¹ times the factor
// that the newest pair tells, in each chart, and at most as many pairs as there
// is memory for.
func TestDirectionIsBFGS(t *testing.T) {
	for _, f := range []families.Family{families.DiagGaussian(2), families.Gamma(), families.FullGaussian(1), families.Dirichlet(4)} {
		rnd := rand.New(rand.NewPCG(3, 3))
		const pairs = 3
		var m quasiNewton
		m.init(f, pairs)
		ch := newChart(f)
		n := ch.size()
		var s, y [][]float64
		var lastX, lastG []float64
		q := f.New()
		η := q.Natural(nil)
		kept := 0
		for step := range 8 {
			if step > 0 {
				λ := q.Natural(nil)
				for {
					next := append(families.Natural(nil), λ...)
					for i := range next {
						next[i] += 0.2 * (rnd.Float64() - 0.5)
					}
					if q.SetNatural(next) {
						break
					}
				}
			}
			// A concave function of μ, −½ |μ|², as ELBO less entropy.
			nat := make(families.Natural, n)
			for i, μ := range q.Mean(nil) {
				nat[i] = η[i] - 3*μ - q.Natural(nil)[i]
			}
			grad := q.FisherMulVec(nil, nat)
			m.learn(q, nat, grad)

			x, g := make([]float64, n), make([]float64, n)
			ch.point(x, q)
			ch.gradient(g, q, nat, grad)
			if lastX != nil {
				ds, dy := make([]float64, n), make([]float64, n)
				var sy float64
				for i := range n {
					ds[i], dy[i] = x[i]-lastX[i], lastG[i]-g[i]
					sy += ds[i] * dy[i]
				}
				if sy > 0 {
					s, y = append(s, ds), append(y, dy)
					kept++
				}
			}
			lastX, lastG = x, g
			if len(s) > pairs {
				s, y = s[1:], y[1:]
			}
			if m.empty() != (len(s) == 0) || m.n != len(s) {
				t.Fatalf("%v: %d pairs are kept, want %d", f, m.n, len(s))
			}
			if m.empty() {
				continue
			}
			h := mat.NewDense(n, n, nil)
			unit, col := make([]float64, n), make([]float64, n)
			for j := range n {
				clear(unit)
				unit[j] = 1
				ch.solve(col, unit, q)
				h.SetCol(j, col)
			}
			newest := len(s) - 1
			sv, yv := mat.NewVecDense(n, s[newest]), mat.NewVecDense(n, y[newest])
			h.Scale(mat.Dot(sv, yv)/mat.Inner(yv, h, yv), h)
			var want mat.VecDense
			want.MulVec(bfgs(h, s, y), mat.NewVecDense(n, g))
			m.aim(q)
			for i := range n {
				within(t, 1e-9, m.dir[i], want.AtVec(i), "%v, step %d: direction[%d]", f, step, i)
			}
			within(t, 1e-9, m.gain(), mat.Dot(&want, mat.NewVecDense(n, g)), "%v: promise", f)
			λ, to := make(families.Natural, n), make(families.Natural, n)
			for i := range n {
				col[i] = x[i] + 0.01*want.AtVec(i)
			}
			if m.move(λ, 0.01) != ch.natural(to, col) {
				t.Fatalf("%v: move", f)
			}
			for i := range n {
				within(t, 1e-9, λ[i], to[i], "%v: λ[%d]", f, i)
			}
		}
		if kept < pairs+2 {
			t.Errorf("%v: %d pairs in all, too few to forget any", f, kept)
		}
	}
}

// Pairs along which the ELBO is not concave are not learnt.
func TestConvexPairsAreNotLearnt(t *testing.T) {
	f := families.DiagGaussian(1)
	var m quasiNewton
	m.init(f, defaultPairs)
	q := f.New()
	for i := range 4 {
		q.SetNatural(families.Natural{float64(i), -0.5})
		// The gradient rises along the way.
		nat := families.Natural{2 * float64(i), 0}
		m.learn(q, nat, q.FisherMulVec(nil, nat))
	}
	if !m.empty() {
		t.Errorf("%d pairs", m.n)
	}
	nat := families.Natural{1, 0}
	m.learn(q, nat, q.FisherMulVec(nil, nat)) // no step
	if !m.empty() {
		t.Error("a pair of no length is learnt")
	}
	q.SetNatural(families.Natural{4, -0.5})
	nat = families.Natural{0.5, 0}
	m.learn(q, nat, q.FisherMulVec(nil, nat))
	if m.empty() {
		t.Error("a concave pair is not learnt")
	}
	m.clear()
	if !m.empty() || m.seen {
		t.Error("clear leaves something")
	}
}

// Natural turns to its memory after three slow steps, and not before.
func TestNaturalTurnsToMemory(t *testing.T) {
	f := families.DiagGaussian(1)
	for _, c := range []struct {
		squares []float64 // of the natural gradient at the points reached
		newton  bool
	}{
		{[]float64{1, 0.9, 0.8, 0.7}, true},
		{[]float64{1, 0.9, 0.8}, false},
		{[]float64{1, 0.9, 0.8, 0.3, 0.2, 0.11}, false},
		{[]float64{1, 0.49, 0.2, 0.09, 0.04, 0.01}, false},
		{[]float64{1, 0.2, 0.15, 0.14, 0.13, 0.01}, true}, // stays
	} {
		m := new(Natural)
		if err := m.Init(f); err != nil {
			t.Fatal(err)
		}
		q := f.New()
		for i, square := range c.squares {
			q.SetNatural(families.Natural{float64(i) / 4, -0.5})
			nat := families.Natural{math.Sqrt(square), 0}
			m.Aim(q, nat, q.FisherMulVec(nil, nat))
		}
		if m.newton() != c.newton {
			t.Errorf("%v: newton is %t", c.squares, m.newton())
		}
		if !c.newton {
			continue
		}
		dst := make(families.Natural, 2)
		if !m.Move(dst, 1) || math.Abs(dst[0]-(m.λ[0]+m.nat[0])) < 1e-3 {
			t.Errorf("%v: the step is the plain one, %v", c.squares, dst)
		}
		if !m.forget() || m.newton() || m.forget() {
			t.Errorf("%v: forgets something twice", c.squares)
		}
		if !m.Move(dst, 1) || math.Abs(dst[0]-(m.λ[0]+m.nat[0])) > 1e-15 {
			t.Errorf("%v: the step after forgetting is not the plain one, %v", c.squares, dst)
		}
	}
}
