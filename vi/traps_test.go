package vi_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// rawRegression is a regression on raw scales like that of PyMC's issue 2162: few
// rows, a predictor far from 0, flat priors but for wide ones.
func rawRegression(t *testing.T, seed uint64) (m *ad.Model, x, y []float64) {
	rnd := rand.New(rand.NewPCG(seed, 2162))
	n := 8 + int(seed%5)
	for range n {
		v := 5 + 4*rnd.Float64()
		x = append(x, v)
		y = append(y, 88.5-8.9*v+5.5*rnd.NormFloat64())
	}
	m = new(ad.Model)
	a, b, s := m.Real("a"), m.Real("b"), m.Positive("sigma")
	err := m.Density(func(p *ad.Tape) {
		p.Follows(a, ad.Normal(0, 100))
		p.Follows(b, ad.Normal(0, 100))
		p.Follows(s, ad.Normal(0, 20))
		p.Follows(y, ad.Normal(p.Add(a, p.Mul(b, x)), s))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, x, y
}

func TestScratchTraps(t *testing.T) {
	for seed := range uint64(6) {
		m, _, _ := rawRegression(t, seed)
		res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%v %v k %.2f %.2f ess %.0f/%d grads %d %v\n", res.Status, res.Verdict, res.KHat, res.WeightsKHat, res.ESS, res.Draws.Len(), res.GradEvals, res.Reasons)
		for j, p := range res.Params {
			fmt.Printf("   %s %.3f ± %.3f   %.3f ± %.3f\n", p.Name, p.Mean, p.SD, res.Resampled[j].Mean, res.Resampled[j].SD)
		}
	}
	for name, m := range map[string]models.Model{"funnel": funnel(10), "bimodal": bimodal{3}, "bimodal far": bimodal{40}, "three": bimodal{1.6}} {
		res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s %v %v k %.2f %.2f ess %.0f/%d grads %d starts %v %v\n", name, res.Status, res.Verdict, res.KHat, res.WeightsKHat, res.ESS, res.Draws.Len(), res.GradEvals, res.Starts, res.Reasons)
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

// bimodal is an equal mixture of N(−a, 1) and N(a, 1), in the first of three
// coordinates.
type bimodal struct{ a float64 }

func (bimodal) Dim() int                       { return 3 }
func (m bimodal) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 3), z) }
func (m bimodal) LogJointGrad(g, z []float64) float64 {
	u, v := -0.5*(z[0]-m.a)*(z[0]-m.a), -0.5*(z[0]+m.a)*(z[0]+m.a)
	top := math.Max(u, v)
	eu, ev := math.Exp(u-top), math.Exp(v-top)
	g[0] = -(eu*(z[0]-m.a) + ev*(z[0]+m.a)) / (eu + ev)
	g[1], g[2] = -z[1], -z[2]
	return top + math.Log(eu+ev) - math.Log(2) - 0.5*(z[1]*z[1]+z[2]*z[2]) - 1.5*math.Log(2*math.Pi)
}
