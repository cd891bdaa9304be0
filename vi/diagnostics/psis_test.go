package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/vi/diagnostics"
)

// powers returns n log ratios (1 − u)^−k, u = (i − ½)/n.
func powers(k float64, n int) []float64 {
	r := make([]float64, n)
	for i := range r {
		r[i] = -k * math.Log1p(-(float64(i)+0.5)/float64(n))
	}
	return r
}

// overNormal returns the log ratios of a density to the standard normal at n of
// its quantiles.
func overNormal(n int, p interface{ LogProb(float64) float64 }) []float64 {
	r := make([]float64, n)
	for i := range r {
		z := distuv.UnitNormal.Quantile((float64(i) + 0.5) / float64(n))
		r[i] = p.LogProb(z) - distuv.UnitNormal.LogProb(z)
	}
	return r
}

// Values were computed at 60 decimal digits and agree with the reference
// implementation in Python of the authors of the method.
func TestSmoothKHat(t *testing.T) {
	for _, c := range []struct {
		name        string
		logRatios   []float64
		tailLen     int
		kHat, sigma float64 // sigma 0: not known
	}{
		{"k 0.1, 100", powers(0.1, 100), 20, 0.26165255757098554, 0.0668809724586893},
		{"k 0.5, 100", powers(0.5, 100), 20, 0.49196002019884766, 0.07986105672542314},
		{"k 0.7, 100", powers(0.7, 100), 20, 0.6062891118970055, 0.0547664830429216},
		{"k 1.2, 100", powers(1.2, 100), 20, 0.8923632152333725, 0.015785850569360178},
		{"k 0.1, 1000", powers(0.1, 1000), 95, 0.14996426749948802, 0.05849229903934919},
		{"k 0.5, 1000", powers(0.5, 1000), 95, 0.497085961262522, 0.036381327391826},
		{"k 0.7, 1000", powers(0.7, 1000), 95, 0.6706577683143576, 0.017966325114397094},
		{"k 1.2, 1000", powers(1.2, 1000), 95, 1.104673929250249, 0.002276057753183751},
		{"k 0.1, 4000", powers(0.1, 4000), 190, 0.12630153923493675, 0.05488423530346476},
		{"k 0.5, 4000", powers(0.5, 4000), 190, 0.49831345308214564, 0.02569198791759595},
		{"k 0.7, 4000", powers(0.7, 4000), 190, 0.6843220218846061, 0.011006005215040516},
		{"k 1.2, 4000", powers(1.2, 4000), 190, 1.149271584063376, 0.000977279627158356},
		{"t3", overNormal(2000, distuv.StudentsT{Sigma: 1, Nu: 3}), 135, 0.6728722369483979, 0},
		{"sd 1.5", overNormal(2000, distuv.Normal{Sigma: 1.5}), 135, 0.5117180192697468, 0},
		// Ratios come in equal pairs, one of them across the cutoff.
		{"sd 0.5", overNormal(2000, distuv.Normal{Sigma: 0.5}), 134, -1.6468341719603186, 0},
		{"mean 1", overNormal(2000, distuv.Normal{Mu: 1, Sigma: 1}), 135, 0.27623331559729497, 0},
	} {
		p, err := diagnostics.Smooth(c.logRatios)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name+": KHat", p.KHat, c.kHat, 1e-9)
		if c.sigma != 0 {
			near(t, c.name+": Sigma", p.Sigma, c.sigma, 1e-9)
		}
		if p.TailLen != c.tailLen {
			t.Errorf("%s: TailLen is %d, want %d", c.name, p.TailLen, c.tailLen)
		}
	}
}

// Values of the R package loo 2.5.1: psis(logRatios, r_eff = 1), its pareto_k,
// n_eff and tail length, and its normalised log weights of draws 1, n − 20,
// n − 1 and n.
func TestSmoothWeights(t *testing.T) {
	squares := congruential(17, 500)
	for i, u := range squares {
		z := distuv.UnitNormal.Quantile(u)
		squares[i] = 0.8 * z * z / 2 * 1.2
	}
	exponential := congruential(18, 21)
	for i, u := range exponential {
		exponential[i] = -0.5 * math.Log(u)
	}
	for _, c := range []struct {
		name       string
		logRatios  []float64
		kHat, ess  float64
		tailLen    int
		logWeights [4]float64
	}{
		{"k 0.1, 100", powers(0.1, 100), 0.26165255757098782, 98.770970044056185, 20, [4]float64{-4.7106846003005236, -4.5527113244985049, -4.2457899098290266, -4.1813541178280742}},
		{"k 0.1, 1000", powers(0.1, 1000), 0.14996426749949004, 987.46628280311995, 95, [4]float64{-7.0133491396215621, -6.6210917594398992, -6.3280619808859164, -6.2533089061715108}},
		{"k 0.7, 100", powers(0.7, 100), 0.60628911189700585, 33.26911996214492, 20, [4]float64{-5.6249815444552169, -4.5191686138410869, -2.7910729590035626, -2.1065469300110018}},
		{"k 0.7, 1000", powers(0.7, 1000), 0.67065776831435175, 138.93847000409909, 95, [4]float64{-8.0287865058364414, -5.3197955681624212, -3.5495259615970163, -2.8109455356128565}},
		{"k 1.2, 100", powers(1.2, 100), 0.89236321523337325, 8.7978944786500399, 20, [4]float64{-6.8097604336142634, -4.9140811239900417, -2.2157811323734009, -1.2136064280343097}},
		{"k 1.2, 1000", powers(1.2, 1000), 1.1046739292502388, 8.3721615229318331, 95, [4]float64{-9.8692279822239346, -5.2602878538827351, -2.3521012700282391, -1.1376930189988173}},
		{"squares", squares, 0.68834528836001585, 65.606647072897502, 68, [4]float64{-6.9497803539602883, -6.9442343075177941, -7.1381086615106657, -7.177537338942523}},
		{"21 ratios", exponential, 0.55614361491357389, 15.492775290227369, 5, [4]float64{-3.0856004604478415, -3.0856004604478415, -3.5430225497388239, -3.7747432107061609}},
	} {
		p, err := diagnostics.Smooth(c.logRatios)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name+": KHat", p.KHat, c.kHat, 1e-9)
		near(t, c.name+": ESS", p.ESS, c.ess, 1e-9)
		if p.TailLen != c.tailLen {
			t.Errorf("%s: TailLen is %d, want %d", c.name, p.TailLen, c.tailLen)
		}
		n := len(p.LogWeights)
		for i, at := range []int{0, n - 21, n - 2, n - 1} {
			near(t, fmt.Sprintf("%s: log weight %d", c.name, at), p.LogWeights[at], c.logWeights[i], 1e-9)
		}
	}
}

// Ratios of a generalised Pareto distribution with known shape.
func TestSmoothRecoversShape(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, k := range []float64{0.2, 0.5, 0.9} {
		var sum float64
		const runs = 40
		for range runs {
			r := make([]float64, 4000)
			for i := range r {
				r[i] = k * rng.ExpFloat64()
			}
			p, err := diagnostics.Smooth(r)
			if err != nil {
				t.Fatal(err)
			}
			sum += p.KHat / runs
		}
		// The estimate has standard deviation (1 + k)/√190; the prior pulls by
		// 10/200 of the distance to ½.
		want := k + 0.05*(0.5-k)
		if se := (1 + k) / math.Sqrt(190*runs); math.Abs(sum-want) > 4*se {
			t.Errorf("mean KHat is %.3f for shape %v, want %.3f ± %.3f", sum, k, want, se)
		}
	}
}

func TestSmoothInvariances(t *testing.T) {
	r := powers(0.6, 500)
	p, err := diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log of the sum of weights", floats.LogSumExp(p.LogWeights), 0, 1e-9)

	// The evidence, and with it a shift of all ratios, is not known.
	shifted := make([]float64, len(r))
	for i, v := range r {
		shifted[i] = v - 1e4
	}
	q, err := diagnostics.Smooth(shifted)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KHat of shifted ratios", q.KHat, p.KHat, 1e-6)
	near(t, "LogSum of shifted ratios", q.LogSum, p.LogSum-1e4, 1e-12)

	// Weights belong to their draws.
	perm := rand.New(rand.NewPCG(3, 4)).Perm(len(r))
	mixed := make([]float64, len(r))
	for i, j := range perm {
		mixed[i] = r[j]
	}
	q, err = diagnostics.Smooth(mixed)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range perm {
		if math.Abs(q.LogWeights[i]-p.LogWeights[j]) > 1e-12 {
			t.Fatalf("log weight of draw %d is %v among mixed ratios, want %v", j, q.LogWeights[i], p.LogWeights[j])
		}
	}
}

// Draws without weight change nothing where they are not in the tail.
func TestSmoothZeroWeights(t *testing.T) {
	r := powers(0.5, 1000)
	full, err := diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		r[i] = math.Inf(-1)
	}
	p, err := diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KHat", p.KHat, full.KHat, 1e-12)
	if !math.IsInf(p.LogWeights[0], -1) {
		t.Errorf("log weight of a ratio of zero is %v", p.LogWeights[0])
	}
	near(t, "log of the sum of weights", floats.LogSumExp(p.LogWeights), 0, 1e-9)

	// Fewer ratios above zero than the tail is long: all of them are the tail.
	for i := range 960 {
		r[i] = math.Inf(-1)
	}
	p, err = diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	if p.TailLen != 40 || !(p.KHat > 0 && p.KHat < 2) {
		t.Errorf("tail of 40 ratios above zero: TailLen %d, KHat %v", p.TailLen, p.KHat)
	}
}

func TestSmoothDegenerate(t *testing.T) {
	inf := math.Inf(1)
	fill := func(n int, f func(i int) float64) []float64 {
		r := make([]float64, n)
		for i := range r {
			r[i] = f(i)
		}
		return r
	}
	for _, c := range []struct {
		name      string
		logRatios []float64
		kHat      float64
		tailLen   int
		ess       float64
	}{
		{"one ratio", []float64{3}, inf, 0, 1},
		{"20 ratios", fill(20, func(int) float64 { return 1 }), inf, 0, 20},
		{"equal ratios", fill(1000, func(int) float64 { return -7 }), math.Inf(-1), 95, 1000},
		{"equal up to rounding", fill(1000, func(i int) float64 { return 1 + float64(i%50)*0x1p-33 }), math.Inf(-1), 95, 1000},
		{"equal and zero", fill(1000, func(i int) float64 { return -inf * float64(i%2) }), math.NaN(), 0, 0},
		{"ratios too far apart", fill(1000, func(i int) float64 { return 1000 * float64(i) }), inf, 1, 1},
		{"ties but for four", fill(100, func(i int) float64 { return float64(max(0, i-95)) / 8 }), inf, 4, 0},
	} {
		if c.name == "equal and zero" {
			for i, v := range c.logRatios {
				if math.IsNaN(v) {
					c.logRatios[i] = 0
				}
			}
			c.kHat, c.tailLen, c.ess = math.Inf(-1), 95, 500
		}
		p, err := diagnostics.Smooth(c.logRatios)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if p.KHat != c.kHat || p.TailLen != c.tailLen {
			t.Errorf("%s: KHat %v and TailLen %d, want %v and %d", c.name, p.KHat, p.TailLen, c.kHat, c.tailLen)
		}
		if c.ess != 0 {
			near(t, c.name+": ESS", p.ESS, c.ess, 1e-9)
		}
	}
}

// Ties with the cutoff are not in the tail; ties above it are.
func TestSmoothTies(t *testing.T) {
	r := powers(0.5, 1000)
	for i := 700; i < 950; i++ {
		r[i] = r[950]
	}
	p, err := diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	if p.TailLen != 49 || !(math.Abs(p.KHat-0.5) < 0.2) {
		t.Errorf("tail of 49 above ties: TailLen %d, KHat %v", p.TailLen, p.KHat)
	}
	r = powers(0.5, 1000)
	for i := range r {
		r[i] = r[i/2*2]
	}
	p, err = diagnostics.Smooth(r)
	if err != nil {
		t.Fatal(err)
	}
	if p.TailLen != 94 || !(math.Abs(p.KHat-0.5) < 0.1) {
		t.Errorf("pairs of ratios: TailLen %d, KHat %v", p.TailLen, p.KHat)
	}
}

// No ratios, however wild, give a NaN.
func TestSmoothNeverNaN(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		r := make([]float64, 1+rng.IntN(200))
		scale := math.Exp(200*rng.Float64() - 100)
		for i := range r {
			r[i] = scale * rng.NormFloat64()
			switch rng.IntN(8) {
			case 0:
				r[i] = r[rng.IntN(i+1)]
			case 1:
				r[i] *= math.Exp(20 * rng.NormFloat64())
			case 2:
				if i > 0 {
					r[i] = math.Inf(-1)
				}
			}
		}
		p, err := diagnostics.Smooth(r)
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(p.KHat) || !(p.Sigma >= 0) || !(p.ESS > 0) || math.IsNaN(p.LogSum) || floats.HasNaN(p.LogWeights) {
			t.Fatalf("ratios %v: %+v", r, p)
		}
		near(t, "log of the sum of weights", floats.LogSumExp(p.LogWeights), 0, 1e-9)
	}
}

func TestSmoothRefuses(t *testing.T) {
	_, err := diagnostics.Smooth(nil)
	wantError(t, "no ratios", err, &diagnostics.CountError{Of: "log ratios", Got: 0, Want: 1})
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		_, err = diagnostics.Smooth([]float64{0, 1, bad, 2})
		wantError(t, "a bad ratio", err, &diagnostics.ValueError{Of: "log ratio", Index: 2, Column: -1, Got: bad, Want: "a number below +Inf"})
	}
	_, err = diagnostics.Smooth([]float64{math.Inf(-1), math.Inf(-1)})
	wantError(t, "no weight", err, &diagnostics.WeightError{Draws: 2, Alone: -1})
}

func TestClassify(t *testing.T) {
	// The examples of the 2024 paper: 100, 320, 1000, 2200, 10000 draws give 0.5,
	// 0.6, 0.67, 0.7 and 0.75, cut at 0.7.
	for s, want := range map[int]float64{100: 0.5, 320: 0.6008, 1000: 2. / 3, 2200: 0.7, 10000: 0.7, 10: 0} {
		near(t, fmt.Sprintf("Threshold(%d)", s), diagnostics.Threshold(s), want, 1e-3)
	}
	for _, c := range []struct {
		kHat float64
		s    int
		want diagnostics.Reliability
	}{
		{0.49, 100, diagnostics.Good},
		{0.51, 100, diagnostics.Bad},
		{0.69, 4000, diagnostics.Good},
		{0.7, 4000, diagnostics.Bad},
		{0.72, 1 << 30, diagnostics.Bad},
		{1, 4000, diagnostics.Bad},
		{1.01, 4000, diagnostics.VeryBad},
		{math.Inf(1), 4000, diagnostics.VeryBad},
		{math.Inf(-1), 4000, diagnostics.Good},
		{math.NaN(), 4000, diagnostics.VeryBad},
		{0, 1, diagnostics.Bad},
		{0, 0, diagnostics.Bad},
	} {
		if got := diagnostics.Classify(c.kHat, c.s); got != c.want {
			t.Errorf("k̂ = %v of %d draws is %v, want %v", c.kHat, c.s, got, c.want)
		}
	}
}

// A normal approximation with too small a standard deviation.
func ExampleSmooth() {
	q, p := distuv.Normal{Sigma: 0.4}, distuv.UnitNormal
	logRatios := make([]float64, 1000)
	for i := range logRatios {
		z := q.Quantile((float64(i) + 0.5) / 1000)
		logRatios[i] = p.LogProb(z) - q.LogProb(z)
	}
	s, err := diagnostics.Smooth(logRatios)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("k̂ = %.2f, %v above %.2f; ESS %.0f\n", s.KHat, s.Reliability(), diagnostics.Threshold(1000), s.ESS)
	// Output:
	// k̂ = 0.72, bad above 0.67; ESS 185
}
