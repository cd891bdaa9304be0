package vi_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/families"
	"natgrad/models"
)

// What is read from a natural parameter is what draws of the member show: weights with
// their spread, means, precisions and standard deviations of columns.
func TestMixturePosterior(t *testing.T) {
	const k, draws = 3, 20000
	eachMixture(t, k, func(t *testing.T, m *models.Mixture, f families.Family, d int) {
		q := f.New()
		// The posterior of many rows, for which all moments exist.
		λ := m.StartNatural(nil, 0, rand.New(rand.NewPCG(5, 1)))
		η := make([]float64, len(λ))
		m.GlobalNatural(η)
		for i := range λ {
			λ[i] += 3 * (λ[i] - η[i])
		}
		if !q.SetNatural(λ) {
			t.Fatal("outside the domain")
		}
		weight, weightSD := m.WeightMoments(λ)
		post := m.GaussPosterior(λ)
		center := m.Components().(*models.GaussComponents).Center(nil)
		rnd := rand.New(rand.NewPCG(6, 1))
		sticks := m.Dim() - m.Components().Dim()
		dirichlet := f.String()[:17] == "Product(Dirichlet"
		var w, mean, sd [k][3]drawSpread
		var prec [k][]float64
		for range draws {
			z := q.Rand(nil, rnd)
			left := 1.0
			for c := range k {
				π := left
				switch {
				case dirichlet:
					π = z[c]
				case c < sticks:
					π *= z[c]
					left *= 1 - z[c]
				}
				w[c][0].add(π)
				x, Λ := componentOf(m.Components().(*models.GaussComponents).Covariance(), z[sticks:], k, d, c)
				if prec[c] == nil {
					prec[c] = make([]float64, d*d)
				}
				var Σ mat.Dense
				if err := Σ.Inverse(mat.NewDense(d, d, Λ)); err != nil {
					t.Fatal(err)
				}
				for j := range d {
					mean[c][j].add(x[j] + center[j])
					sd[c][j].add(math.Sqrt(Σ.At(j, j)))
				}
				for i, v := range Λ {
					prec[c][i] += v / draws
				}
			}
		}
		close := func(got, want, sd float64, what string) {
			t.Helper()
			if !(math.Abs(got-want) <= 5*sd/math.Sqrt(draws)+1e-12) {
				t.Errorf("%s is %v, draws say %v", what, got, want)
			}
		}
		for c := range k {
			close(weight[c], w[c][0].mean(), w[c][0].sd(), "a weight")
			sameTo(t, 0.05, weightSD[c]/w[c][0].sd(), 1, "the sd of a weight, by that of draws,")
			for j := range d {
				close(post[c].Mean[j], mean[c][j].mean(), mean[c][j].sd(), "a mean")
				close(post[c].SD[j], sd[c][j].mean(), sd[c][j].sd(), "a standard deviation")
				sameTo(t, 0.1, post[c].MeanSD[j]/mean[c][j].sd(), 1, "the sd of a mean, by that of draws,")
				sameTo(t, 0.1, post[c].SDSD[j]/sd[c][j].sd(), 1, "the sd of a standard deviation, by that of draws,")
			}
			// The covariance times the expected precision is 1.
			var one mat.Dense
			one.Mul(mat.NewDense(d, d, post[c].Covariance), mat.NewDense(d, d, prec[c]))
			for i := range d {
				for j := range d {
					want := 0.0
					if i == j {
						want = 1
					}
					if math.Abs(one.At(i, j)-want) > 0.15 {
						t.Errorf("covariance × expected precision has %v at %d, %d", one.At(i, j), i, j)
					}
				}
			}
			if post[c].ExpectedCovariance == nil {
				t.Error("no expected covariance")
			}
		}
	})
}

// drawSpread is the mean and the standard deviation of numbers.
type drawSpread struct{ n, sum, square float64 }

func (s *drawSpread) add(x float64) { s.n++; s.sum += x; s.square += x * x }
func (s *drawSpread) mean() float64 { return s.sum / s.n }
func (s *drawSpread) sd() float64   { return math.Sqrt(math.Max(0, s.square/s.n-s.mean()*s.mean())) }

// componentOf returns the mean and the precision matrix of a component at a point.
func componentOf(cov models.Covariance, z []float64, k, d, c int) (x, Λ []float64) {
	Λ = make([]float64, d*d)
	switch cov {
	case models.FullCovariance:
		z = z[c*(d+d*d):]
		return z[:d], append(Λ[:0], z[d:d+d*d]...)
	case models.TiedCovariance:
		return z[c*d : (c+1)*d], append(Λ[:0], z[k*d:k*d+d*d]...)
	case models.DiagCovariance:
		for j := range d {
			x = append(x, z[2*(c*d+j)])
			Λ[j*d+j] = z[2*(c*d+j)+1]
		}
		return x, Λ
	}
	z = z[c*(d+1):]
	for j := range d {
		Λ[j*d+j] = z[d]
	}
	return z[:d], Λ
}
