package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Members of many coordinates, through the lanes, have the moments that functions of one
// number give, about the switch to other formulas too, and after another member.
func TestManyConcentrations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	for _, k := range []int{2, 3, 8, 255, 256, 257, 1000} {
		q := Dirichlet(k).New().(*DirichletDist)
		for _, scale := range []float64{1e-12, 0.9 / float64(k), 2 / float64(k), 2.1 / float64(k), 1, 1e9} {
			α := make([]float64, k)
			for i := range α {
				switch i % 4 {
				case 0:
					α[i] = scale
				case 1:
					α[i] = scale * (0.5 + rnd.Float64())
				case 2:
					α[i] = scale * math.Exp(8*rnd.NormFloat64())
				default:
					α[i] = 1 + scale*(rnd.Float64()-0.5)
				}
				α[i] = max(α[i], 1e-15)
			}
			for range 2 { // the second time with a major coordinate, in each of the two buffers
				if !q.SetConcentration(α) {
					t.Fatalf("refused %v", α)
				}
				var α0, entropy, size float64
				for _, a := range α {
					α0 += a
				}
				μ, ψ0 := q.Mean(nil), Digamma(α0)
				v := make(Natural, k)
				var vSum float64
				for i := range v {
					v[i] = rnd.NormFloat64()
					vSum += v[i]
				}
				fv, ψ1 := q.FisherMulVec(nil, v), Trigamma(α0)
				add := func(x float64) {
					entropy += x
					size += math.Abs(x)
				}
				add(-lgamma(α0))
				for i, a := range α {
					want := Digamma(a) - ψ0
					if !(math.Abs(μ[i]-want) <= 1e-15*(math.Abs(want)+4*math.Abs(ψ0)+1)) {
						t.Errorf("K = %d, α = %v of %v: μ = %v, want %v", k, a, α0, μ[i], want)
					}
					if want := v[i]*Trigamma(a) - vSum*ψ1; !(math.Abs(fv[i]-want) <= 1e-13*(math.Abs(v[i])*Trigamma(a)+math.Abs(vSum*ψ1))) {
						t.Errorf("K = %d, α = %v of %v: (Fv) = %v, want %v", k, a, α0, fv[i], want)
					}
					add(lgamma(a))
					add(-(a - 1) * (Digamma(a) - ψ0))
				}
				if h := q.Entropy(); !(math.Abs(h-entropy) <= (1e-14+2e-16*float64(k))*size) {
					t.Errorf("K = %d, α₀ = %v: entropy %v, want %v", k, α0, h, entropy)
				}
				α[k-1] = 3 * α0
			}
		}
	}
}

// What one member knew is forgotten with the next, in whatever order it is asked for.
func TestConcentrationsForget(t *testing.T) {
	asks := []func(q *DirichletDist) float64{
		func(q *DirichletDist) float64 { return q.Entropy() },
		func(q *DirichletDist) float64 { return q.Mean(nil)[1] },
		func(q *DirichletDist) float64 { return q.LogPartition() },
		func(q *DirichletDist) float64 { return q.FisherMulVec(nil, Natural{1, 2, 3})[1] },
		func(q *DirichletDist) float64 { return q.LogProb([]float64{0.2, 0.3, 0.5}) },
	}
	used := Dirichlet(3).New().(*DirichletDist)
	for i := range 40 {
		α := []float64{0.3 + float64(i), 2 + float64(i%7), 5.5}
		used.SetConcentration(α)
		for j := range asks {
			ask := asks[(i+j)%len(asks)]
			fresh := Dirichlet(3).New().(*DirichletDist)
			fresh.SetConcentration(α)
			if got, want := ask(used), ask(fresh); got != want {
				t.Errorf("α = %v: question %d gets %v of a member that was another, %v of a new one", α, (i+j)%len(asks), got, want)
			}
			if used.SetConcentration([]float64{1, -1, 2}) {
				t.Error("a negative concentration")
			}
		}
	}
}

// A member whose log-partition is beyond float64 is refused at once.
func TestConcentrationsBeyond(t *testing.T) {
	q := Dirichlet(1000).New().(*DirichletDist)
	for α, want := range map[float64]bool{1e280: true, 1e304: true, 1.5e305: false} {
		all := make([]float64, 1000)
		for i := range all {
			all[i] = α
		}
		if q.SetConcentration(all) != want {
			t.Errorf("α = %v: accepted is %t, want %t", α, !want, want)
		}
	}
}
