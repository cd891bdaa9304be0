package vi_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// hours is a logistic regression of passing an exam on hours of study.
func hours() *models.GLM {
	x, err := models.NewDense(10, 1, []float64{0.5, 1, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5})
	if err != nil {
		panic(err)
	}
	passed := []float64{0, 0, 0, 1, 0, 0, 1, 0, 1, 1}
	g, err := models.NewGLM(models.WithIntercept(x), passed, models.BernoulliLogit{}, []float64{0.01, 1})
	if err != nil {
		panic(err)
	}
	return g
}

// A Bayesian logistic regression under a full Gaussian, which needs no settings.
func ExampleFit() {
	res, err := vi.Fit(context.Background(), vi.Problem{Model: hours()}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	q := res.Q.(families.Gaussian)
	mean, cov := q.Loc(nil), q.Cov(nil)
	fmt.Printf("%v with %s, ELBO %.3f\n", res.Status, res.Estimator, res.ELBO)
	fmt.Printf("intercept %.2f ± %.2f\n", mean[0], math.Sqrt(cov[0]))
	fmt.Printf("hours     %.2f ± %.2f\n", mean[1], math.Sqrt(cov[3]))
	// Output:
	// converged with Quadrature, ELBO -8.512
	// intercept -2.88 ± 1.59
	// hours     0.95 ± 0.54
}

// rate is the rate z of a Poisson process, of which one event was seen between
// the times 2 and 3, with an exponential prior of mean 1. The posterior is not a
// Gamma.
type rate struct{}

func (rate) Dim() int { return 1 }

// log p(y, z) = log(e^−2z − e^−3z) − z
func (rate) LogJoint(z []float64) float64 {
	if z[0] <= 0 {
		return math.Inf(-1)
	}
	return -3*z[0] + math.Log(-math.Expm1(-z[0]))
}

func (m rate) LogJointGrad(grad, z []float64) float64 {
	grad[0] = -3 + 1/math.Expm1(z[0])
	return m.LogJoint(z)
}

// A model of one's own has a log-joint and, better, a gradient. What else it can
// do decides how it is fitted.
func ExampleFit_model() {
	p := vi.Problem{Model: rate{}, Family: families.Gamma()}
	res, err := vi.Fit(context.Background(), p, &vi.Settings{Seed: 1, Tolerance: 0.01})
	if err != nil {
		fmt.Println(err)
		return
	}
	q := res.Q.(*families.GammaDist)
	// The evidence is 1/3 − 1/4, and the posterior mean 7/12.
	fmt.Printf("%v with %s\n", res.Status, res.Estimator)
	fmt.Printf("mean %.1f, ELBO %.1f, log evidence %.1f\n", q.Shape()/q.Rate(), res.ELBO, -math.Log(12))
	// Output:
	// converged with Pathwise
	// mean 0.6, ELBO -2.5, log evidence -2.5
}

// The loop may be the caller's.
func ExampleRun() {
	run, err := vi.NewRun(vi.Problem{Model: hours()}, &vi.Settings{Tolerance: 1e-3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for run.Status() == vi.Running {
		if err := run.Step(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
		it := run.Iteration()
		fmt.Printf("%d  step %.2g  ELBO %8.4f  distance %.1e\n", it.Number, it.Step, it.ELBO, it.Distance)
	}
	fmt.Println(run.Result().Status)
	// Output:
	// 1  step 1  ELBO  -8.5914  distance 3.1e-01
	// 2  step 1  ELBO  -8.5170  distance 8.7e-02
	// 3  step 1  ELBO  -8.5120  distance 2.3e-02
	// 4  step 1  ELBO  -8.5116  distance 6.1e-03
	// 5  step 1  ELBO  -8.5116  distance 1.6e-03
	// 6  step 1  ELBO  -8.5116  distance 4.1e-04
	// converged
}

// A Recorder sees every iteration, the start included.
func ExampleRecorder() {
	trace := vi.RecorderFunc(func(it *vi.Iteration) error {
		mean := it.Q.(families.Gaussian).Loc(nil)
		fmt.Printf("%d: hours %.3f\n", it.Number, mean[1])
		return nil
	})
	vi.Fit(context.Background(), vi.Problem{Model: hours()}, &vi.Settings{Recorder: trace, MaxIterations: 3})
	// Output:
	// 0: hours 0.000
	// 1: hours 0.790
	// 2: hours 0.911
	// 3: hours 0.938
}

// The custom model of the README: eight schools (Rubin 1981), as on the blackboard.
func ExampleFit_declared() {
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
		log.Fatal(err) // names the parameter or the data row, and your line
	}

	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range res.Summary() {
		fmt.Printf("%-8s %4.1f ± %.1f\n", p.Name, p.Mean, p.SD)
	}
	fmt.Println(res.Status, res.Verdict)
	// Output:
	// mu        4.4 ± 3.3
	// tau       3.6 ± 3.1
	// eta[1]    0.3 ± 1.0
	// eta[2]    0.1 ± 0.9
	// eta[3]   -0.1 ± 1.0
	// eta[4]    0.1 ± 0.9
	// eta[5]   -0.2 ± 0.9
	// eta[6]   -0.1 ± 0.9
	// eta[7]    0.4 ± 1.0
	// eta[8]    0.1 ± 1.0
	// theta[1]  6.2 ± 5.5
	// theta[2]  4.9 ± 4.7
	// theta[3]  3.9 ± 5.2
	// theta[4]  4.8 ± 4.8
	// theta[5]  3.6 ± 4.6
	// theta[6]  4.1 ± 4.8
	// theta[7]  6.3 ± 5.1
	// theta[8]  4.8 ± 5.2
	// converged warn
}

// square is z of which the square was observed, y = z² + ε, with the prior N(½, 2²):
// the sign is left open.
type square struct{ y, sd float64 }

func (square) Dim() int { return 1 }

func (m square) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }

func (m square) LogJointGrad(grad, z []float64) float64 {
	x := z[0]
	r, p := (m.y-x*x)/m.sd, (x-0.5)/2
	grad[0] = 2*x*r/m.sd - p/2
	return -0.5*(r*r+p*p) - math.Log(2*math.Pi*m.sd*2)
}

// A posterior with two modes under a mixture of two Gaussians.
func ExampleFit_gaussMixture() {
	p := vi.Problem{Model: square{y: 4, sd: 1}, Family: families.GaussMixture(2, 1)}
	res, err := vi.Fit(context.Background(), p, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	q := res.Q.(*families.GaussMixtureDist)
	for c, w := range q.Weights(nil) {
		g := q.Component(c)
		fmt.Printf("%.2f: %4.1f ± %.1f\n", w, g.Loc(nil)[0], math.Sqrt(g.Cov(nil)[0]))
	}
	all := res.Summary()[0]
	fmt.Printf("together %.1f ± %.1f\n", all.Mean, all.SD)
	fmt.Printf("%v, ELBO %.2f, log evidence %.2f, verdict %v\n", res.Status, res.ELBO, res.Evidence, res.Verdict)
	// Output:
	// 0.62:  1.9 ± 0.3
	// 0.38: -1.9 ± 0.3
	// together 0.5 ± 1.9
	// converged, ELBO -2.77, log evidence -2.75, verdict OK
}
