package estimators

import (
	"math"

	"natgrad/families"
	"natgrad/models"
)

// Expectations under members of the families, by formulas and numerical
// integration that the packages do not use.

// glmTruth integrates over the linear predictor of every row with the values of
// the likelihood alone, whose derivatives follow by Stein's identity:
//
//	E[ℓ′] = E[xℓ]/s,   E[ℓ″] = E[(x² − 1)ℓ]/s²   for f = m + s x
func glmTruth(g *models.GLM, q families.Gaussian) (families.Natural, float64) {
	n, d := g.X.Dims()
	loc, cov := q.Loc(nil), q.Cov(nil)
	at := func(i, j int) float64 { // covariance of i and j
		switch {
		case len(cov) > d:
			return cov[i*d+j]
		case i == j:
			return cov[i]
		}
		return 0
	}
	gm, gV := make([]float64, d), make([]float64, d*d)
	elog := 0.0
	for j, δ := range g.PriorPrecision {
		gm[j] = -δ * loc[j]
		gV[j*d+j] = -δ / 2
		elog += 0.5*math.Log(δ/(2*math.Pi)) - δ/2*(loc[j]*loc[j]+at(j, j))
	}
	x, e := make([]float64, d), make([]float64, d)
	for row := range n {
		for j := range x { // a row of the matrix
			clear(e)
			e[j] = 1
			var v [1]float64
			g.X.MulVec(v[:], e, row, row+1)
			x[j] = v[0]
		}
		s := 0.0
		for i := range x {
			for j := range x {
				s += x[i] * x[j] * at(i, j)
			}
		}
		s = math.Sqrt(s)
		m := dot(x, loc)
		var e0, e1, e2 float64
		const h = 1.0 / 32
		for k := -12 / h; k <= 12/h; k++ {
			u := h * k
			ell, _, _ := g.Likelihood.LogLik(g.Y[row], m+s*u)
			ell *= h * math.Exp(-u*u/2) / math.Sqrt(2*math.Pi)
			e0, e1, e2 = e0+ell, e1+u*ell, e2+(u*u-1)*ell
		}
		elog += e0
		for i := range x {
			gm[i] += e1 / s * x[i]
			for j := range x {
				gV[i*d+j] += e2 / (s * s) / 2 * x[i] * x[j]
			}
		}
	}
	return naturalOfMoments(loc, gm, gV, len(cov) > d), elog
}

// naturalOfMoments turns gradients in mean and covariance into (g_m − 2 G_V m, G_V),
// or the diagonal of it.
func naturalOfMoments(loc, gm, gV []float64, full bool) families.Natural {
	d := len(loc)
	dst := make(families.Natural, d, d+d*d)
	for i := range d {
		dst[i] = gm[i] - 2*gV[i*d+i]*loc[i]
		for j := range d {
			if full && i != j {
				dst[i] -= 2 * gV[i*d+j] * loc[j]
			}
		}
	}
	if full {
		return append(dst, gV...)
	}
	for i := range d {
		dst = append(dst, gV[i*d+i])
	}
	return dst
}

// lineTruth integrates over t, with z = e^t for Gamma and InverseGamma and
// z = 1/(1+e^−t) for Beta, by the trapezoidal rule, which converges geometrically.
// The natural gradient is the regression of f on T, F⁻¹ Cov(T, f) with
// F = Cov(T, T).
func lineTruth(m models.Model, q families.Distribution) (families.Natural, float64) {
	λ := q.Natural(nil)
	softplus := func(t float64) float64 { return math.Max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }
	var at func(t float64) (z, T1, T2, jacobian float64) // the logarithm of dz/dt
	switch name := q.Family().String(); name {
	case "Gamma":
		at = func(t float64) (z, T1, T2, jacobian float64) { return math.Exp(t), t, math.Exp(t), t }
	case "InverseGamma":
		at = func(t float64) (z, T1, T2, jacobian float64) { return math.Exp(t), t, math.Exp(-t), t }
	case "Beta":
		at = func(t float64) (z, T1, T2, jacobian float64) {
			a, b := -softplus(-t), -softplus(t)
			return math.Exp(a), a, b, a + b
		}
	default:
		panic(name)
	}
	logw := func(t float64) float64 {
		_, a, b, jacobian := at(t)
		return λ[0]*a + λ[1]*b + jacobian
	}
	// The mode, by bisection of the slope of a concave function, and the width.
	const ε = 1e-4
	lo, hi := -650.0, 650.0
	for range 60 {
		if mid := (lo + hi) / 2; logw(mid+ε) > logw(mid-ε) {
			lo = mid
		} else {
			hi = mid
		}
	}
	mode, top := lo, logw(lo)
	h := math.Min(0.25/math.Sqrt((2*top-logw(mode+ε)-logw(mode-ε))/(ε*ε)), 1.0/8)
	var w, f, T1, T2 []float64
	var sum float64
	for _, dir := range []float64{1, -1} {
		for k := (1 - dir) / 2; ; k++ {
			t := mode + dir*k*h
			z, a, b, _ := at(t)
			wk := math.Exp(logw(t) - top)
			if wk < 1e-22 || math.Abs(t) > 680 || z == 1 {
				break
			}
			w, f = append(w, wk), append(f, m.LogJoint([]float64{z}))
			T1, T2 = append(T1, a), append(T2, b)
			sum += wk
		}
	}
	mean := func(x []float64) float64 {
		s := 0.0
		for k, v := range x {
			s += w[k] * v / sum
		}
		return s
	}
	cov := func(x, y []float64) float64 {
		mx, my, s := mean(x), mean(y), 0.0
		for k := range x {
			s += w[k] * (x[k] - mx) * (y[k] - my) / sum
		}
		return s
	}
	a, b, c := cov(T1, T1), cov(T1, T2), cov(T2, T2)
	u, v := cov(T1, f), cov(T2, f)
	det := a*c - b*b
	return families.Natural{(c*u - b*v) / det, (a*v - b*u) / det}, mean(f)
}
