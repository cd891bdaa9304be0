package estimators

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// leastSquares solves by QR, a method that loo.go does not use, without one row.
func leastSquares(x, y []float64, n, m, without int) []float64 {
	a, b := mat.NewDense(n-1, m, nil), mat.NewVecDense(n-1, nil)
	r := 0
	for i := range n {
		if i == without {
			continue
		}
		a.SetRow(r, x[i*m:(i+1)*m])
		b.SetVec(r, y[i])
		r++
	}
	var c mat.VecDense
	if err := c.SolveVec(a, b); err != nil {
		panic(err)
	}
	return c.RawVector().Data
}

func TestLeaveOneOutIsRegressionWithoutTheDraw(t *testing.T) {
	const n, m = 14, 4
	rng := NewRng()
	var r leaveOneOut
	r.resize(n, m)
	for i := range n {
		h := r.feature(i)
		h[0] = 1
		for j := 1; j < m; j++ {
			h[j] = rng.NormFloat64()
		}
		r.y[i] = 3 + h[1] - h[2]*h[3] + rng.NormFloat64()
	}
	x, y := append([]float64(nil), r.x...), append([]float64(nil), r.y...)
	r.fit()
	mean := make([]float64, m)
	for i := range n {
		c := leastSquares(x, y, n, m, i)
		e := y[i]
		for j := range m {
			mean[j] += c[j] / n
			e -= c[j] * x[i*m+j]
		}
		if math.Abs(r.resid[i]-e) > 1e-11 {
			t.Errorf("residual %d is %v, without draw %d %v", i, r.resid[i], i, e)
		}
	}
	for j := range m {
		if math.Abs(r.beta[j]-mean[j]) > 1e-11 {
			t.Errorf("mean coefficient %d is %v, want %v", j, r.beta[j], mean[j])
		}
	}
}

func TestLeaveOneOutDropsDependentFeatures(t *testing.T) {
	const n, m = 20, 5
	rng := NewRng()
	var r leaveOneOut
	r.resize(n, m)
	for i := range n {
		h := r.feature(i)
		h[0], h[1], h[2] = 1, rng.NormFloat64(), rng.NormFloat64()
		h[3], h[4] = h[1]-2*h[2], rng.NormFloat64()
		r.y[i] = 2 + 3*h[1] - h[2] + h[4]/2
	}
	se := r.fit()
	for j, want := range []float64{2, 3, -1, 0, 0.5} {
		if math.Abs(r.beta[j]-want) > 1e-12 {
			t.Errorf("coefficient %d is %v, want %v", j, r.beta[j], want)
		}
	}
	if !r.dropped || !r.drop[3] {
		t.Error("feature 3 depends on others and was not dropped")
	}
	if se > 1e-13 || math.Abs(r.mean()-2) > 1e-13 {
		t.Errorf("mean %v ± %v of a linear function, want 2 without error", r.mean(), se)
	}
}

// The point of leaving one out: in small samples of a function that is not
// linear, the mean stays unbiased and the standard error covers.
func TestLeaveOneOutMeanIsUnbiased(t *testing.T) {
	const n, m, reps = 32, 3, 10000
	rng := NewRng()
	var r leaveOneOut
	r.resize(n, m)
	sum, sq, cover := 0.0, 0.0, 0
	for range reps {
		for i := range n {
			h := r.feature(i)
			u := rng.NormFloat64()
			h[0], h[1], h[2] = 1, u, (u*u-1)/math.Sqrt2
			r.y[i] = math.Exp(u/2) + u*u // E = e^{1/8} + 1
		}
		se := r.fit()
		x := r.mean() - math.Exp(0.125) - 1
		sum += x
		sq += x * x
		if math.Abs(x) < 2*se {
			cover++
		}
	}
	if z := sum / math.Sqrt(sq); math.Abs(z) > 4 {
		t.Errorf("bias %v, z = %.1f", sum/reps, z)
	}
	if c := float64(cover) / reps; c < 0.85 || c > 0.99 {
		t.Errorf("two standard errors cover in %v", c)
	}
}
