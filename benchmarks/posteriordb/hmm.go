package posteriordb

import (
	"fmt"

	"natgrad/models/ad"
)

// hmmExample is a hidden Markov model of two states with Gaussian emissions of
// unit variance:
//
//	y_t ~ N(μ_k, 1),  μ₁ ~ N(3, 1), μ₂ ~ N(10, 1), 0 < μ₁ < μ₂
func hmmExample(d *Data) (*ad.Model, error) {
	y := d.Vector("y")
	if k := d.Int("K"); k != 2 || len(y) < 2 {
		return nil, fmt.Errorf("%d states and %d data, want 2 and at least 2", k, len(y))
	}
	order := pairOrder(len(y)-1, 1)
	m := new(ad.Model)
	theta1, theta2 := m.Simplex("theta1", 2), m.Simplex("theta2", 2)
	mu := m.PositiveOrdered("mu", 2)
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(hmmPriorMean, 1))
		markov(p, order, theta1, theta2,
			p.LogProb(y, ad.Normal(p.At(mu, 0), 1)),
			p.LogProb(y, ad.Normal(p.At(mu, 1), 1)))
	})
}

var hmmPriorMean = []float64{3, 10}

// hmmDrive0 is a hidden Markov model of two states with a pair of exponential
// emissions:
//
//	u_t ~ Exponential(φ_k),  v_t ~ Exponential(λ_k)
//	θ_k ~ Dirichlet(α_k),  φ₁, λ₁ ~ N(0, 1),  φ₂, λ₂ ~ N(3, 1)
//
// with 0 < φ₁ < φ₂ and 0 < λ₁ < λ₂.
func hmmDrive0(d *Data) (*ad.Model, error) {
	u, v := d.Vector("u"), d.Vector("v")
	ordered := func(m *ad.Model, name string) ad.Param { return m.PositiveOrdered(name, 2) }
	return drive(d, len(u), ordered, func(p *ad.Tape, phi, lambda ad.Var) ad.Var {
		return p.Add(p.LogProb(u, ad.Exponential(phi)), p.LogProb(v, ad.Exponential(lambda)))
	})
}

// hmmDrive1 is the same with Gaussian emissions, whose scales τ and ρ are data,
// and with φ and λ of any sign:
//
//	u_t ~ N(φ_k, τ²),  v_t ~ N(λ_k, ρ²)
func hmmDrive1(d *Data) (*ad.Model, error) {
	u, v := d.Vector("u"), d.Vector("v")
	tau, rho := d.Number("tau"), d.Number("rho")
	ordered := func(m *ad.Model, name string) ad.Param { return m.Ordered(name, 2) }
	return drive(d, len(u), ordered, func(p *ad.Tape, phi, lambda ad.Var) ad.Var {
		return p.Add(p.LogProb(u, ad.Normal(phi, tau)), p.LogProb(v, ad.Normal(lambda, rho)))
	})
}

// drive is a hidden Markov model with two emission parameters of each state.
// emission returns the log-densities of all n data in a state.
func drive(d *Data, n int, ordered func(m *ad.Model, name string) ad.Param, emission func(p *ad.Tape, phi, lambda ad.Var) ad.Var) (*ad.Model, error) {
	alpha, rows, cols := d.Rows("alpha")
	if d.Err() != nil {
		return nil, d.Err()
	}
	if rows != 2 || cols != 2 || n < 2 {
		return nil, fmt.Errorf("a %d×%d matrix alpha and %d data, want 2×2 and at least 2", rows, cols, n)
	}
	order := pairOrder(n-1, 1)
	m := new(ad.Model)
	theta1, theta2 := m.Simplex("theta1", 2), m.Simplex("theta2", 2)
	phi, lambda := ordered(m, "phi"), ordered(m, "lambda")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(theta1, ad.Dirichlet(alpha[:2]))
		p.Follows(theta2, ad.Dirichlet(alpha[2:]))
		p.Follows(phi, ad.Normal(drivePriorMean, 1))
		p.Follows(lambda, ad.Normal(drivePriorMean, 1))
		markov(p, order, theta1, theta2,
			emission(p, p.At(phi, 0), p.At(lambda, 0)),
			emission(p, p.At(phi, 1), p.At(lambda, 1)))
	})
}

var drivePriorMean = []float64{0, 3}

// markov adds the log-likelihood of a Markov chain of two states, summed out, to
// the log-joint. Row k of the transition matrix is θ_k; first and second are the
// log-densities of the n data in either state. The first state has no probability
// of its own:
//
//	g_1(k) = l_1(k),  g_t(k) = l_t(k) Σ_j g_{t−1}(j) θ_jk,  p = Σ_k g_n(k)
//
// The sum is a product of n − 1 matrices θ_jk l_t(k) between two vectors. The
// product is taken of all neighbours at once, then of the pairs, and so on, on
// whole vectors and in logarithms. order is pairOrder(n − 1, 1).
func markov(p *ad.Tape, order []int, theta1, theta2 ad.Value, first, second ad.Var) {
	l := [2]ad.Var{p.Gather(first, order), p.Gather(second, order)}
	var c [2][2]ad.Var
	for j, row := range [2]ad.Var{p.Log(theta1), p.Log(theta2)} {
		for k := range 2 {
			c[j][k] = p.Add(p.At(row, k), l[k])
		}
	}
	for n := len(order); n > 1; n = (n + 1) / 2 {
		h := n / 2
		var d [2][2]ad.Var
		for j := range 2 {
			for k := range 2 {
				d[j][k] = p.LogAddExp(
					p.Add(p.Slice(c[j][0], 0, h), p.Slice(c[0][k], h, 2*h)),
					p.Add(p.Slice(c[j][1], 0, h), p.Slice(c[1][k], h, 2*h)))
				if n > 2*h {
					d[j][k] = p.Concat(d[j][k], p.At(c[j][k], n-1))
				}
			}
		}
		c = d
	}
	p.AddTerm(p.LogAddExp(
		p.Add(p.At(first, 0), p.LogAddExp(c[0][0], c[0][1])),
		p.Add(p.At(second, 0), p.LogAddExp(c[1][0], c[1][1]))))
}

// pairOrder returns an order of n items, from first on, such that item i of the
// first half comes right before item i of the second, the pairs (and an odd item,
// the last) are in such an order again, and so on.
func pairOrder(n, first int) []int {
	order := make([]int, n)
	if n > 1 {
		h := n / 2
		for i, k := range pairOrder((n+1)/2, 0)[:h] {
			order[i], order[h+i] = first+2*k, first+2*k+1
		}
	}
	if n%2 == 1 {
		order[n-1] = first + n - 1
	}
	return order
}
