package families

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"natgrad/families/familytest"
)

func readGold(t testing.TB, block string, v any) {
	t.Helper()
	data, err := os.ReadFile(familytest.Shared(t, "reference/gold_families.json"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks map[string]json.RawMessage
	if err := json.Unmarshal(data, &blocks); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(blocks[block], v); err != nil {
		t.Fatal(err)
	}
}

// within reports whether got is want up to the relative error tol.
func within(t testing.TB, tol, got, want float64, format string, args ...any) {
	t.Helper()
	if got == want || math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf(format+": got %.17g, want %.17g (relative error %.2g)", append(args, got, want, (got-want)/want)...)
	}
}

func TestSpecialGold(t *testing.T) {
	var g struct {
		Points []struct {
			X           float64
			Lgamma      float64
			Digamma     float64
			Trigamma    float64
			Tetragamma  float64
			LogMinusDig float64 `json:"log_minus_digamma"`
		}
		InverseDigamma []struct {
			Y float64
			X float64 `json:"inverse_digamma"`
		} `json:"inverse_digamma"`
		GammaShape []struct {
			S, Alpha float64
		} `json:"gamma_shape_from_s"`
	}
	readGold(t, "special_functions", &g)
	if len(g.Points) == 0 || len(g.InverseDigamma) == 0 || len(g.GammaShape) == 0 {
		t.Fatal("the gold block special_functions is empty")
	}
	for _, p := range g.Points {
		within(t, 1e-12, lgamma(p.X), p.Lgamma, "lgamma(%g)", p.X)
		want := p.Digamma
		if p.X == 1.4616321449683622 {
			// The gold is ψ at these decimals; the float64 nearest to them is
			// 4.576270524266874e-17 further up (exact difference).
			want += 4.576270524266874e-17 * p.Trigamma
		}
		within(t, 1e-12, Digamma(p.X), want, "Digamma(%g)", p.X)
		within(t, 1e-12, Trigamma(p.X), p.Trigamma, "Trigamma(%g)", p.X)
		within(t, 1e-12, Polygamma(2, p.X), p.Tetragamma, "Polygamma(2, %g)", p.X)
		within(t, 1e-12, logMinusDigamma(p.X), p.LogMinusDig, "logMinusDigamma(%g)", p.X)
	}
	for _, p := range g.InverseDigamma {
		within(t, 1e-12, inverseDigamma(p.Y), p.X, "inverseDigamma(%g)", p.Y)
	}
	for _, p := range g.GammaShape {
		within(t, 1e-12, gammaShape(p.S), p.Alpha, "gammaShape(%g)", p.S)
	}
}
