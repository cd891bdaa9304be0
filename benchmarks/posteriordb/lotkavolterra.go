package posteriordb

import (
	"fmt"
	"math"

	"natgrad/models/ad"
)

// lotkaVolterraSteps is the number of Runge–Kutta steps from one observation to
// the next, for an error of less than a thousandth in the log-joint.
const lotkaVolterraSteps = 6

// lotkaVolterra is a model of prey u and predators v, seen with log-normal noise:
//
//	du/dt = (a − b v) u,  dv/dt = (−c + e u) v,  θ = (a, b, c, e)
//	y ~ LogNormal(log(u, v), σ),  also at time 0
//	a, c ~ N(1, ½²),  b, e ~ N(0.05, 0.05²),  all positive
//	σ ~ LogNormal(−1, 1),  (u, v)(0) ~ LogNormal(log 10, 1)
//
// In x = (log u, log v) it is dx/dt = (a, −c) + (−b eᵛ, e eᵘ).
func lotkaVolterra(steps int) builder {
	return func(d *Data) (*ad.Model, error) {
		times, init := d.Vector("ts"), d.Vector("y_init")
		y, rows, cols := d.Rows("y")
		if len(init) != 2 || cols != 2 || rows != len(times) {
			return nil, fmt.Errorf("%d times, %d initial values and a %d×%d matrix y, want 2 columns, and a row for each time", len(times), len(init), rows, cols)
		}
		species := make([]int, len(y))
		for i := range species {
			species[i] = i % 2
		}
		m := new(ad.Model)
		theta, start, sigma := m.Positive("theta", 4), m.Positive("z_init", 2), m.Positive("sigma", 2)
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(theta, ad.Normal(ratePriorMean, ratePriorSD))
			p.Follows(sigma, ad.LogNormal(-1, 1))
			p.Follows(start, ad.LogNormal(logTen, 1))
			x0 := p.Log(start)
			p.Follows(init, ad.LogNormal(x0, sigma))
			alone := p.Mul(p.Gather(theta, aloneRates), aloneSigns)
			together := p.Mul(p.Gather(theta, togetherRates), togetherSigns)
			x := p.RungeKutta(func(_ float64, x ad.Var) ad.Var {
				return p.Add(alone, p.Mul(together, p.Exp(p.Gather(x, otherSpecies))))
			}, x0, 0, times, steps)
			p.Follows(y, ad.LogNormal(x, p.Gather(sigma, species)))
		})
	}
}

var (
	ratePriorMean = []float64{1, 0.05, 1, 0.05}
	ratePriorSD   = []float64{0.5, 0.05, 0.5, 0.05}
	logTen        = math.Log(10)

	otherSpecies  = []int{1, 0}
	aloneRates    = []int{0, 2}
	aloneSigns    = []float64{1, -1}
	togetherRates = []int{1, 3}
	togetherSigns = []float64{-1, 1}
)
