package vi

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// reference is the average by its definition: iterates in n batches of size each,
// of which the mean leaves the first n/4 out.
type reference struct {
	λ []families.Natural
	ρ []float64
}

// batches returns the number of full batches and their size: sizes double when
// more than 16 would be needed.
func (r reference) batches() (n, size int) {
	size = 1
	for len(r.λ)/size > maxBatches || len(r.λ)/size == maxBatches && len(r.λ)%size != 0 {
		size *= 2
	}
	return len(r.λ) / size, size
}

func (r reference) batch(k, size int) families.Natural {
	m := make(families.Natural, len(r.λ[0]))
	for _, λ := range r.λ[k*size : (k+1)*size] {
		for i, x := range λ {
			m[i] += x / float64(size)
		}
	}
	return m
}

// The mean is that of the last three quarters of the iterates, to the batch, and
// its noise that of a mean of independent batches.
func TestAverage(t *testing.T) {
	f := families.Gamma()
	rnd := rand.New(rand.NewPCG(4, 4))
	var a average
	a.init(2)
	if a.update() {
		t.Error("a mean of nothing")
	}
	var ref reference
	const ρ = 2.5
	for step := range 300 {
		λ := families.Natural{1 + rnd.Float64(), -2 - rnd.Float64() - 5/float64(1+step)*rnd.Float64()}
		ref.λ = append(ref.λ, λ)
		full := a.add(λ, ρ)
		n, size := ref.batches()
		if a.n != n || a.size != size || full != (len(ref.λ)%size == 0) {
			t.Fatalf("%d iterates: %d batches of %d, complete %t, want %d of %d", len(ref.λ), a.n, a.size, full, n, size)
		}
		first := n / 4
		want := make(families.Natural, 2)
		for k := first; k < n; k++ {
			for i, x := range ref.batch(k, size) {
				want[i] += x / float64(n-first)
			}
		}
		if !a.update() {
			t.Fatalf("%d iterates: no mean", len(ref.λ))
		}
		for i, w := range want {
			within(t, 1e-13, a.mean[i], w, "%d iterates: mean[%d]", len(ref.λ), i)
		}

		q := f.New()
		if !q.SetNatural(a.mean) {
			t.Fatalf("%v refused", a.mean)
		}
		var square float64
		b := n - first
		for k := first; k < n; k++ {
			d := ref.batch(k, size)
			for i := range d {
				d[i] -= want[i]
			}
			square += dot(d, q.FisherMulVec(nil, d)) / float64(b*(b-1))
		}
		for _, noise := range []float64{0, 50} {
			wantLength := math.Inf(1)
			if n >= 8 {
				upper := map[int]float64{10: 10 / 2.55821216, 12: 12 / 3.570568971, 14: 14 / 4.660425063, 16: 16 / 5.81221247, 18: 18 / 7.014910901, 20: 20 / 8.260398333, 22: 22 / 9.542492339}[2*(b-1)]
				wantLength = math.Sqrt(upper * math.Max(square, noise/float64(b*size)))
			}
			got := a.distance(q, noise)
			if math.IsInf(wantLength, 1) {
				if !math.IsInf(got, 1) {
					t.Errorf("%d iterates: distance %g from %d batches, want +Inf", len(ref.λ), got, n)
				}
				continue
			}
			within(t, 1e-9, got, wantLength, "%d iterates: distance with noise %g", len(ref.λ), noise)
		}
	}
	a.restart()
	if a.update() || a.n != 0 || a.path != 0 {
		t.Error("something is left after restart")
	}
}

// Batches that are too short a way to be independent tell nothing.
func TestAverageOfShortSteps(t *testing.T) {
	q := families.Gamma().New()
	for _, c := range []struct {
		ρ    float64
		tell bool
	}{{0.124, false}, {0.13, true}} {
		var a average
		a.init(2)
		for range 256 { // 16 batches of 16
			a.add(families.Natural{0, -1}, c.ρ)
		}
		a.update()
		if got := a.distance(q, 1); math.IsInf(got, 1) == c.tell {
			t.Errorf("steps of %g, 16 in a batch: distance %g", c.ρ, got)
		}
	}
}
