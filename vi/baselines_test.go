package vi

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/families"
)

// The first steps of Adam, by the formulas of its paper with its defaults.
func TestAdamByHand(t *testing.T) {
	f := families.DiagGaussian(1)
	for _, m := range []*Adam{{}, {Rate: 0.5, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.1}} {
		rate, b1, b2, ε := 0.01, 0.9, 0.999, 1e-8
		if m.Rate != 0 {
			rate, b1, b2, ε = 0.5, 0.8, 0.95, 0.1
		}
		if err := m.Init(f); err != nil {
			t.Fatal(err)
		}
		q := f.New()
		first, second := [2]float64{}, [2]float64{}
		for step, grad := range []families.Mean{{3, -1}, {-2, -4}, {0.5, 1e-3}, {0, 2}} {
			m.Aim(q, make(families.Natural, 2), grad)
			dst := make(families.Natural, 2)
			if !m.Move(dst, 0.5) {
				t.Fatal("no step")
			}
			for i, g := range grad {
				first[i] = b1*first[i] + (1-b1)*g
				second[i] = b2*second[i] + (1-b2)*g*g
				n := float64(step + 1)
				d := rate * first[i] / (1 - math.Pow(b1, n)) / (math.Sqrt(second[i]/(1-math.Pow(b2, n))) + ε)
				within(t, 1e-14, dst[i]-q.Natural(nil)[i], 0.5*d, "step %d, coordinate %d", step, i)
			}
		}
		if m.newton() || !m.forget() || m.forget() {
			t.Error("forget: want something to forget, once")
		}
	}
}

// The step of Euclidean is the inverse of the largest eigenvalue of F.
func TestEuclideanRate(t *testing.T) {
	for _, f := range []families.Family{families.Gamma(), families.DiagGaussian(2), families.FullGaussian(2), families.Dirichlet(3)} {
		m := new(Euclidean)
		if err := m.Init(f); err != nil {
			t.Fatal(err)
		}
		q := f.New()
		n := f.NumParams()
		F := mat.NewSymDense(n, nil)
		for j := range n {
			unit := make(families.Natural, n)
			unit[j] = 1
			for i, x := range q.FisherMulVec(nil, unit) {
				if i <= j {
					F.SetSym(i, j, x)
				}
			}
		}
		var eig mat.EigenSym
		if !eig.Factorize(F, false) {
			t.Fatal("no eigenvalues")
		}
		l := eig.Values(nil)[n-1]
		grad := make(families.Mean, n)
		grad[0], grad[n-1] = 1, -2
		for range 20 { // it improves from point to point
			m.Aim(q, make(families.Natural, n), grad)
		}
		dst := make(families.Natural, n)
		m.Move(dst, 0.25)
		for i, λ := range q.Natural(nil) {
			within(t, 1e-6, dst[i]-λ, 0.25*grad[i]/l, "%v: step[%d]", f, i)
		}
		m.Rate = 3
		m.Aim(q, make(families.Natural, n), grad)
		m.Move(dst, 0.25)
		for i, λ := range q.Natural(nil) {
			within(t, 1e-14, dst[i]-λ, 0.75*grad[i], "%v: step[%d] at a given rate", f, i)
		}
	}
}
