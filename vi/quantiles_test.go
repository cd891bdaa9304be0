package vi_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/families"
	"natgrad/vi"
	"natgrad/vi/diagnostics"
)

// By hand: draws of q alone, and all draws by their weights where the resampled
// estimates are those to be used.
func TestQuantilesByHand(t *testing.T) {
	res := &vi.Result{
		Draws: &vi.Draws{
			Names: []string{"a", "b"},
			X:     []float64{4, -1, 1, -4, 3, -2, 2, -3, 10, 50, 20, 60},
			FromQ: 4,
			// ½, ¼ and ¼ of the fifth, sixth and first draw: they stand at 0.5, 0.875 and 0.125.
			LogWeights: []float64{math.Log(0.25), math.Inf(-1), math.Inf(-1), math.Inf(-1), math.Log(0.5), math.Log(0.25)},
		},
		Resampled: make([]vi.Marginal, 2),
	}
	for _, c := range []struct {
		resample bool
		want     [2][3]float64 // at 0, ½ and 0.8
	}{
		{false, [2][3]float64{{1, 2.5, 3.7}, {-4, -2.5, -1.3}}},
		{true, [2][3]float64{{4, 10, 18}, {-1, 50, 58}}},
	} {
		res.Resample = c.resample
		got, err := res.Quantiles(0, 0.5, 0.8)
		if err != nil || len(got) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
		for j, row := range got {
			near(t, 1e-14, "quantiles of "+res.Draws.Names[j], row, c.want[j][:])
		}
	}
	// Without the estimates that Resample asks for there are the plain ones.
	res.Resampled = nil
	if got, err := res.Quantiles(0.5); err != nil || got[0][0] != 2.5 {
		t.Errorf("%v, %v", got, err)
	}
	res.Draws.X[3] = math.NaN()
	var bad *diagnostics.ValueError
	if _, err := res.Quantiles(0.5); !errors.As(err, &bad) || bad.Index != 1 || bad.Column != 1 {
		t.Errorf("error %v, want a *ValueError at (1, 1)", err)
	}
}

// Those of a Gaussian posterior are the exact ones.
func TestQuantilesOfGaussian(t *testing.T) {
	target := &quadratic{a: []float64{4, 0, 0, 0.25}, b: []float64{8, -0.5}}
	p := vi.Problem{Model: gradients{target}, Family: families.FullGaussian(2)}
	res := fit(t, p, nil)
	at := []float64{0.05, 0.5, 0.95}
	got, err := res.Quantiles(at...)
	if err != nil {
		t.Fatal(err)
	}
	for j, exact := range []distuv.Normal{{Mu: 2, Sigma: 0.5}, {Mu: -2, Sigma: 2}} {
		for i, q := range at {
			if want := exact.Quantile(q); !(math.Abs(got[j][i]-want) <= 0.05*exact.Sigma) {
				t.Errorf("quantile %g of parameter %d: %.4f, want %.4f", q, j+1, got[j][i], want)
			}
		}
	}
	res = fit(t, p, &vi.Settings{Check: -1})
	if got, err := res.Quantiles(at...); !errors.Is(err, vi.ErrNoDraws) {
		t.Errorf("without draws: %v, %v", got, err)
	}
}
