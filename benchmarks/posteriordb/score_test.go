package posteriordb

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models/ad"
)

func TestScore(t *testing.T) {
	r := &Reference{Mean: []float64{1, 2}, SD: []float64{1, 4}}
	a, b := r.Score([]float64{4, 18}, []float64{math.E, 4})
	if want := math.Sqrt((9.0 + 16) / 2); math.Abs(a-want) > 1e-14 {
		t.Errorf("mean error %v, want %v", a, want)
	}
	if want := math.Sqrt(0.5); math.Abs(b-want) > 1e-14 {
		t.Errorf("log-sd ratio %v, want %v", b, want)
	}
	if a, b := r.Score([]float64{math.NaN(), 0}, []float64{0, 1}); !math.IsInf(a, 1) || !math.IsInf(b, 1) {
		t.Errorf("scores %v and %v of NaN and 0, want +Inf", a, b)
	}
}

// standard is a sampler of N(m, s²), independent.
type standard struct{ m, s []float64 }

func (q standard) Rand(dst []float64, rnd *rand.Rand) []float64 {
	for i := range dst {
		dst[i] = q.m[i] + q.s[i]*rnd.NormFloat64()
	}
	return dst
}

// TestMoments compares with the moments of a normal and a log-normal variable.
func TestMoments(t *testing.T) {
	m := new(ad.Model)
	a, b := m.Real("a"), m.Positive("b")
	err := m.Density(func(p *ad.Tape) {
		p.Follows(a, ad.Normal(0, 1))
		p.Follows(b, ad.HalfNormal(1))
	})
	if err != nil {
		t.Fatal(err)
	}
	e := &Entry{Model: m, Index: []int{1, 0}} // b first
	q := standard{[]float64{3, 0.5}, []float64{2, 0.4}}
	mean, sd := e.Moments(q, q.m, 20000, 1)
	want := math.Exp(0.5 + 0.08)
	if math.Abs(mean[0]-want) > 0.01 {
		t.Errorf("mean of b %v, want %v", mean[0], want)
	}
	if want := want * math.Sqrt(math.Expm1(0.16)); math.Abs(sd[0]-want) > 0.02 {
		t.Errorf("sd of b %v, want %v", sd[0], want)
	}
	if math.Abs(mean[1]-3) > 1e-12 || math.Abs(sd[1]-2) > 0.02 {
		t.Errorf("a: %v ± %v, want 3 ± 2: mirrored draws give the mean without noise", mean[1], sd[1])
	}
}
