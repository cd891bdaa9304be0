package vi_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// blend is log q + c of a mixture of Gaussians, as a log-joint.
type blend struct {
	q *families.GaussMixtureDist
	c float64
}

func blendOf(t testing.TB, d int, weights, locs, covs []float64) blend {
	t.Helper()
	q := families.GaussMixture(len(weights), d).New().(*families.GaussMixtureDist)
	if !q.SetComponents(weights, locs, covs) {
		t.Fatal("components refused")
	}
	q.SetNatural(q.Natural(nil)) // as the forks, to the bit
	return blend{q, 1.7}
}

func (m blend) Dim() int                     { return m.q.Family().Dim() }
func (m blend) LogJoint(z []float64) float64 { return m.q.LogProb(z) + m.c }

func (m blend) LogJointGrad(g, z []float64) float64 {
	clear(g)
	d := len(z)
	for c, r := range m.q.Responsibilities(nil, z) {
		s, loc := m.q.Component(c).Precision(nil), m.q.Component(c).Loc(nil)
		for i := range g {
			for j := range g {
				g[i] -= r * s[i*d+j] * (z[j] - loc[j])
			}
		}
	}
	return m.LogJoint(z)
}

func (m blend) Fork() models.Model {
	λ := m.q.Natural(nil)
	f := blend{m.q.Family().New().(*families.GaussMixtureDist), m.c}
	f.q.SetNatural(λ)
	return f
}

// Two modes in two dimensions, with correlations, apart and overlapping.
var (
	twoLocs = []float64{-4, 0, 3, 2}
	twoNear = []float64{-1, 0, 1, 1}
	twoCovs = []float64{1, .3, .3, .5, .6, -.2, -.2, 1.5}
)

func mixtureMoments(q families.Distribution) (loc, cov []float64) {
	d := q.Family().Dim()
	loc, cov = make([]float64, d), make([]float64, d*d)
	q.(*families.GaussMixtureDist).Moments(loc, cov)
	return loc, cov
}

// A posterior that is in the family is found: the ELBO is the evidence, and moments are
// right. Modes far apart are so by the modes that the search for one Gaussian finds.
func TestGaussMixtureFindsAMixture(t *testing.T) {
	for name, locs := range map[string][]float64{"apart": twoLocs, "near": twoNear} {
		m := blendOf(t, 2, []float64{.3, .7}, locs, twoCovs)
		loc, cov := mixtureMoments(m.q)
		res := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(2, 2)}, nil)
		if math.Abs(res.ELBO-1.7) > 1e-3 || res.Verdict != vi.OK || res.Estimator != "SampleAverage" {
			t.Errorf("%s: ELBO %g ± %.2g, want 1.7; %v, %q, by %s", name, res.ELBO, res.StdErr, res.Verdict, res.Reasons, res.Estimator)
		}
		gotLoc, gotCov := mixtureMoments(res.Q)
		near(t, 0.005, name+": mean", gotLoc, loc)
		near(t, 0.01, name+": covariance", gotCov, cov)
		if !(res.KHat < 0.7) || math.Abs(res.Evidence-1.7) > 4*res.EvidenceStdErr+0.005 {
			t.Errorf("%s: k̂ = %g, evidence %g ± %g, want 1.7", name, res.KHat, res.Evidence, res.EvidenceStdErr)
		}
		for i, p := range res.Summary() {
			if sd := math.Sqrt(cov[3*i]); math.Abs(p.Mean-loc[i]) > 0.02*sd || math.Abs(p.SD-sd) > 0.02*sd {
				t.Errorf("%s: %+v, want %g ± %g", name, p, loc[i], sd)
			}
		}
	}
}

// More components than there are modes do no harm, and fewer are seen to be too few.
func TestGaussMixtureOfOtherNumbers(t *testing.T) {
	m := blendOf(t, 2, []float64{.3, .7}, twoLocs, twoCovs)
	res := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(3, 2)}, nil)
	if !(res.ELBO > 1.69 && res.ELBO < 1.701) {
		t.Errorf("three components: ELBO %g, want 1.7", res.ELBO)
	}
	wantLoc, wantCov := mixtureMoments(m.q)
	loc, cov := mixtureMoments(res.Q)
	near(t, 0.03, "three components: mean", loc, wantLoc)
	near(t, 0.03, "three components: covariance", cov, wantCov)

	m = blendOf(t, 2, []float64{.3, .3, .4}, append([]float64{4, -6}, twoLocs...), append([]float64{1, 0, 0, 1}, twoCovs...))
	res = converged(t, vi.Problem{Model: m, Family: families.GaussMixture(2, 2)}, nil)
	if want := 1.7 + math.Log(.7); math.Abs(res.ELBO-want) > 1e-3 {
		t.Errorf("two components for three modes: ELBO %g, want %g", res.ELBO, want)
	}
	if res.Verdict != vi.Fail || !strings.Contains(strings.Join(res.Reasons, "; "), "no component is at another mode") {
		t.Errorf("two components for three modes: %v, %q", res.Verdict, res.Reasons)
	}
	res = converged(t, vi.Problem{Model: m, Family: families.GaussMixture(3, 2)}, nil)
	if math.Abs(res.ELBO-1.7) > 1e-3 || res.Verdict != vi.OK {
		t.Errorf("three components for three modes: ELBO %g, %v, %q", res.ELBO, res.Verdict, res.Reasons)
	}
}

// logGamma is log z of a Gamma(1, 1): skewed, and of evidence 1.
type logGamma struct{}

func (logGamma) Dim() int                     { return 1 }
func (logGamma) LogJoint(z []float64) float64 { return z[0] - math.Exp(z[0]) }
func (m logGamma) LogJointGrad(g, z []float64) float64 {
	g[0] = 1 - math.Exp(z[0])
	return m.LogJoint(z)
}

// banana is a bent standard normal: z₂ is about z₁²/2. Its evidence is 1.
type banana struct{}

func (banana) Dim() int { return 2 }

func (m banana) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 2), z) }

func (banana) LogJointGrad(g, z []float64) float64 {
	y := z[1] - 0.5*(z[0]*z[0]-1)
	g[0], g[1] = -z[0]+y*z[0], -y
	return -0.5*(z[0]*z[0]+y*y) - math.Log(2*math.Pi)
}

// gridKL returns KL(q‖p) by the trapezoidal rule on n points in every coordinate, for a
// posterior whose evidence is e^evidence.
func gridKL(t testing.TB, q families.Distribution, m models.Model, evidence float64, n int, lo, hi []float64) float64 {
	t.Helper()
	d := m.Dim()
	z := make([]float64, d)
	var kl, mass float64
	for i := range int(math.Pow(float64(n), float64(d))) {
		w, rest := 1.0, i
		for j := range z {
			z[j] = lo[j] + (hi[j]-lo[j])*float64(rest%n)/float64(n-1)
			w *= (hi[j] - lo[j]) / float64(n-1)
			rest /= n
		}
		l := q.LogProb(z)
		if p := w * math.Exp(l); p > 0 {
			mass += p
			kl += p * (l - m.LogJoint(z) + evidence)
		}
	}
	if math.Abs(mass-1) > 1e-4 {
		t.Fatalf("the grid has the mass %g of q", mass)
	}
	return kl
}

// On skewed posteriors the divergence, by quadrature, falls with the number of
// components, to the bounds that were measured once, and the ELBO tells it.
func TestGaussMixtureOfSkewedPosteriors(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      models.Model
		n      int
		lo, hi []float64
		most   []float64 // divergence
	}{
		{"log Gamma", logGamma{}, 2000, []float64{-25}, []float64{8}, []float64{0.09, 0.02, 0.005}},
		{"banana", banana{}, 200, []float64{-7, -6}, []float64{7, 14}, []float64{0.17, 0.045, 0.02}},
	} {
		last := math.Inf(1)
		for i, most := range c.most {
			res := converged(t, vi.Problem{Model: c.m, Family: families.GaussMixture(i+1, c.m.Dim())}, nil)
			kl := gridKL(t, res.Q, c.m, 0, c.n, c.lo, c.hi)
			if !(kl >= 0 && kl < most && kl < last) {
				t.Errorf("%s: KL(q‖p) = %.4f with %d components, want at most %g and less than %.4f", c.name, kl, i+1, most, last)
			}
			if e := res.ELBO + kl; math.Abs(e) > 4*res.StdErr+0.005 {
				t.Errorf("%s: ELBO %.4f ± %.4f with %d components, want %.4f", c.name, res.ELBO, res.StdErr, i+1, -kl)
			}
			last = kl
		}
	}
}

// The optima of the ELBO over mixtures for log Gamma, with their divergence, mean and
// variance, found by a quadrature of the density on 8001 points and a quasi-Newton
// method in scipy from twelve starts.
func TestGaussMixtureReachesTheOptimum(t *testing.T) {
	for k, want := range map[int]struct{ kl, mean, variance float64 }{
		1: {0.08106146679526459, -0.5, 1},
		2: {0.0136077897301066, -0.559698808718454, 1.4641483834457256},
		3: {0.0029602563544500245, -0.5725474320577264, 1.5899476193121755},
	} {
		p := vi.Problem{Model: logGamma{}, Family: families.GaussMixture(k, 1)}
		res := converged(t, p, &vi.Settings{Starts: 3, Estimator: &estimators.SampleAverage{Draws: 1024}})
		kl := gridKL(t, res.Q, logGamma{}, 0, 2000, []float64{-25}, []float64{8})
		if !(kl > want.kl-1e-8 && kl < want.kl+2e-4) {
			t.Errorf("%d components: KL(q‖p) = %.6f, want %.6f", k, kl, want.kl)
		}
		// The standard error is that of as many draws as made the ELBO, in thousands, by
		// the spread at the first thousand.
		var mean, square float64
		for i, lp := range res.Draws.LogP[:1000] {
			r := lp - res.Q.LogProb(res.Draws.Z[i:i+1])
			mean += r / 1000
			square += r * r / 1000
		}
		near(t, 1e-9, "standard error", []float64{res.StdErr}, []float64{math.Sqrt((square - mean*mean) / 999 / float64(k))})
		loc, cov := mixtureMoments(res.Q)
		near(t, 0.03, "mean and variance", append(loc, cov...), []float64{want.mean, want.variance})
	}
}

// One component is the fit of a full Gaussian, bit for bit.
func TestGaussMixtureOfOneComponent(t *testing.T) {
	for _, m := range []models.Model{banana{}, blendOf(t, 2, []float64{.3, .7}, twoLocs, twoCovs)} {
		var elbos []float64
		record := vi.RecorderFunc(func(it *vi.Iteration) error {
			if it.Q.Family().String() != "GaussMixture(1, 2)" {
				t.Errorf("the Recorder sees a member of %v", it.Q.Family())
			}
			elbos = append(elbos, it.ELBO)
			return nil
		})
		want := converged(t, vi.Problem{Model: m, Family: families.FullGaussian(2)}, nil)
		got := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(1, 2)}, &vi.Settings{Recorder: record})
		if !cmp.Equal(got.Q.Natural(nil), want.Q.Natural(nil)) || got.ELBO != want.ELBO || got.Verdict != want.Verdict || !cmp.Equal(got.Params, want.Params) || len(elbos) == 0 {
			t.Errorf("%T: λ %v, ELBO %g, %v, want %v, %g, %v; %d recorded", m, got.Q.Natural(nil), got.ELBO, got.Verdict, want.Q.Natural(nil), want.ELBO, want.Verdict, len(elbos))
		}
		start := families.GaussMixture(1, 2).New()
		got = converged(t, vi.Problem{Model: m, Family: families.GaussMixture(1, 2)}, &vi.Settings{Start: start})
		want = converged(t, vi.Problem{Model: m, Family: families.FullGaussian(2)}, &vi.Settings{Start: families.FullGaussian(2).New()})
		if !cmp.Equal(got.Q.Natural(nil), want.Q.Natural(nil)) {
			t.Errorf("%T, from a start: %v, want %v", m, got.Q.Natural(nil), want.Q.Natural(nil))
		}
	}
}

// The same seed gives the same bits, with any number of goroutines.
func TestGaussMixtureSameBits(t *testing.T) {
	m := blendOf(t, 2, []float64{.3, .7}, twoNear, twoCovs)
	one := func(n int) *vi.Result {
		return converged(t, vi.Problem{Model: m, Family: families.GaussMixture(2, 2)}, &vi.Settings{Seed: 5, Estimator: &estimators.SampleAverage{Seed: 5, Summer: &estimators.Goroutines{N: n}}})
	}
	a, b := one(1), one(3)
	if !cmp.Equal(a.Q.Natural(nil), b.Q.Natural(nil)) || a.ELBO != b.ELBO || !cmp.Equal(a.Params, b.Params) {
		t.Error("other bits with other goroutines")
	}
}

// started proposes where to begin.
type started struct{ blend }

func (started) Start(mean, precision []float64) {
	copy(mean, []float64{30, -20})
	copy(precision, []float64{4, 0.25})
}

// A run of the caller's own begins with components that differ, where the model
// proposes, and rises all the way; from where the settings say, there is nothing left.
func TestGaussMixtureStarts(t *testing.T) {
	m := blendOf(t, 2, []float64{.3, .7}, twoNear, twoCovs)
	run, err := vi.NewRun(vi.Problem{Model: started{m}, Family: families.GaussMixture(2, 2)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	q := run.Result().Q.(*families.GaussMixtureDist)
	near(t, 1e-12, "first mean", q.Component(0).Loc(nil), []float64{30, -20})
	near(t, 1e-12, "covariance", q.Component(1).Cov(nil), []float64{0.25, 0, 0, 4})
	if cmp.Equal(q.Component(1).Loc(nil), q.Component(0).Loc(nil)) {
		t.Error("two components begin alike")
	}
	last := math.Inf(-1)
	for run.Status() == vi.Running {
		if err := run.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
		it := run.Iteration()
		if it.ELBO < last-1e-9 {
			t.Errorf("iteration %d: the ELBO falls from %.12g to %.12g", it.Number, last, it.ELBO)
		}
		last = it.ELBO
	}
	if run.Status() != vi.Converged {
		t.Errorf("%v", run.Status())
	}

	res := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(2, 2)}, &vi.Settings{Start: m.q})
	if math.Abs(res.ELBO-1.7) > 1e-3 || len(res.Starts) > 0 {
		t.Errorf("from the answer: ELBO %g, starts %v", res.ELBO, res.Starts)
	}
}

// What cannot be done says so, by type.
func TestGaussMixtureErrors(t *testing.T) {
	m := blendOf(t, 2, []float64{.3, .7}, twoNear, twoCovs)
	f := families.GaussMixture(2, 2)
	ctx := context.Background()
	for _, method := range []vi.Method{new(vi.Mirror), new(vi.Retraction)} {
		var e *vi.MethodError
		if _, err := vi.Fit(ctx, vi.Problem{Model: m, Family: f}, &vi.Settings{Method: method}); !errors.As(err, &e) || e.Method == "" || e.Advice == "" {
			t.Errorf("%v: error %v, want a MethodError", method, err)
		}
	}
	var lacks *estimators.CapabilityError
	if _, err := vi.Fit(ctx, vi.Problem{Model: values{m}, Family: f}, nil); !errors.As(err, &lacks) || !strings.Contains(err.Error(), "gradients") {
		t.Errorf("no gradients: error %v, want a CapabilityError that names them", err)
	}
	var wrong *vi.SettingError
	if _, err := vi.Fit(ctx, vi.Problem{Model: m, Family: f}, &vi.Settings{Start: families.GaussMixture(3, 2).New()}); !errors.As(err, &wrong) {
		t.Errorf("start of another family: error %v", err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if res, err := vi.Fit(canceled, vi.Problem{Model: m, Family: f}, nil); !errors.Is(err, context.Canceled) || res == nil || res.Q == nil || res.Status != vi.Canceled {
		t.Errorf("canceled: %+v, error %v", res, err)
	}
	stop := errors.New("enough")
	record := vi.RecorderFunc(func(it *vi.Iteration) error {
		if it.Number == 1 {
			return stop
		}
		return nil
	})
	if res, err := vi.Fit(ctx, vi.Problem{Model: m, Family: f}, &vi.Settings{Recorder: record}); !errors.Is(err, stop) || res == nil || res.Status == vi.Converged {
		t.Errorf("stopped: %+v, error %v", res, err)
	}
	res := fit(t, vi.Problem{Model: blendOf(t, 2, []float64{.3, .7}, twoNear, twoCovs), Family: f}, &vi.Settings{MaxIterations: 2})
	if res.Status != vi.IterationLimit || res.Verdict != vi.Fail {
		t.Errorf("after 2 iterations: %v, %v", res.Status, res.Verdict)
	}
	// Not finite for half of z, which no Gaussian stays out of.
	var none *estimators.NonFiniteError
	if res, err := vi.Fit(ctx, vi.Problem{Model: half{m}, Family: f}, nil); err != nil && !errors.As(err, &none) || err == nil && res.Verdict != vi.Fail {
		t.Errorf("a model that is finite in a half-space: %v, error %v", res.Verdict, err)
	}
}

// half has no mass where z₁ is negative.
type half struct{ blend }

func (m half) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 2), z) }

func (m half) LogJointGrad(g, z []float64) float64 {
	l := m.blend.LogJointGrad(g, z)
	if z[0] < 0 {
		return math.Inf(-1)
	}
	return l
}

// Draws that are too few for the answer are seen to be, and with more of them the answer
// that is given moves less.
func TestGaussMixtureSampling(t *testing.T) {
	p := vi.Problem{Model: banana{}, Family: families.GaussMixture(3, 2)}
	few := fit(t, p, &vi.Settings{Estimator: &estimators.SampleAverage{Draws: 16}})
	many := fit(t, p, nil)
	if few.Averaged != 16 || few.Sampling < 0.03 || few.Verdict == vi.OK {
		t.Errorf("16 draws: %+v", few)
	}
	if many.Averaged < 256 || !(many.Sampling > 0 && many.Sampling <= 0.06) {
		t.Errorf("%d draws, which others would move by %g", many.Averaged, many.Sampling)
	}
	// The moments tell where the ELBO is better with new draws by chance.
	p = vi.Problem{Model: logGamma{}, Family: families.GaussMixture(2, 1)}
	if res := fit(t, p, nil); !(res.Sampling > 0) {
		t.Errorf("%d draws, which others would move by %g", res.Averaged, res.Sampling)
	}
}

// Minibatches make the estimate noisy, and the run ends at an average as that of any
// other family, near the answer of all rows.
func TestGaussMixtureInMinibatches(t *testing.T) {
	m := mirrored{}
	for i := range 64 {
		m = append(m, 1+0.5*math.Sin(float64(7*i)))
	}
	f := families.GaussMixture(2, 1)
	whole := converged(t, vi.Problem{Model: m, Family: f}, nil)
	start := f.New().(*families.GaussMixtureDist)
	start.SetComponents([]float64{1, 1}, []float64{1.5, -1.5}, []float64{0.1, 0.1})
	res := converged(t, vi.Problem{Model: m, Family: f}, &vi.Settings{Start: start,
		Estimator: &estimators.Minibatch{Estimator: new(estimators.SampleAverage), Size: 16}})
	if e := math.Abs(res.ELBO - whole.ELBO); e > 4*res.StdErr+0.01 {
		t.Errorf("ELBO %g ± %g, of all rows %g", res.ELBO, res.StdErr, whole.ELBO)
	}
	loc, cov := mixtureMoments(res.Q)
	wantLoc, wantCov := mixtureMoments(whole.Q)
	near(t, 0.1, "mean and variance", append(loc, cov...), append(wantLoc, wantCov...))
}

// mirrored are rows y = |z| + ε, the sign of z being that of the prior alone.
type mirrored []float64

func (mirrored) Dim() int       { return 1 }
func (m mirrored) NumData() int { return len(m) }
func (m mirrored) Batch(idx []int, scale float64) models.Model {
	b := scaledMirrored{scale: scale}
	for _, i := range idx {
		b.rows = append(b.rows, m[i])
	}
	return b
}
func (m mirrored) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }
func (m mirrored) LogJointGrad(g, z []float64) float64 {
	return scaledMirrored{rows: m, scale: 1}.LogJointGrad(g, z)
}

type scaledMirrored struct {
	mirrored
	rows  mirrored
	scale float64
}

func (m scaledMirrored) LogJoint(z []float64) float64 {
	return m.LogJointGrad(make([]float64, 1), z)
}

func (m scaledMirrored) LogJointGrad(g, z []float64) float64 {
	x := z[0]
	l := -0.5 * (x - 0.2) * (x - 0.2)
	g[0] = 0.2 - x
	for _, y := range m.rows {
		r := y - math.Sqrt(x*x+0.01)
		l -= m.scale * r * r / 8
		g[0] += m.scale * r / 4 * x / math.Sqrt(x*x+0.01)
	}
	return l
}
