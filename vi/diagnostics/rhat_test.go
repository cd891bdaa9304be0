package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/vi/diagnostics"
)

// roundAll rounds to integers, halves to even.
func roundAll(chains ...[]float64) [][]float64 {
	for _, c := range chains {
		for i, v := range c {
			c[i] = math.RoundToEven(v)
		}
	}
	return chains
}

// Values of the R package posterior 1.4.0: rhat, ess_bulk, ess_tail, ess_mean
// and mcse_mean of the same chains.
func TestChains(t *testing.T) {
	ar := autoregressive
	for _, c := range []struct {
		name                          string
		chains                        [][]float64
		rHat, bulk, tail, ess, meanSE float64
	}{
		{"independent", [][]float64{ar(1, 200, 0, 0, 1), ar(2, 200, 0, 0, 1), ar(3, 200, 0, 0, 1), ar(4, 200, 0, 0, 1)},
			0.99738470955491654, 788.49720128126944, 815.85311315890976, 793.85547976885869, 0.064426140108386001},
		{"sticky", [][]float64{ar(5, 301, 0.9, 0, 1), ar(6, 301, 0.9, 0, 1)},
			1.0588395158517465, 35.784723940308844, 43.516676055741776, 35.24798270872769, 0.70775970852784675},
		{"antithetic", [][]float64{ar(7, 250, -0.6, 1, 2), ar(8, 250, -0.6, 1, 2), ar(9, 250, -0.6, 1, 2)},
			1.0075358010724911, 2156.2959475437751, 548.32452649389074, 2156.2959475437751, 0.10691064501294482},
		{"shifted", [][]float64{ar(10, 100, 0.3, 0, 1), ar(11, 100, 0.3, 6, 1)},
			1.7805334379117825, 3.2770026113081632, 114.60193754397355, 2.8545572134532557, 2.1431331872838673},
		{"scaled", [][]float64{ar(12, 100, 0.3, 0, 1), ar(13, 100, 0.3, 0, 5)},
			1.470292352615971, 91.787621618848178, 95.201164129461446, 84.18485476973062, 0.83887894349587866},
		{"one chain", [][]float64{ar(14, 150, 0.5, 0, 1)},
			1.0197677244753887, 24.927337981672164, 76.808439969232893, 25.717900977982836, 0.34755949112695617},
		{"ties", roundAll(ar(15, 120, 0.5, 0, 1), ar(16, 120, 0.5, 0, 1)),
			1.0032031926620126, 85.405934121616966, 155.41781959048132, 84.713591713047265, 0.22496498294121858},
	} {
		for _, d := range []struct {
			name string
			f    func([][]float64) (float64, error)
			want float64
		}{
			{"RHat", diagnostics.RHat, c.rHat},
			{"BulkESS", diagnostics.BulkESS, c.bulk},
			{"TailESS", diagnostics.TailESS, c.tail},
			{"ESS", diagnostics.ESS, c.ess},
			{"MCSE", diagnostics.MCSE, c.meanSE},
		} {
			got, err := d.f(c.chains)
			if err != nil {
				t.Fatalf("%s: %s: %v", c.name, d.name, err)
			}
			near(t, c.name+": "+d.name, got, d.want, 1e-9)
		}
	}
}

// A chain x_t = ρ x_t−1 + e_t of N values has ESS N (1 − ρ)/(1 + ρ).
func TestESSAutoregressive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, rho := range []float64{0.9, 0.5, 0, -0.3} {
		chains := make([][]float64, 4)
		for i := range chains {
			chains[i] = make([]float64, 20000)
			x := rng.NormFloat64() / math.Sqrt(1-rho*rho)
			for s := range chains[i] {
				x = rho*x + rng.NormFloat64()
				chains[i][s] = x
			}
		}
		want := 80000 * (1 - rho) / (1 + rho)
		for name, f := range map[string]func([][]float64) (float64, error){"ESS": diagnostics.ESS, "BulkESS": diagnostics.BulkESS} {
			got, err := f(chains)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got/want-1) > 0.06 {
				t.Errorf("ρ = %v: %s is %.0f, want about %.0f", rho, name, got, want)
			}
		}
		mcse, err := diagnostics.MCSE(chains)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "MCSE", mcse, 1/math.Sqrt((1-rho*rho)*want), 0.05)
		r, err := diagnostics.RHat(chains)
		if err != nil {
			t.Fatal(err)
		}
		if !(r < 1.005) {
			t.Errorf("ρ = %v: RHat is %v", rho, r)
		}
	}
}

func TestChainsScale(t *testing.T) {
	small := [][]float64{autoregressive(21, 60, 0.4, 0, 1), autoregressive(22, 60, 0.4, 0, 1)}
	large := [][]float64{autoregressive(21, 60, 0.4, 0, 1e306), autoregressive(22, 60, 0.4, 0, 1e306)}
	for name, f := range map[string]func([][]float64) (float64, error){
		"RHat": diagnostics.RHat, "BulkESS": diagnostics.BulkESS, "TailESS": diagnostics.TailESS, "ESS": diagnostics.ESS,
		"MCSE": func(c [][]float64) (float64, error) {
			v, err := diagnostics.MCSE(c)
			return v / c[0][0], err
		},
	} {
		want, err := f(small)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f(large)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" at 1e306", got, want, 1e-9)
	}
	// An outlier that dwarfs the rest hides nothing from the ranks.
	apart := [][]float64{autoregressive(21, 60, 0.4, 0, 1), autoregressive(22, 60, 0.4, 9, 1)}
	apart[0][7] = 1e300
	r, err := diagnostics.RHat(apart)
	if err != nil {
		t.Fatal(err)
	}
	if !(r > 1.5) {
		t.Errorf("RHat of chains apart with one outlier is %v", r)
	}
}

func TestChainsStandStill(t *testing.T) {
	r, err := diagnostics.RHat([][]float64{{1, 1, 1, 1}, {2, 2, 2, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(r, 1) {
		t.Errorf("RHat of chains that stand still apart is %v", r)
	}
	// Distances from the median are all the same.
	r, err = diagnostics.RHat([][]float64{{-1, 1, -1, 1, -1, 1, -1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if !(r < 1) {
		t.Errorf("RHat of a chain of two values is %v", r)
	}
}

func TestChainsRefuse(t *testing.T) {
	for name, f := range map[string]func([][]float64) (float64, error){
		"RHat": diagnostics.RHat, "BulkESS": diagnostics.BulkESS, "TailESS": diagnostics.TailESS,
		"ESS": diagnostics.ESS, "MCSE": diagnostics.MCSE,
	} {
		_, err := f(nil)
		wantError(t, name, err, &diagnostics.CountError{Of: "chains", Got: 0, Want: 1})
		_, err = f([][]float64{{1, 2, 3}})
		wantError(t, name, err, &diagnostics.CountError{Of: "values in a chain", Got: 3, Want: 4})
		_, err = f([][]float64{{1, 2, 3, 4}, {1, 2, math.NaN(), 4}})
		wantError(t, name, err, &diagnostics.ValueError{Of: "value of chain", Index: 1, Column: 2, Got: math.NaN(), Want: "a finite number"})
		_, err = f([][]float64{{5, 5, 5, 5}, {5, 5, 5, 5}})
		wantError(t, name, err, &diagnostics.ConstantError{Value: 5})
		// Only the middle value, which no half contains, differs.
		_, err = f([][]float64{{5, 5, 6, 5, 5}})
		wantError(t, name, err, &diagnostics.ConstantError{Value: 5})
		if !panics(func() { f([][]float64{{1, 2, 3, 4}, {1, 2, 3, 4, 5}}) }) {
			t.Errorf("%s does not panic for chains of different lengths", name)
		}
	}
	_, err := diagnostics.TailESS([][]float64{{0, 0, 0, 1, 1, 1, 1, 1}})
	wantError(t, "no value above the 95 % quantile", err, &diagnostics.ConstantError{Value: 1})
}

func ExampleRHat() {
	rng := rand.New(rand.NewPCG(1, 2))
	chains := make([][]float64, 4)
	for i := range chains {
		for range 500 {
			chains[i] = append(chains[i], rng.NormFloat64())
		}
	}
	together, err := diagnostics.RHat(chains)
	if err != nil {
		fmt.Println(err)
		return
	}
	for t := range chains[3] {
		chains[3][t] += 2 // one of the chains is somewhere else
	}
	apart, err := diagnostics.RHat(chains)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", together, apart)
	// Output:
	// 1.00 1.34
}
