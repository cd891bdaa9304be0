package posteriordb

import (
	"fmt"

	"natgrad/models/ad"
)

// compartmentSteps is the number of Runge–Kutta steps from one observation to the
// next, for an error of less than a thousandth in the log-joint.
const compartmentSteps = 8

// compartment is the concentration C of a dose D in a volume V, which is absorbed
// at the rate k and eliminated as by Michaelis and Menten, seen with log-normal
// noise:
//
//	dC/dt = k D/V e^{−k t} − V_m/V C/(K_m + C)
//	Ĉ ~ LogNormal(log C, σ),  k, K_m, V_m, σ ~ HalfCauchy(1)
func compartment(steps int) builder {
	return func(d *Data) (*ad.Model, error) {
		times, seen := d.Vector("times"), d.Vector("C_hat")
		t0, start := d.Number("t0"), d.Vector("C0")
		dose, volume := d.Number("D"), d.Number("V")
		if len(times) != len(seen) || len(start) != 1 {
			return nil, fmt.Errorf("%d times, %d values of C_hat and %d of C0, want equal numbers and 1", len(times), len(seen), len(start))
		}
		m := new(ad.Model)
		absorb, half, most, sigma := m.Positive("k_a"), m.Positive("K_m"), m.Positive("V_m"), m.Positive("sigma")
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(absorb, ad.HalfCauchy(1))
			p.Follows(half, ad.HalfCauchy(1))
			p.Follows(most, ad.HalfCauchy(1))
			p.Follows(sigma, ad.HalfCauchy(1))
			logIn, out := p.Log(p.Mul(absorb, dose/volume)), p.Div(most, volume)
			c := p.RungeKutta(func(time float64, c ad.Var) ad.Var {
				return p.Sub(p.Exp(p.Sub(logIn, p.Mul(time, absorb))), p.Div(p.Mul(out, c), p.Add(half, c)))
			}, start, t0, times, steps)
			p.Follows(seen, ad.LogNormal(p.Log(c), sigma))
		})
	}
}
