package models_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/models"
)

// Means and standard deviations of √v for v ~ InverseGamma(a, 3), computed with 120
// digits. The difference of moments that makes the latter leaves no digit of it for the
// shapes of many rows.
func TestGaussPosteriorOfManyRows(t *testing.T) {
	x := must(models.NewDense(2, 1, []float64{-1, 1}))
	m := must(models.NewGaussMixture(x, 1, models.DiagCovariance, nil, models.DirichletWeights, 0))
	inf := math.Inf(1)
	for _, c := range []struct{ a, mean, sd float64 }{
		{0.5, inf, inf},
		{0.75, 5.1245756295246263, inf},
		{1.5, 1.9544100476116797, 1.4765775854300755},
		{10, 0.56939099739484715, 0.095536513538199105},
		{32, 0.30983371111033122, 0.027879472878569893},
		{33, 0.30499255937423229, 0.027009974571542816},
		{1000, 0.054792806049748326, 0.00086683804581144232},
		{1e6, 0.0017320514570882684, 8.6602621568399724e-7},
		{1e12, 1.7320508075695268e-6, 8.6602540378525055e-13},
	} {
		const κ = 2
		p := m.GaussPosterior([]float64{c.a - 0.5, -3, 0, -0.5 * κ})[0]
		meanSD := math.Sqrt(3 / (c.a - 1) / κ)
		if c.a <= 1 {
			meanSD = inf
		}
		for _, v := range []struct {
			what      string
			got, want float64
		}{{"sd", p.SD[0], c.mean}, {"sd of the sd", p.SDSD[0], c.sd}, {"sd of the mean", p.MeanSD[0], meanSD}} {
			if v.got != v.want { // both may be infinite
				within(t, 1e-11, v.got, v.want, "shape %g: %s", c.a, v.what)
			}
		}
	}
}

// Members of two components with κ, ν, m and C as given, in the four shapes of
// covariances, have the moments of their marginals. m is relative to the mean of the rows.
func TestGaussPosteriorOfMembers(t *testing.T) {
	const ν, κ = 9.5, 2.5
	m, c := []float64{0.4, -1.2}, []float64{3, 0.7, 0.7, 2}
	x := must(models.NewDense(3, 2, []float64{1, 5, 2, 9, 6, 4}))
	center := []float64{3, 6}
	matrix := func(κs ...float64) (out []float64) { // −½(C + Σ κmmᵀ)
		for i := range 2 {
			for j := range 2 {
				v := c[2*i+j]
				for _, κ := range κs {
					v += κ * m[i] * m[j]
				}
				out = append(out, -0.5*v)
			}
		}
		return out
	}
	cat := func(parts ...[]float64) (out []float64) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	weights := []float64{1, 1}
	for _, v := range []struct {
		cov models.Covariance
		λ   []float64 // of the first component, and the second like it
		a   float64   // v_jj ~ InverseGamma(a, b_j)
		b   []float64
		off float64 // of C, off the diagonal
		dof float64 // E Λ = dof C⁻¹
	}{
		{models.FullCovariance, cat(repeated(2, cat([]float64{0.5 * (ν - 2)}, matrix(κ), times(κ, m), []float64{-0.5 * κ}))),
			0.5 * (ν - 1), []float64{1.5, 1}, 0.7, ν},
		{models.TiedCovariance, cat([]float64{0.5 * (ν - 1)}, matrix(κ, κ), times(κ, m), times(κ, m), []float64{-0.5 * κ, -0.5 * κ}),
			0.5 * (ν - 1), []float64{1.5, 1}, 0.7, ν},
		{models.DiagCovariance, cat(repeated(2, cat(
			[]float64{0.5*ν - 0.5, -0.5 * (3 + κ*m[0]*m[0]), κ * m[0], -0.5 * κ},
			[]float64{0.5*ν - 0.5, -0.5 * (2 + κ*m[1]*m[1]), κ * m[1], -0.5 * κ}))),
			0.5 * ν, []float64{1.5, 1}, 0, ν},
		{models.SphericalCovariance, cat(repeated(2, cat(
			[]float64{0.5*ν - 1 + 1, -1.5 - 0.5*κ*(m[0]*m[0]+m[1]*m[1])}, times(κ, m), []float64{-0.5 * κ}))),
			0.5 * ν, []float64{1.5, 1.5}, 0, ν},
	} {
		mix := must(models.NewGaussMixture(x, 2, v.cov, nil, models.DirichletWeights, 0))
		parts := mix.GaussPosterior(cat(weights, v.λ))
		if len(parts) != 2 {
			t.Fatalf("%v: %d components", v.cov, len(parts))
		}
		for k, p := range parts {
			lg := func(a float64) float64 { l, _ := math.Lgamma(a); return l }
			for j := range 2 {
				what := v.cov.String()
				sd := math.Sqrt(v.b[j]) * math.Exp(lg(v.a-0.5)-lg(v.a))
				variance := v.b[j] / (v.a - 1)
				within(t, 1e-13, p.Mean[j], center[j]+m[j], "%s %d: mean %d", what, k, j)
				within(t, 1e-12, p.MeanSD[j], math.Sqrt(variance/κ), "%s %d: sd of mean %d", what, k, j)
				within(t, 1e-12, p.Covariance[3*j], 2*v.b[j]/v.dof, "%s %d: variance %d", what, k, j)
				within(t, 1e-12, p.ExpectedCovariance[3*j], variance, "%s %d: expected variance %d", what, k, j)
				within(t, 1e-12, p.SD[j], sd, "%s %d: sd %d", what, k, j)
				within(t, 1e-10, p.SDSD[j], math.Sqrt(variance-sd*sd), "%s %d: sd of sd %d", what, k, j)
				within(t, 1e-12, p.Covariance[1+j], v.off/v.dof, "%s %d: covariance", what, k)
				within(t, 1e-12, p.ExpectedCovariance[1+j], v.off/(2*v.a-2), "%s %d: expected covariance", what, k)
			}
		}
	}
	if p := must(models.NewPoissonMixture(x, 2, nil, models.DirichletWeights, 0)).GaussPosterior(nil); p != nil {
		t.Errorf("counts have Gaussian components %v", p)
	}
}

func repeated(n int, x []float64) (out []float64) {
	for range n {
		out = append(out, x...)
	}
	return out
}

// The weights have the moments of independent Betas by gonum/stat, or those of the
// marginals of a Dirichlet.
func TestWeightMoments(t *testing.T) {
	x := must(models.NewDense(2, 1, []float64{1, 3}))
	check := func(w models.Weights, λ, want, sd []float64) {
		t.Helper()
		m := must(models.NewPoissonMixture(x, len(want), nil, w, 0))
		λ = append(append([]float64(nil), λ...), make([]float64, 2*len(want))...)
		gotMean, gotSD := m.WeightMoments(λ)
		for k := range want {
			within(t, 1e-13, gotMean[k], want[k], "%v: mean of weight %d", w, k)
			within(t, 1e-12, gotSD[k], sd[k], "%v: sd of weight %d", w, k)
		}
	}
	beta := func(a, b float64) distuv.Beta { return distuv.Beta{Alpha: a, Beta: b} }
	p, q, r := beta(2, 8), beta(3, 7), beta(5, 5)
	check(models.DirichletWeights, []float64{1, 2, 4}, []float64{p.Mean(), q.Mean(), r.Mean()}, []float64{p.StdDev(), q.StdDev(), r.StdDev()})
	check(models.DirichletWeights, nil, []float64{1}, []float64{0})

	v, u := beta(2.5, 1.5), beta(4, 0.7)
	square := func(b distuv.Beta) float64 { return b.Variance() + b.Mean()*b.Mean() }
	rest := func(b distuv.Beta) distuv.Beta { return beta(b.Beta, b.Alpha) }
	product := func(a, b distuv.Beta) (mean, sd float64) {
		mean = a.Mean() * b.Mean()
		return mean, math.Sqrt(square(a)*square(b) - mean*mean)
	}
	m2, s2 := product(rest(v), u)
	m3, s3 := product(rest(v), rest(u))
	sticks := []float64{1.5, 0.5, 3, -0.3}
	check(models.StickWeights, sticks, []float64{v.Mean(), m2, m3}, []float64{v.StdDev(), s2, s3})
	check(models.NestedStickWeights, sticks, []float64{v.Mean(), m2}, []float64{v.StdDev(), s2})
}
