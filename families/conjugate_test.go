package families

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// data returns n rows of d correlated values, centred at 3.
func data(n, d int) [][]float64 {
	rnd := rand.New(rand.NewPCG(12, uint64(d)))
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make(fs, d)
		shared := rnd.NormFloat64()
		for j := range d {
			rows[i][j] = 3 + shared + 0.5*float64(1+j)*rnd.NormFloat64()
		}
	}
	return rows
}

// scatter returns the mean of the rows and the sum of (y−c)(y−c)ᵀ.
func scatter(rows [][]float64, c []float64) (mean, s []float64) {
	d := len(c)
	mean, s = make(fs, d), make(fs, d*d)
	for _, y := range rows {
		for i := range d {
			mean[i] += y[i] / float64(len(rows))
			for j := range d {
				s[i*d+j] += (y[i] - c[i]) * (y[j] - c[j])
			}
		}
	}
	return mean, s
}

// posterior returns the member that the statistics make of the prior.
func posterior(t *testing.T, prior Distribution, statistics Natural) Distribution {
	t.Helper()
	λ := prior.Natural(nil)
	for i, x := range statistics {
		λ[i] += x
	}
	q := prior.Family().New()
	if !q.SetNatural(λ) {
		t.Fatalf("%v refuses the posterior λ = %v", q.Family(), λ)
	}
	return q
}

// Statistics of Gaussian data added to a prior are the posterior of the textbooks
// (Murphy 2007, Conjugate Bayesian analysis of the Gaussian distribution).
func TestNormalWishartPosterior(t *testing.T) {
	const n = 40
	for _, d := range []int{1, 2, 4} {
		rows := data(n, d)
		zero := make(fs, d)
		ȳ, raw := scatter(rows, zero)
		_, S := scatter(rows, ȳ)
		m0, κ0, ν0 := make(fs, d), 0.7, float64(d)+0.5
		W0inv := make(fs, d*d)
		for i := range d {
			m0[i] = 0.5 * float64(i)
			W0inv[i*d+i] = 1 + float64(i)
		}
		prior := NormalWishart(d).New().(*NormalWishartDist)
		if !prior.SetInverse(m0, κ0, W0inv, ν0) {
			t.Fatal("the prior is refused")
		}
		stats := Natural{0.5 * n}
		for _, x := range raw {
			stats = append(stats, -0.5*x)
		}
		for _, x := range ȳ {
			stats = append(stats, n*x)
		}
		q := posterior(t, prior, append(stats, -0.5*n)).(*NormalWishartDist)

		κ := κ0 + n
		m, inv := make(fs, d), make(fs, d*d)
		for i := range d {
			m[i] = (κ0*m0[i] + n*ȳ[i]) / κ
			for j := range d {
				inv[i*d+j] = W0inv[i*d+j] + S[i*d+j] + κ0*n/κ*(ȳ[i]-m0[i])*(ȳ[j]-m0[j])
			}
		}
		gotM, gotκ, _, gotν := q.Params(nil, nil)
		vectors(t, 1e-13, slices.Concat(gotM, fs{gotκ, gotν}), slices.Concat(m, fs{κ, ν0 + n}), "d = %d: m, κ, ν", d)
		vectors(t, 1e-12, q.Inverse(nil), inv, "d = %d: W⁻¹", d)
		if d == 1 {
			prior := normalGamma(t, m0[0], κ0, ν0/2, W0inv[0]/2)
			q := posterior(t, prior, append(stats, -0.5*n)).(*NormalGammaDist)
			gm, gκ, gα, gβ := q.Params()
			vectors(t, 1e-12, fs{gm, gκ, gα, gβ}, fs{m[0], κ, (ν0 + n) / 2, inv[0] / 2}, "NormalGamma")
		}
	}
}

// The same with a known mean: of a precision, and of a covariance.
func TestWishartPosterior(t *testing.T) {
	const n, d = 25, 3
	rows := data(n, d)
	_, S := scatter(rows, fs{3, 3, 3})
	V := fs{2, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 0.5}
	stats := Natural{0.5 * n}
	for _, x := range S {
		stats = append(stats, -0.5*x)
	}
	ν, got := posterior(t, wishartOf(t, 3.5, V...), stats).(*WishartDist).Params(nil)
	inv := inverted(V, d)
	for i, x := range S {
		inv[i] += x
	}
	vectors(t, 1e-13, append(got, ν), append(inverted(inv, d), 3.5+n), "Wishart: V, ν")

	stats[0] = -0.5 * n
	ν, got = posterior(t, inverseWishartOf(t, 3.5, V...), stats).(*InverseWishartDist).Params(nil)
	for i, x := range V {
		inv[i] = x + S[i]
	}
	vectors(t, 1e-13, append(got, ν), append(slices.Clone(inv), 3.5+n), "InverseWishart: Ψ, ν")
}

// E[(y−x)ᵀΛ(y−x)] and E[log|Λ|] of a NormalWishart, as mixtures use them, from the
// factor of W and from μ.
func TestNormalWishartScaleFactor(t *testing.T) {
	q := normalWishart(t, fs{3, -2}, 0.1, fs{1, 0.3, 0.3, 0.5}, 4)
	C, μ, y := q.ScaleFactor(nil), q.Mean(nil), fs{1, 2}
	if C[2] != 0 {
		t.Errorf("ScaleFactor is %v, not upper triangular", C)
	}
	Δ := fs{y[0] - 3, y[1] + 2}
	u, v := C[0]*Δ[0], C[1]*Δ[0]+C[3]*Δ[1]
	yy := μ[1]*y[0]*y[0] + 2*μ[2]*y[0]*y[1] + μ[4]*y[1]*y[1]
	within(t, 1e-14, 4*(u*u+v*v)+2/0.1, yy-2*(μ[5]*y[0]+μ[6]*y[1])+μ[7], "E[(y−x)ᵀΛ(y−x)]")
}
