package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// rawRegression is a regression on raw scales like that of PyMC's issue 2162: 8 to
// 12 rows, a predictor between 5 and 9. unit multiplies the predictor and divides
// the prior of its coefficient.
func rawRegression(t testing.TB, seed uint64, unit float64) (m *ad.Model, x, y []float64) {
	rnd := rand.New(rand.NewPCG(seed, 2162))
	for range 8 + int(seed%5) {
		v := 5 + 4*rnd.Float64()
		x = append(x, v*unit)
		y = append(y, 88.5-8.9*v+5.5*rnd.NormFloat64())
	}
	m = new(ad.Model)
	a, b, s := m.Real("a"), m.Real("b"), m.Positive("sigma")
	err := m.Density(func(p *ad.Tape) {
		p.Follows(a, ad.Normal(0, rawPrior))
		p.Follows(b, ad.Normal(0, rawPrior/unit))
		p.Follows(s, ad.HalfNormal(rawScale))
		p.Follows(y, ad.Normal(p.Add(a, p.Mul(b, x)), s))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, x, y
}

const (
	rawPrior = 100 // sd of the coefficients
	rawScale = 20  // of the half-normal prior of sigma
)

// rawMoments returns the exact means and sds of (a, b, σ): given σ the
// coefficients are Gaussian, and σ is integrated over a fine grid of log σ.
func rawMoments(x, y []float64) (mean, sd [3]float64) {
	var logs []float64
	var means, squares [][3]float64
	top := math.Inf(-1)
	n := float64(len(x))
	var sx, sy, sxx, sxy, syy float64
	for i, v := range x {
		sx, sy, sxx, sxy, syy = sx+v, sy+y[i], sxx+v*v, sxy+v*y[i], syy+y[i]*y[i]
	}
	for l := -3.0; l < 6; l += 0.002 {
		σ := math.Exp(l)
		δ, w := 1./(rawPrior*rawPrior), 1/(σ*σ)
		// Precision S and S m of (a, b).
		s11, s12, s22 := δ+w*n, w*sx, δ+w*sxx
		h1, h2 := w*sy, w*sxy
		det := s11*s22 - s12*s12
		v11, v12, v22 := s22/det, -s12/det, s11/det
		a, b := v11*h1+v12*h2, v12*h1+v22*h2
		// log p(y, σ) with the Jacobian of log σ, up to constants.
		lp := -n*l - 0.5*w*syy + 0.5*(h1*a+h2*b) - 0.5*math.Log(det) - 0.5*σ*σ/(rawScale*rawScale) + l
		logs = append(logs, lp)
		top = math.Max(top, lp)
		means = append(means, [3]float64{a, b, σ})
		squares = append(squares, [3]float64{v11 + a*a, v22 + b*b, σ * σ})
	}
	var total float64
	for i, lp := range logs {
		p := math.Exp(lp - top)
		total += p
		for j := range 3 {
			mean[j] += p * means[i][j]
			sd[j] += p * squares[i][j]
		}
	}
	for j := range 3 {
		mean[j] /= total
		sd[j] = math.Sqrt(sd[j]/total - mean[j]*mean[j])
	}
	return mean, sd
}

func TestRegressionOnRawScales(t *testing.T) {
	failed := 0
	for seed := range uint64(50) {
		m, x, y := rawRegression(t, seed, 1)
		res := fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed})
		mean, sd := rawMoments(x, y)
		if res.Verdict == vi.Fail {
			failed++
			continue
		}
		for j, p := range res.Summary() {
			if !(math.Abs(p.Mean-mean[j]) <= 0.1*sd[j]) || !(math.Abs(p.SD/sd[j]-1) <= 0.15) {
				t.Errorf("seed %d, %d rows: %s = %.4f ± %.4f, want %.4f ± %.4f; %v %q", seed, len(x), p.Name, p.Mean, p.SD, mean[j], sd[j], res.Verdict, res.Reasons)
			}
		}
		if b := res.Summary()[1].Mean; b*mean[1] < 0 {
			t.Errorf("seed %d: slope %.3f, want the sign of %.3f", seed, b, mean[1])
		}
	}
	if failed > 5 {
		t.Errorf("%d of 50 fits are not to be used", failed)
	}
}

// Units of a predictor change nothing but the scale of its coefficient.
func TestUnitsDoNotMatter(t *testing.T) {
	const unit = 1e4
	for seed := range uint64(5) {
		s := &vi.Settings{Seed: seed, Tolerance: 1e-4}
		m, _, _ := rawRegression(t, seed, 1)
		a := fit(t, vi.Problem{Model: m}, s)
		m, _, _ = rawRegression(t, seed, unit)
		b := fit(t, vi.Problem{Model: m}, s)
		for j, p := range a.Params {
			q := b.Params[j]
			if j == 1 {
				q.Mean, q.SD = q.Mean*unit, q.SD*unit
			}
			if !(math.Abs(q.Mean-p.Mean) <= 1e-3*p.SD) || !(math.Abs(q.SD/p.SD-1) <= 1e-3) {
				t.Errorf("seed %d, %s: %.5f ± %.5f, in other units %.5f ± %.5f", seed, p.Name, p.Mean, p.SD, q.Mean, q.SD)
			}
		}
	}
}

// funnel is Neal's: z₀ ~ N(0, 3²), the others N(0, e^{z₀}).
type funnel int

func (f funnel) Dim() int                     { return int(f) }
func (f funnel) LogJoint(z []float64) float64 { return f.LogJointGrad(make([]float64, f), z) }
func (f funnel) LogJointGrad(g, z []float64) float64 {
	v := z[0]
	l := -v*v/18 - math.Log(3) - float64(f)*0.5*math.Log(2*math.Pi)
	g[0] = -v / 9
	for j := 1; j < int(f); j++ {
		e := z[j] * math.Exp(-v/2)
		l -= 0.5*e*e + v/2
		g[0] += 0.5*e*e - 0.5
		g[j] = -e * math.Exp(-v/2)
	}
	return l
}

// bimodal is a mixture of N(−a, 1) and N(a, 1) with weights w and 1 − w, in the
// first of three coordinates, whose centre is at shift.
type bimodal struct{ a, w, shift float64 }

func (bimodal) Dim() int                       { return 3 }
func (m bimodal) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 3), z) }
func (m bimodal) LogJointGrad(g, z []float64) float64 {
	x := z[0] - m.shift
	u, v := math.Log1p(-m.w)-0.5*(x-m.a)*(x-m.a), math.Log(m.w)-0.5*(x+m.a)*(x+m.a)
	top := math.Max(u, v)
	eu, ev := math.Exp(u-top), math.Exp(v-top)
	g[0] = -(eu*(x-m.a) + ev*(x+m.a)) / (eu + ev)
	g[1], g[2] = -z[1], -z[2]
	return top + math.Log(eu+ev) - 0.5*(z[1]*z[1]+z[2]*z[2]) - 1.5*math.Log(2*math.Pi)
}

func TestNeverOK(t *testing.T) {
	for _, c := range []struct {
		name string
		m    models.Model
	}{
		{"Neal's funnel in ten dimensions", funnel(10)},
		{"Neal's funnel in two", funnel(2)},
		{"two modes 4 apart", bimodal{2, 0.5, 0}},
		{"two modes 6 apart", bimodal{3, 0.5, 0}},
		{"two modes 6 apart, unequal", bimodal{3, 0.2, 0}},
		{"two modes 10 apart, shifted", bimodal{5, 0.3, 1}},
		{"two modes 80 apart", bimodal{40, 0.5, 0}},
	} {
		for seed := range uint64(5) {
			res, err := vi.Fit(context.Background(), vi.Problem{Model: c.m}, &vi.Settings{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != vi.Warn && res.Verdict != vi.Fail {
				t.Errorf("%s, seed %d: %v, k̂ %.2f, starts %v, ESS %.0f of %d", c.name, seed, res.Verdict, res.KHat, res.Starts, res.ESS, res.Draws.Len())
			}
		}
	}
}

// Without starts the draws alone show two modes that one Gaussian covers.
func TestNeverOKWithoutStarts(t *testing.T) {
	for seed := range uint64(5) {
		m := bimodal{3, 0.4, 0}
		wide := gaussianOf(t, families.FullGaussian(3), []float64{0, 0, 0}, []float64{10, 0, 0, 0, 1, 0, 0, 0, 1})
		for name, c := range map[string]struct {
			m models.Model
			s vi.Settings
		}{
			"from a start":  {m, vi.Settings{Start: wide}},
			"values only":   {values{m}, vi.Settings{}},
			"wide by Score": {values{m}, vi.Settings{Start: wide}},
		} {
			c.s.Seed = seed
			if res := fit(t, vi.Problem{Model: c.m}, &c.s); res.Verdict != vi.Warn && res.Verdict != vi.Fail {
				t.Errorf("%s, seed %d: %v, k̂ %.2f, ESS %.0f of %d", name, seed, res.Verdict, res.KHat, res.ESS, res.Draws.Len())
			}
		}
	}
}
