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
		if math.Abs(r.resid[i]-e) > 1e-9 {
			t.Errorf("residual %d is %v, without draw %d %v", i, r.resid[i], i, e)
		}
	}
	for j := range m {
		if math.Abs(r.beta[j]-mean[j]) > 1e-9 {
			t.Errorf("mean coefficient %d is %v, want %v", j, r.beta[j], mean[j])
		}
	}
}

func TestLeaveOneOutDependentFeatures(t *testing.T) {
	const n, m = 20, 6
	rng := NewRng()
	var r leaveOneOut
	r.resize(n, m)
	r.ridge = ridgeAny
	for i := range n {
		h := r.feature(i)
		h[0], h[1], h[2] = 1, rng.NormFloat64(), rng.NormFloat64()
		h[3], h[4], h[5] = h[1]-2*h[2], rng.NormFloat64(), 0
		r.y[i] = 2 + 3*h[1] - h[2] + h[4]/2
	}
	se := r.fit()
	b := r.beta
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"constant", b[0], 2}, {"1 and 3", b[1] + b[3], 3}, {"2 and 3", b[2] - 2*b[3], -1}, {"4", b[4], 0.5}, {"zero", b[5], 0}} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("coefficient %s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if se > 1e-9 || math.Abs(r.mean()-2) > 1e-9 {
		t.Errorf("mean %v ± %v of a linear function, want 2 without error", r.mean(), se)
	}
}

// A draw that alone determines a coefficient says nothing about it: without the
// draw the coefficient is 0.
func TestLeaveOneOutOfTheOnlyDrawOfItsKind(t *testing.T) {
	const n = 12
	rng := NewRng()
	var r leaveOneOut
	r.resize(n, 2)
	r.ridge = ridgeAny
	rest := 0.0
	for i := range n {
		h := r.feature(i)
		h[0], h[1] = 1, 0
		r.y[i] = rng.NormFloat64()
		if i > 0 {
			rest += r.y[i] / (n - 1)
		}
	}
	r.feature(0)[1] = 1
	r.y[0] = 7
	r.fit()
	if want := 7 - rest; math.Abs(r.resid[0]-want) > 1e-4 {
		t.Errorf("residual is %v, want %v", r.resid[0], want)
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
