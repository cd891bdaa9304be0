package families

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"natgrad/families/internal/reference"
)

func readGold(t testing.TB, block string, v any) {
	t.Helper()
	data, err := os.ReadFile(reference.Path(t, "reference/gold_families.json"))
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

func TestSpecialReference(t *testing.T) {
	for _, r := range specialRef {
		x := r[0]
		within(t, 1e-15, Digamma(x), r[1], "Digamma(%g)", x)
		within(t, 1e-15, Trigamma(x), r[2], "Trigamma(%g)", x)
		within(t, 1e-15, Polygamma(2, x), -r[3], "Polygamma(2, %g)", x)
		within(t, 1e-15, logMinusDigamma(x), r[4], "logMinusDigamma(%g)", x)
		within(t, 1e-15, xTrigammaMinusOne(x), r[5], "xTrigammaMinusOne(%g)", x)
		within(t, 2e-15, stirlingError(x), r[6], "stirlingError(%g)", x)
	}
	for _, r := range lbetaRef {
		within(t, 4e-15, lbeta(r[0], r[1]), r[2], "lbeta(%g, %g)", r[0], r[1])
		within(t, 4e-15, lbeta(r[1], r[0]), r[2], "lbeta(%g, %g)", r[1], r[0])
	}
	for _, r := range digammaDiffRef {
		within(t, 1e-15, digammaDiff(r[0], r[1]), r[2], "digammaDiff(%g, %g)", r[0], r[1])
	}
	for _, r := range negativeRef {
		for n := range 5 {
			within(t, 5e-15, Polygamma(n, r[0]), r[n+1], "Polygamma(%d, %g)", n, r[0])
		}
	}
	for _, r := range polygammaRef {
		n := int(r[0])
		within(t, 2e-15*(1+r[0]/20), Polygamma(n, r[1]), r[2], "Polygamma(%d, %g)", n, r[1])
	}
	for _, r := range inverseDigammaRef {
		within(t, 1e-15, inverseDigamma(r[0]), r[1], "inverseDigamma(%g)", r[0])
	}
	for _, r := range gammaShapeRef {
		within(t, 1e-15, gammaShape(r[0]), r[1], "gammaShape(%g)", r[0])
	}
}

func TestPolygammaSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	negZero := math.Copysign(0, -1)
	for _, c := range []struct {
		n       int
		x, want float64
	}{
		{0, 0, -inf}, {0, negZero, inf}, {0, -1, nan}, {0, -1e18, nan}, {0, inf, inf}, {0, -inf, nan}, {0, nan, nan},
		{1, 0, inf}, {1, negZero, inf}, {1, -3, inf}, {1, inf, 0}, {1, -inf, nan}, {1, nan, nan},
		{2, 0, -inf}, {2, negZero, inf}, {2, -3, nan}, {2, inf, 0}, {2, -inf, nan}, {2, nan, nan},
		{3, 0, inf}, {3, -2, inf}, {3, inf, 0}, {3, 1e300, 0}, {3, nan, nan},
		{4, 0, -inf}, {4, negZero, inf}, {4, -2, nan}, {4, inf, 0},
		{1, 1e-300, inf}, {1, 1e300, 1e-300},
	} {
		got := Polygamma(c.n, c.x)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("Polygamma(%d, %g) = %g, want %g", c.n, c.x, got, c.want)
		}
	}
	if got := gammaShape(0); got != inf {
		t.Errorf("gammaShape(0) = %g, want +Inf", got)
	}
	for _, s := range []float64{-1, nan, -inf} {
		if got := gammaShape(s); !math.IsNaN(got) {
			t.Errorf("gammaShape(%g) = %g, want NaN", s, got)
		}
	}
	if got := gammaShape(inf); got != 0 {
		t.Errorf("gammaShape(+Inf) = %g, want 0", got)
	}
	for y, want := range map[float64]float64{inf: inf, -inf: 0} {
		if got := inverseDigamma(y); got != want {
			t.Errorf("inverseDigamma(%g) = %g, want %g", y, got, want)
		}
	}
	if got := inverseDigamma(nan); !math.IsNaN(got) {
		t.Errorf("inverseDigamma(NaN) = %g", got)
	}
	defer func() {
		if r := recover(); r != badOrder {
			t.Errorf("Polygamma(-1, 1) panicked with %v, want %q", r, badOrder)
		}
	}()
	Polygamma(-1, 1)
}

// Identities that hold at every x, here over many decades.
func TestPolygammaIdentities(t *testing.T) {
	for e := -12.0; e <= 12; e += 0.173 {
		x := math.Pow(10, e)
		// Recurrence, relative to the largest term.
		close := func(name string, got, want, scale float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 4e-15*scale) {
				t.Errorf("%s at x = %g: got %.17g, want %.17g", name, x, got, want)
			}
		}
		y := x + 1
		if y-1 == x {
			close("ψ(x+1) = ψ(x) + 1/x", Digamma(y), Digamma(x)+1/x, math.Abs(Digamma(x))+1/x)
			close("ψ₁(x+1) = ψ₁(x) − 1/x²", Trigamma(y), Trigamma(x)-1/(x*x), Trigamma(x))
			close("ψ₂(x+1) = ψ₂(x) + 2/x³", Polygamma(2, y), Polygamma(2, x)+2/(x*x*x), -Polygamma(2, x))
			close("ψ₃(x+1) = ψ₃(x) − 6/x⁴", Polygamma(3, y), Polygamma(3, x)-6/(x*x*x*x), Polygamma(3, x))
		}
		if h := x + 0.5; h-0.5 == x {
			close("ψ(2x)", 2*Digamma(2*x), Digamma(x)+Digamma(h)+2*math.Ln2, math.Abs(Digamma(x))+1)
			close("ψ₁(2x)", 4*Trigamma(2*x), Trigamma(x)+Trigamma(h), Trigamma(x))
			close("ψ₂(2x)", 8*Polygamma(2, 2*x), Polygamma(2, x)+Polygamma(2, h), -Polygamma(2, x))
		}
		if x < 1 && 1-x != 1 {
			f := 1 - (1 - x) // both f and 1−f are exact
			cot := 1 / math.Tan(math.Pi*f)
			close("reflection of ψ", Digamma(1-f)-Digamma(f), math.Pi*cot, math.Abs(Digamma(f))+4)
			close("ψ(−f)", Digamma(-f)-Digamma(1+f), math.Pi*cot, math.Abs(Digamma(f))+4)
			s := math.Pi / math.Sin(math.Pi*f)
			close("reflection of ψ₁", Trigamma(1-f)+Trigamma(f), s*s, s*s)
			close("ψ₁(−f)", Trigamma(-f)+Trigamma(1+f), s*s, s*s)
		}
		close("log x − ψ(x)", math.Log(x)-Digamma(x), logMinusDigamma(x), math.Abs(math.Log(x))+1/x)
		close("x ψ₁(x) − 1", x*Trigamma(x)-1, xTrigammaMinusOne(x), 1+1/x)
		stirling := (x-0.5)*math.Log(x) - x + halfLog2Pi + stirlingError(x)
		close("Stirling's formula", lgamma(x), stirling, (x+0.5)*math.Abs(math.Log(x))+x+1)
	}
	within(t, 1e-15, Trigamma(1), math.Pi*math.Pi/6, "Trigamma(1)")
	within(t, 1e-15, Trigamma(0.5), math.Pi*math.Pi/2, "Trigamma(1/2)")
	within(t, 1e-15, Polygamma(3, 1), math.Pow(math.Pi, 4)/15, "Polygamma(3, 1)")
}

func TestPolygammaMonotone(t *testing.T) {
	x := 1e-8
	for x < 1e8 {
		y := x * 1.003
		for name, f := range map[string]func(float64) float64{
			"−ψ":                func(x float64) float64 { return -Digamma(x) },
			"ψ₁":                Trigamma,
			"−ψ₂":               tetragamma,
			"logMinusDigamma":   logMinusDigamma,
			"xTrigammaMinusOne": xTrigammaMinusOne,
			"stirlingError":     func(x float64) float64 { return stirlingError(x) },
		} {
			if !(f(y) < f(x)) {
				t.Errorf("%s does not fall from x = %g to %g: %g, %g", name, x, y, f(x), f(y))
			}
		}
		x = y
	}
}

func FuzzGammaShape(f *testing.F) {
	for _, s := range []float64{1e-12, 1e-5, 0.3, 1, 7, 1e3, 1001, 1e12, 1e-300, 1e300} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s float64) {
		if !(s >= 1e-300 && s <= 1e300) {
			t.Skip("outside the range of shapes with finite 1/α and α")
		}
		// log(log α − ψ(α)) has slope between −1.5 and −0.5 in log α.
		within(t, 1e-14, logMinusDigamma(gammaShape(s)), s, "log α − ψ(α) at α = gammaShape(%g)", s)
	})
}

func FuzzInverseDigamma(f *testing.F) {
	for _, y := range []float64{-1e300, -50, -2.22, -2.2, -0.577, 0, 1e-9, 1.99, 2.01, 30, 700} {
		f.Add(y)
	}
	f.Fuzz(func(t *testing.T, y float64) {
		if !(y >= -1e300 && y <= 700) {
			t.Skip("outside the range of finite positive x and 1/x")
		}
		x := inverseDigamma(y)
		// What one unit in the last place of x changes ψ by, and of y.
		tol := 4e-16*x*math.Min(Trigamma(x), 2/x/x+2/x) + 4e-16*math.Abs(y)
		if got := Digamma(x); !(math.Abs(got-y) <= 2*tol) && math.Abs(y) < 1e150 {
			t.Errorf("Digamma(inverseDigamma(%g)) = %.17g, x = %.17g", y, got, x)
		}
		if math.Abs(y) >= 1e150 {
			within(t, 1e-15, x, -1/y, "inverseDigamma(%g)", y)
		}
	})
}
