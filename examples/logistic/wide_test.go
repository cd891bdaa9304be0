package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// wideSample writes n rows of d columns, of which one is constant and one is another
// once more, and m rows of labels at random.
func wideSample(n, d int, seed uint64) string {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var b strings.Builder
	for j := range d {
		fmt.Fprintf(&b, "x%d,", j+1)
	}
	b.WriteString("y\n")
	for range n {
		x := make([]float64, d)
		for j := range x {
			x[j] = 3 + float64(1+j%4)*rnd.NormFloat64()
		}
		x[4], x[7] = 2.5, x[8]
		for _, v := range x {
			fmt.Fprintf(&b, "%.6g,", v)
		}
		fmt.Fprintf(&b, "%d\n", rnd.IntN(2))
	}
	return b.String()
}

// With fewer rows than coefficients the program takes another way to the same numbers.
func TestFewerRowsThanCoefficients(t *testing.T) {
	data := file(t, "wide.csv", wideSample(30, 40, 1))
	test := file(t, "test.csv", wideSample(50, 40, 2))
	for _, args := range [][]string{
		{"-prior-precision", "400"},
		{"-standardize", "-prior-precision", "60"},
		{"-standardize", "-prior-precision", "60", "-likelihood", "probit"},
		{"-prior-precision", "400", "-intercept-precision", "1e-6"},
	} {
		args := append([]string{"-data", data, "-test", test, "-tolerance", "1e-8"}, args...)
		run := logistic(t, args...)
		if !strings.Contains(run.stdout, "(natural, Sites)") {
			t.Fatalf("%v: not by the rows:\n%s", args, run.stdout)
		}
		got, want := run.fitted(t), logistic(t, append(args, "-estimator", "quadrature")...).fitted(t)
		within(t, 1e-7, got.ELBO, want.ELBO, "%v: ELBO", args)
		for j, w := range want.Coefficients {
			c := got.Coefficients[j]
			within(t, 1e-5*w.SD, c.Mean, w.Mean, "%v: mean of %s", args, w.Name)
			within(t, 1e-5*w.SD, c.SD, w.SD, "%v: sd of %s", args, w.Name)
			within(t, 1e-5*want.Fitted.SD[j], got.Fitted.SD[j], want.Fitted.SD[j], "%v: sd %d as fitted", args, j)
			for k, v := range want.Covariance[j] {
				within(t, 1e-5*want.Fitted.SD[j]*want.Fitted.SD[k], got.Covariance[j][k], v, "%v: covariance %d, %d", args, j, k)
			}
		}
		within(t, 1e-6, got.Test.LogLoss, want.Test.LogLoss, "%v: log loss", args)
		within(t, 1e-9, got.Test.Accuracy, want.Test.Accuracy, "%v: accuracy", args)
	}
	// A prior so wide that little would be left of it is no matter for subtraction.
	run := logistic(t, "-data", data, "-prior-precision", "400", "-intercept-precision", "1e-12")
	if strings.Contains(run.stdout, "Sites") || math.IsNaN(run.fitted(t).ELBO) {
		t.Errorf("by the rows, under a prior of standard deviation 1e6:\n%s", run.stdout)
	}
}
