package ad_test

import (
	"fmt"

	"natgrad/models/ad"
)

// Eight schools (Rubin 1981): effects of coaching in eight schools, with their
// standard errors, non-centred.
func ExampleModel() {
	y := []float64{28, 8, -3, 7, -1, 1, 18, 12}
	sigma := []float64{15, 10, 16, 11, 9, 11, 10, 18}

	m := new(ad.Model)
	mu, tau, eta := m.Real("mu"), m.Positive("tau"), m.Real("eta", 8)
	err := m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 5))
		p.Follows(tau, ad.HalfCauchy(5))
		p.Follows(eta, ad.Normal(0, 1))
		theta := p.Add(mu, p.Mul(tau, eta))
		p.Follows(y, ad.Normal(theta, sigma))
		p.Report("theta", theta)
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	z := []float64{4, 1, 0.3, 0, 0, 0, -0.2, 0, 0.4, 0} // mu, log(tau), eta
	grad := make([]float64, m.Dim())
	fmt.Printf("log-joint %.4f\n", m.LogJointGrad(grad, z))
	fmt.Printf("derivative in %s %.4f\n", m.CoordNames()[1], grad[1])
	x := make([]float64, len(m.ParamNames()))
	m.Constrain(x, z)
	fmt.Printf("%s = %.4f, %s = %.4f\n", m.ParamNames()[1], x[1], m.ParamNames()[10], x[10])
	// Output:
	// log-joint -41.4852
	// derivative in log(tau) 0.7981
	// tau = 2.7183, theta[1] = 4.8155
}

// A mistake is named with the parameter and the line.
func ExampleModel_Density() {
	m := new(ad.Model)
	mu, sigma := m.Real("mu"), m.Real("sigma") // not Positive
	err := m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 10))
		p.Follows([]float64{1.2, 0.7, 3.1}, ad.Normal(mu, sigma))
	})
	fmt.Println(err)
	// Output: ad: example_test.go:49: Normal: got parameter sigma, declared real, as sigma, want a positive number
}

// Three positive shares that add up to 1, and increasing cut points.
func ExampleModel_Simplex() {
	m := new(ad.Model)
	share, cuts := m.Simplex("share", 3), m.Ordered("cuts", 2)
	err := m.Density(func(p *ad.Tape) {
		p.AddTerm(p.Mul([]float64{12, 30, 18}, p.Log(share))) // counts of a multinomial
		p.Follows(cuts, ad.Normal(0, 2))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, len(m.ParamNames()))
	m.Constrain(x, make([]float64, m.Dim()))
	for i, name := range m.ParamNames() {
		fmt.Printf("%s = %.3f\n", name, x[i])
	}
	// Output:
	// share[1] = 0.333
	// share[2] = 0.333
	// share[3] = 0.333
	// cuts[1] = 0.000
	// cuts[2] = 1.000
}
