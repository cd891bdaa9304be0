package ad

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The density of 10⁴ observations as one node, with a location for each and its
// derivatives, against a loop by hand that does the same.
const benchN = 10000

func benchData() (x, f, d []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, f, d = make([]float64, benchN), make([]float64, benchN), make([]float64, benchN)
	for i := range x {
		f[i] = rng.NormFloat64()
		x[i] = float64(rng.IntN(2))
	}
	return x, f, d
}

func BenchmarkLaw(b *testing.B) {
	x, f, d := benchData()
	node := func(b *testing.B, f []float64, follows func(t *Tape, f Var)) {
		var t Tape
		t.Reset()
		in := t.Input(f)
		mark := t
		for b.Loop() {
			t.nodes, t.val, t.saved = t.nodes[:len(mark.nodes)], t.val[:len(mark.val)], t.saved[:0]
			t.data, t.refs, t.terms = t.data[:0], t.refs[:0], t.terms[:0]
			follows(&t, in)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchN, "ns/element")
	}
	hand := func(b *testing.B, loop func()) {
		for b.Loop() {
			loop()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchN, "ns/element")
	}
	b.Run("BernoulliLogit", func(b *testing.B) {
		node(b, f, func(t *Tape, f Var) { t.Follows(x, BernoulliLogit(f)) })
	})
	b.Run("BernoulliLogit by hand", func(b *testing.B) {
		hand(b, func() {
			var s float64
			for i, f := range f {
				e := math.Exp(-math.Abs(f))
				q := 1 / (1 + e)
				if f < 0 {
					q = e * q
				}
				s += x[i]*f - math.Max(f, 0) - math.Log1p(e)
				d[i] = x[i] - q
			}
			sink = s
		})
	})
	b.Run("Normal", func(b *testing.B) {
		node(b, append([]float64{1.5}, f...), func(t *Tape, v Var) {
			t.Follows(x, Normal(t.Slice(v, 1, benchN+1), t.At(v, 0)))
		})
	})
	b.Run("Normal by hand", func(b *testing.B) {
		hand(b, func() {
			σ := 1.5
			r, c := 1/σ, math.Log(σ)+halfLog2Pi
			var s float64
			for i, f := range f {
				z := (x[i] - f) * r
				s += z * z
				d[i] = z * r
			}
			sink = -0.5*s - benchN*c
			sink2 = (s - benchN) * r
		})
	})
	b.Run("PoissonLog", func(b *testing.B) {
		node(b, f, func(t *Tape, f Var) { t.Follows(x, PoissonLog(f)) })
	})
	b.Run("StudentT", func(b *testing.B) {
		node(b, append([]float64{1.5, 4}, f...), func(t *Tape, v Var) {
			t.Follows(x, StudentT(t.At(v, 1), t.Slice(v, 2, benchN+2), t.At(v, 0)))
		})
	})
	b.Run("NegativeBinomialLog", func(b *testing.B) {
		node(b, append([]float64{1.5}, f...), func(t *Tape, v Var) {
			t.Follows(x, NegativeBinomialLog(t.Slice(v, 1, benchN+1), t.At(v, 0)))
		})
	})
}

var sink, sink2 float64
