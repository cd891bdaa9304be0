package ad

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// First derivatives agree with differences of the value, second with those of the
// first.
func TestLawDifferences(t *testing.T) {
	for _, l := range lawTests {
		s := scalarLaw{dist: l.dist}
		for _, a := range points(l.name)[:3] {
			s.at(a)
			m := len(a)
			d, h := slices.Clone(s.d), slices.Clone(s.h)
			for k := range a {
				b := slices.Clone(a)
				const step = 1e-5
				x := a[k]
				if l.grid == nil && k == 0 && (x == 0 || l.name[0] == 'B' && x == 1) {
					continue // at the end of the support
				}
				b[k] = x + step
				up, dup := s.at(b), slices.Clone(s.d)
				b[k] = x - step
				down, ddown := s.at(b), slices.Clone(s.d)
				near(t, fmt.Sprintf("%s%v ∂%d", l.name, a, k), d[k], (up-down)/(2*step), 1e-7*(1+math.Abs(d[k])))
				for j := range a {
					near(t, fmt.Sprintf("%s%v ∂%d∂%d", l.name, a, k, j), h[j*m+k], (dup[j]-ddown[j])/(2*step), 1e-6*(1+math.Abs(h[j*m+k])))
				}
			}
		}
	}
}

// The kinds an argument may have: 3 numbers or one, that depend on the input or
// are data.
const (
	activeScalar = iota
	activeVector
	number
	dataVector
	kinds
)

// mix is a law with arguments of any kinds, of the three ordinary points.
type mix struct {
	pts  [][]float64
	data [4][]float64
	lo   [4]int // where in the input
	kind [4]int
	in   []float64
}

func newMix(pts [][]float64, code int) *mix {
	m := &mix{pts: pts[:3]}
	for k := range pts[0] {
		for _, p := range m.pts {
			m.data[k] = append(m.data[k], p[k])
		}
		m.kind[k], code = code%kinds, code/kinds
		m.lo[k] = len(m.in)
		switch m.kind[k] {
		case activeScalar:
			m.in = append(m.in, m.data[k][0])
		case activeVector:
			m.in = append(m.in, m.data[k]...)
		}
	}
	m.in = append(m.in, 0) // an input even if all is data
	return m
}

func (m *mix) value(t *Tape, in Var, k int) Value {
	switch m.kind[k] {
	case activeScalar:
		return t.At(in, m.lo[k])
	case activeVector:
		return t.Slice(in, m.lo[k], m.lo[k]+3)
	case number:
		return m.data[k][0]
	}
	return m.data[k]
}

// element returns element i of argument k, and its place in the input, or −1.
func (m *mix) element(k, i int) (a float64, at int) {
	switch m.kind[k] {
	case activeScalar:
		return m.data[k][0], m.lo[k]
	case activeVector:
		return m.data[k][i], m.lo[k] + i
	case number:
		return m.data[k][0], -1
	}
	return m.data[k][i], -1
}

// count is the number of elements of the density.
func (m *mix) count() int {
	for k := range m.pts[0] {
		if m.kind[k] == activeVector || m.kind[k] == dataVector {
			return 3
		}
	}
	return 1
}

// Whatever mix of scalars, vectors, data and what depends on parameters the
// arguments are, values and derivatives are sums of those of numbers.
func TestLawMixes(t *testing.T) {
	weights := []float64{0.7, -1.3, 2.1}
	for _, l := range lawTests {
		s := scalarLaw{dist: l.dist}
		pts := points(l.name)
		m := len(pts[0])
		for code := range int(math.Pow(kinds, float64(m))) {
			mx := newMix(pts, code)
			n, dim := mx.count(), len(mx.in)
			for _, each := range []bool{false, true} {
				what := fmt.Sprint(l.name, " ", mx.kind[:m], " each ", each)
				var tape Tape
				in := tape.Input(mx.in)
				θ := make([]Value, m-1)
				for k := range θ {
					θ[k] = mx.value(&tape, in, k+1)
				}
				var lp []float64
				if each {
					v := tape.LogProb(mx.value(&tape, in, 0), l.dist(θ))
					lp = slices.Clone(v.Value())
					tape.AddTerm(tape.Mul(v, weights[:n]))
				} else {
					tape.Follows(mx.value(&tape, in, 0), l.dist(θ))
				}
				if tape.Err() != nil {
					t.Fatal(what, tape.Err())
				}
				grad, hess := make([]float64, dim), make([]float64, dim*dim)
				tape.Gradient(grad)
				tape.Hessian(hess)

				var want float64
				wantGrad, wantHess := make([]float64, dim), make([]float64, dim*dim)
				for i := range n {
					a, at := make([]float64, m), make([]int, m)
					for k := range a {
						a[k], at[k] = mx.element(k, i)
					}
					w, v := 1.0, s.at(a)
					if each {
						w = weights[i]
						near(t, what, lp[i], v, 1e-13*math.Abs(v))
					}
					want += w * v
					for j, p := range at {
						for k, q := range at {
							if p >= 0 && q >= 0 {
								wantHess[p*dim+q] += w * s.h[j*m+k]
							}
						}
						if p >= 0 {
							wantGrad[p] += w * s.d[j]
						}
					}
				}
				near(t, what, tape.LogJoint(), want, 1e-12*(1+math.Abs(want)))
				for p := range grad {
					near(t, what+" gradient", grad[p], wantGrad[p], 1e-12*(1+math.Abs(wantGrad[p])))
				}
				for p := range hess {
					near(t, what+" Hessian", hess[p], wantHess[p], 1e-11*(1+math.Abs(wantHess[p])))
				}
			}
		}
	}
}

// The fast sums are those of single elements, for many of them and with values far
// out.
func TestLawLongSums(t *testing.T) {
	const n = 5000
	x, y, f, θ := make([]float64, n), make([]float64, n), make([]float64, n+1), make([]float64, n)
	for i := range n {
		x[i], y[i] = float64(i%2), float64(i%400)
		θ[i] = 5 * math.Sin(float64(i))
		f[i] = θ[i]
	}
	f[0], f[1], f[n] = 700, -1e4, 1.3
	for _, l := range []struct {
		name  string
		x     []float64
		which func(f, σ Var) Dist
	}{
		{"Normal", y, func(f, σ Var) Dist { return Normal(f, σ) }},
		{"BernoulliLogit", x, func(f, _ Var) Dist { return BernoulliLogit(f) }},
		{"PoissonLog", y, func(f, _ Var) Dist { return PoissonLog(f) }},
	} {
		var one, all Tape
		eval := func(t *Tape, each bool) (float64, []float64) {
			in := t.Input(f)
			d := l.which(t.Slice(in, 0, n), t.At(in, n))
			if each {
				t.AddTerm(t.LogProb(l.x, d))
			} else {
				t.Follows(l.x, d)
			}
			g := make([]float64, n+1)
			t.Gradient(g)
			return t.LogJoint(), g
		}
		v, g := eval(&all, false)
		want, wantGrad := eval(&one, true)
		near(t, l.name, v, want, 1e-13*math.Abs(want))
		for i := range g {
			near(t, fmt.Sprint(l.name, " gradient ", i), g[i], wantGrad[i], 1e-12*math.Abs(wantGrad[i]))
		}
	}
}

// Densities add up to 1, and are those of gonum.
func TestLawMass(t *testing.T) {
	for _, l := range lawTests {
		for _, a := range points(l.name)[:3] {
			θ := make([]Value, len(a)-1)
			for k := range θ {
				θ[k] = a[k+1]
			}
			var x, logw []float64
			switch {
			case l.grid != nil:
				const h = 1. / 64
				for u := -4.5; u <= 4.5; u += h {
					v, lw := l.grid(u, a[1:])
					x, logw = append(x, v), append(logw, lw+math.Log(h))
				}
			case l.name == "Bernoulli" || l.name == "BernoulliLogit":
				x = []float64{0, 1}
			default:
				for k := range 3000 {
					if l.name == "BinomialLogit" && k > int(a[1]) {
						break
					}
					x = append(x, float64(k))
				}
			}
			var tape Tape
			lp := tape.LogProb(x, l.dist(θ)).Value()
			var total float64
			for i, v := range lp {
				if logw != nil {
					v += logw[i]
				}
				total += math.Exp(v)
			}
			tol := 1e-10
			if l.name == "Laplace" {
				tol = 1e-3 // it has a kink
			}
			near(t, fmt.Sprintf("total of %s%v", l.name, a[1:]), total, 1, tol)
			if l.gonum != nil {
				want := l.gonum(a[1:]).LogProb(a[0])
				got := tape.LogProb(a[0], l.dist(θ)).At(0)
				near(t, fmt.Sprintf("%s%v", l.name, a), got, want, 1e-12*(1+math.Abs(want)))
			}
		}
	}
}

// Outside the support the log-density is −Inf, with NaN it is NaN, both with zero
// derivatives, which leave those of other elements as they are.
func TestLawOutside(t *testing.T) {
	for _, l := range lawTests {
		good := points(l.name)[0]
		m := len(good)
		check := func(bad []float64, want float64) {
			t.Helper()
			// The second element is bad; θ and x are data first, then depend
			// on the input.
			for _, active := range []bool{false, true} {
				if active && fractional(&l, bad) {
					continue // what depends on parameters may be any number
				}
				var tape Tape
				both := make([]float64, 0, 2*m)
				for k := range m {
					both = append(both, good[k], bad[k])
				}
				in := tape.Input(both)
				arg := func(k int) Value {
					if active {
						return tape.Slice(in, 2*k, 2*k+2)
					}
					return both[2*k : 2*k+2]
				}
				θ := make([]Value, m-1)
				for k := range θ {
					θ[k] = arg(k + 1)
				}
				lp := tape.LogProb(arg(0), l.dist(θ))
				tape.Follows(arg(0), l.dist(θ))
				same := func(x float64) bool { return x == want || x != x && want != want }
				if math.IsInf(lp.At(0), 0) || !same(lp.At(1)) || !same(tape.LogJoint()) {
					t.Errorf("%s%v: log p = %v and %v, want the second %v", l.name, bad, lp.Value(), tape.LogJoint(), want)
				}
				g, h := make([]float64, 2*m), make([]float64, 4*m*m)
				tape.Gradient(g)
				tape.Hessian(h)
				for k := range m {
					if g[2*k+1] != 0 || math.IsNaN(g[2*k]) || active && k > 0 && g[2*k] == 0 {
						t.Errorf("%s%v: gradient %v", l.name, bad, g)
					}
				}
				if l.name == "PoissonLog" && bad[0] == 1 {
					continue // a mean that overflows has an infinite second derivative
				}
				for j := range 2 * m {
					for k := range m {
						if h[j*2*m+2*k+1] != 0 {
							t.Errorf("%s%v: Hessian %v", l.name, bad, h)
						}
					}
				}
			}
		}
		for _, a := range l.outside {
			check(a, math.Inf(-1))
		}
		for k := range m {
			a := slices.Clone(good)
			a[k] = math.NaN()
			check(a, math.NaN())
		}
	}
}

// fractional reports whether a point has a fraction where whole numbers belong.
func fractional(l *lawTest, a []float64) bool {
	return l.grid == nil && a[0] != math.Floor(a[0]) || l.name == "BinomialLogit" && a[1] != math.Floor(a[1])
}

func TestLawAllocs(t *testing.T) {
	for _, l := range lawTests {
		a := points(l.name)[0]
		mx := newMix(points(l.name), activeVector) // x, other arguments activeScalar
		var tape Tape
		var θ [3]Var
		g, v := make([]float64, len(mx.in)), make([]float64, len(mx.in))
		v[0] = 1
		eval := func() {
			tape.Reset()
			in := tape.Input(mx.in)
			for k := range len(a) - 1 {
				θ[k] = tape.At(in, mx.lo[k+1])
			}
			x := tape.Slice(in, 0, 3)
			followsNamed(&tape, l.name, x, &θ)
			tape.Gradient(g)
			tape.HessVec(g, v)
		}
		eval()
		if tape.Err() != nil {
			t.Fatal(tape.Err())
		}
		if n := testing.AllocsPerRun(10, eval); n != 0 {
			t.Errorf("%s: %v allocations", l.name, n)
		}
	}
}

// followsNamed calls the constructors directly, as users do.
func followsNamed(p *Tape, name string, x Var, θ *[3]Var) {
	switch name {
	case "Normal":
		p.Follows(x, Normal(θ[0], θ[1]))
	case "HalfNormal":
		p.Follows(x, HalfNormal(θ[0]))
	case "LogNormal":
		p.Follows(x, LogNormal(θ[0], θ[1]))
	case "StudentT":
		p.Follows(x, StudentT(θ[0], θ[1], θ[2]))
	case "Cauchy":
		p.Follows(x, Cauchy(θ[0], θ[1]))
	case "HalfCauchy":
		p.Follows(x, HalfCauchy(θ[0]))
	case "Laplace":
		p.Follows(x, Laplace(θ[0], θ[1]))
	case "Logistic":
		p.Follows(x, Logistic(θ[0], θ[1]))
	case "Exponential":
		p.Follows(x, Exponential(θ[0]))
	case "Gamma":
		p.Follows(x, Gamma(θ[0], θ[1]))
	case "InverseGamma":
		p.Follows(x, InverseGamma(θ[0], θ[1]))
	case "Beta":
		p.Follows(x, Beta(θ[0], θ[1]))
	case "Uniform":
		p.Follows(x, Uniform(θ[0], θ[1]))
	case "Bernoulli":
		p.Follows(x, Bernoulli(θ[0]))
	case "BernoulliLogit":
		p.Follows(x, BernoulliLogit(θ[0]))
	case "BinomialLogit":
		p.Follows(x, BinomialLogit(θ[0], θ[1]))
	case "Poisson":
		p.Follows(x, Poisson(θ[0]))
	case "PoissonLog":
		p.Follows(x, PoissonLog(θ[0]))
	case "NegativeBinomial":
		p.Follows(x, NegativeBinomial(θ[0], θ[1]))
	case "NegativeBinomialLog":
		p.Follows(x, NegativeBinomialLog(θ[0], θ[1]))
	}
}
