package vi_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// A fit from several starts has the same bits on any number of processors.
func TestStartsSameBits(t *testing.T) {
	y, d := mixtureData(t, "sines")
	m, _ := gaussMixture(t, y, d, 4, models.DiagCovariance, nil, models.StickWeights)
	run := func(n int) *vi.Result {
		before := runtime.GOMAXPROCS(n)
		defer runtime.GOMAXPROCS(before)
		return fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: 3})
	}
	want := run(1)
	if len(want.Starts) < 10 {
		t.Fatalf("%d starts, want 10 at least", len(want.Starts))
	}
	for _, n := range []int{2, 4} {
		got := run(n)
		if !bitsOf(got).equal(bitsOf(want)) || !cmp.Equal(got.Starts, want.Starts) || !cmp.Equal(got.Draws, want.Draws) ||
			!cmp.Equal(got.Reasons, want.Reasons) || !cmp.Equal(got.Notes, want.Notes) {
			t.Errorf("other bits on %d processors", n)
		}
	}
}

// A recorder is told of one run, that which makes the answer, without gaps.
func TestStartsAreRecordedOnce(t *testing.T) {
	y, d := mixtureData(t, "sines")
	m, _ := gaussMixture(t, y, d, 3, models.SphericalCovariance, nil, models.DirichletWeights)
	next := 0
	last := math.Inf(-1)
	res := fit(t, vi.Problem{Model: m}, &vi.Settings{Check: -1, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
		if it.Number != next {
			t.Errorf("iteration %d, want %d", it.Number, next)
		}
		next++
		last = it.ELBO
		return nil
	})})
	if next != res.Iterations+1 || last != res.ELBO {
		t.Errorf("%d iterations were recorded, the last of ELBO %v, want %d and %v", next, last, res.Iterations+1, res.ELBO)
	}
	if res.Estimates <= 10*res.Iterations {
		t.Errorf("%d estimates in %d iterations, want those of the search counted", res.Estimates, res.Iterations)
	}
}

// renamed is a mixture whose starts are one start with the components called otherwise,
// or such as the test says.
type renamed struct {
	*models.Mixture
	start func(i int, λ []float64)
}

func (m renamed) Fork() models.Model { return renamed{m.Mixture.Fork().(*models.Mixture), m.start} }

func (m renamed) StartNatural(dst []float64, i int, _ *rand.Rand) []float64 {
	dst = m.Mixture.StartNatural(dst, 0, rand.New(rand.NewPCG(5, 1)))
	m.start(i, dst)
	return dst
}

// clusters returns a mixture with two clusters in one column, which some starts tell
// apart.
func clusters(t *testing.T, n, k int, apart float64) *models.Mixture {
	rnd := rand.New(rand.NewPCG(4, 2))
	y := make([]float64, n)
	for i := range y {
		y[i] = apart*float64(i%2) + rnd.NormFloat64()
	}
	m, _ := gaussMixture(t, y, 1, k, models.FullCovariance, nil, models.DirichletWeights)
	return m
}

// rotate calls component k by the name k + by.
func rotate(λ []float64, k, by int) {
	block := (len(λ) - k) / k
	was := append([]float64(nil), λ...)
	for c := range k {
		to := (c + by) % k
		λ[to] = was[c]
		copy(λ[k+to*block:k+(to+1)*block], was[k+c*block:k+(c+1)*block])
	}
}

// Fits that differ in the names of components are one optimum.
func TestStartsUpToNames(t *testing.T) {
	y, d := mixtureData(t, "faithful")
	m, _ := gaussMixture(t, y, d, 3, models.FullCovariance, nil, models.DirichletWeights)
	res := fit(t, vi.Problem{Model: renamed{m, func(i int, λ []float64) { rotate(λ, 3, i) }}}, &vi.Settings{Starts: 6})
	for i, s := range res.Starts[:6] {
		if s.Mode != res.Starts[0].Mode || math.Abs(s.ELBO-res.Starts[0].ELBO) > 1e-5 {
			t.Errorf("start %d leads to mode %d of ELBO %.10g, start 0 to %d of %.10g", i, s.Mode, s.ELBO, res.Starts[0].Mode, res.Starts[0].ELBO)
		}
	}
}

// Optima of one ELBO that are no names of each other are two: of three clusters, two
// components can share one on either side.
func TestStartsOfOneELBO(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 7))
	var y []float64
	for range 20 {
		u, v := 10+rnd.NormFloat64(), rnd.NormFloat64()
		y = append(y, u, -u, v, -v)
	}
	m, _ := gaussMixture(t, y, 1, 2, models.FullCovariance, &models.GaussPrior{Mean: []float64{0}, Scale: []float64{1}}, models.DirichletWeights)
	mirrored := renamed{m, func(i int, λ []float64) {
		for c := range 2 {
			if i%2 == 1 {
				λ[2+4*c+2] *= -1 // the mean
			}
		}
	}}
	res := fit(t, vi.Problem{Model: mirrored}, &vi.Settings{Starts: 2})
	a, b := res.Starts[0], res.Starts[1]
	if math.Abs(a.ELBO-b.ELBO) > 1e-5 || a.Mode == b.Mode {
		t.Errorf("two mirror images end in modes %d and %d of ELBO %.8g and %.8g, want two of one ELBO", a.Mode, b.Mode, a.ELBO, b.ELBO)
	}
	if a.Mode*b.Mode == 0 && (res.Verdict != vi.Warn || !strings.Contains(res.Reasons[0], "other optima")) {
		t.Errorf("verdict %v, %q", res.Verdict, res.Reasons)
	}
}

// An optimum with its components called otherwise gets the names of another back, for
// all covariances and weights.
func TestRelabel(t *testing.T) {
	eachMixture(t, 3, func(t *testing.T, m *models.Mixture, f families.Family, d int) {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: someMember(t, m, f, 1), Check: -1, Tolerance: 1e-9})
		if err != nil {
			t.Fatal(err)
		}
		λ := res.Q.Natural(nil)
		got := make([]float64, len(λ))
		if !m.Relabel(got, λ, res.Q.Mean(nil), λ, res.Q.Mean(nil)) {
			t.Fatal("refused")
		}
		for i, v := range got {
			sameTo(t, 1e-5, v, λ[i], "a natural parameter called as it was")
		}
	})
}

// shy is a mixture that is broken for members of its start number bad, whose first
// component is far out.
type shy struct{ renamed }

const farOut = 1e6

func (m shy) Fork() models.Model { return shy{m.renamed.Fork().(renamed)} }

func (m shy) Expect(λ, μ []float64) bool {
	return math.Abs(λ[0]-farOut) > farOut/2 && m.Mixture.Expect(λ, μ)
}

// One start that fails does not end the fit; all of them do, with an error.
func TestStartsThatFail(t *testing.T) {
	m := clusters(t, 60, 3, 8)
	broken := func(bad func(i int) bool) shy {
		return shy{renamed{m, func(i int, λ []float64) {
			if bad(i) {
				λ[0] = farOut
			}
		}}}
	}
	res := fit(t, vi.Problem{Model: broken(func(i int) bool { return i == 1 })}, &vi.Settings{Starts: 3})
	var nf *estimators.NonFiniteError
	if res.Status != vi.Converged || res.Starts[1].Mode != -1 || !errors.As(res.Starts[1].Err, &nf) || res.Starts[0].Mode < 0 || res.Starts[0].Err != nil {
		t.Errorf("%v, starts %+v, want the second one failed alone", res.Status, res.Starts)
	}
	if res.Verdict != vi.Warn || !strings.Contains(res.Reasons[0], "1 of 3 starts failed") {
		t.Errorf("verdict %v, %q", res.Verdict, res.Reasons)
	}
	res, err := vi.Fit(t.Context(), vi.Problem{Model: broken(func(int) bool { return true })}, &vi.Settings{Starts: 3})
	var step *vi.StepError
	if !errors.As(err, &step) || !errors.As(err, &nf) || res.Status != vi.Failed {
		t.Errorf("%v after starts that all fail, error %v", res.Status, err)
	}
}

// A canceled fit from several starts ends as canceled.
func TestStartsCanceled(t *testing.T) {
	m := clusters(t, 60, 3, 8)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, nil)
	if !errors.Is(err, context.Canceled) || res == nil || res.Status != vi.Canceled {
		t.Errorf("result %+v, error %v, want a canceled one", res, err)
	}
}

// Components that hold no rows are counted, and a good fit is not blamed for the
// symmetry of its labels.
func TestVerdictOfMixture(t *testing.T) {
	m := clusters(t, 200, 6, 8)
	res := fit(t, vi.Problem{Model: m}, nil)
	if res.Verdict != vi.OK || res.Draws == nil || len(res.Params) == 0 || !math.IsNaN(res.KHat) {
		t.Errorf("verdict %v, k̂ %v: %q", res.Verdict, res.KHat, res.Reasons)
	}
	if len(res.Notes) != 1 || !strings.HasSuffix(res.Notes[0], "of 6 hold less than one row: 2 are in use") {
		t.Errorf("notes %q", res.Notes)
	}
	if r := strings.Join(res.Reasons, "; "); !strings.Contains(r, "importance weights were not looked at") {
		t.Errorf("reasons %q", r)
	}
	one := fit(t, vi.Problem{Model: m}, &vi.Settings{Starts: 1})
	if one.Verdict != vi.Warn || !strings.Contains(one.Reasons[0], "one start only") || one.Starts != nil {
		t.Errorf("of one start: verdict %v, %q, starts %v", one.Verdict, one.Reasons, one.Starts)
	}
	unfinished, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 1, MaxIterations: 2})
	if err != nil || unfinished.Verdict != vi.Fail {
		t.Errorf("after 2 iterations: verdict %v, %q, error %v", unfinished.Verdict, unfinished.Reasons, err)
	}
	// One component is conjugate, and checked as other models are.
	if single := fit(t, vi.Problem{Model: clusters(t, 200, 1, 8)}, nil); single.Verdict != vi.OK || !(single.KHat < 0.5) || len(single.Notes) > 0 {
		t.Errorf("of one component: verdict %v, k̂ %v, %q, %q", single.Verdict, single.KHat, single.Reasons, single.Notes)
	}
}

// At an optimum the rows that the parameters say are the responsibilities of all rows.
func TestPartRows(t *testing.T) {
	eachMixture(t, 3, func(t *testing.T, m *models.Mixture, f families.Family, _ int) {
		res := fit(t, vi.Problem{Model: m}, &vi.Settings{Starts: 1, Tolerance: 1e-10, Check: -1})
		λ := res.Q.Natural(nil)
		m.Expect(λ, res.Q.Mean(nil))
		resp := make([]float64, 3*m.NumData())
		m.Responsibilities(resp, 0, m.NumData())
		var want [3]float64
		for i, r := range resp {
			want[i%3] += r
		}
		for k, got := range m.PartRows(λ) {
			sameTo(t, 1e-6, got, want[k], "the rows of a component")
		}
	})
}
