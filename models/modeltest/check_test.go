package modeltest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"natgrad/models"
)

// regression is log p = Σ_i s log p(y_i|z) + log prior(z) with two parameters, a
// location and a slope with a quartic term, written out with places to break it.
type regression struct {
	x, y  []float64
	scale float64
	broken
}

type broken struct {
	gradSign, halfHess, asymmetric, diag, adds, changesZ, forgets bool
	priorScaled, noScale, dropsRow, poorBatch                     bool
	poorFork, wrongFork, wrongConstant, wrongNatural, badStart    bool
	noisy, infinite, sharedBatch                                  bool
}

func newRegression(b broken) *regression {
	return &regression{x: []float64{0.5, -1, 2, 0.3, 1.5}, y: []float64{1, 0.2, -0.7, 2.1, 0.4}, scale: 1, broken: b}
}

func (m *regression) Dim() int { return 2 }

func (m *regression) LogJoint(z []float64) float64 {
	if m.infinite {
		return math.Inf(-1)
	}
	prior := -0.5*(z[0]*z[0]+3*z[1]*z[1]) - 0.01*math.Pow(z[0], 4)
	if m.quadratic() {
		prior += 0.01 * math.Pow(z[0], 4)
	}
	var l float64
	for i, x := range m.x {
		r := m.y[i] - z[0] - x*z[1]
		l -= 0.5 * r * r
	}
	if m.priorScaled {
		prior *= m.scale
	}
	v := m.scale*l + prior
	if m.noisy {
		v += 1e-3 * math.Sin(1e9*z[0])
	}
	return v
}

// quadratic reports whether this is the conjugate variant.
func (m *regression) quadratic() bool { return m.wrongConstant || m.wrongNatural }

func (m *regression) LogJointGrad(g, z []float64) float64 {
	v := m.LogJoint(z)
	if !m.adds {
		clear(g)
	}
	for i, x := range m.x {
		r := m.y[i] - z[0] - x*z[1]
		g[0] += m.scale * r
		g[1] += m.scale * r * x
	}
	p := 1.0
	if m.priorScaled {
		p = m.scale
	}
	g[0] -= p * z[0]
	if !m.quadratic() {
		g[0] -= p * 0.04 * math.Pow(z[0], 3)
	}
	g[1] -= p * 3 * z[1]
	if m.gradSign {
		g[1] = -g[1]
	}
	if m.changesZ {
		z[0]++
	}
	return v
}

func (m *regression) LogJointHess(h, g, z []float64) float64 {
	v := m.LogJointGrad(g, z)
	clear(h)
	for _, x := range m.x {
		h[0] -= m.scale
		h[1] -= m.scale * x
		h[3] -= m.scale * x * x
	}
	p := 1.0
	if m.priorScaled {
		p = m.scale
	}
	h[0] -= p
	if !m.quadratic() {
		h[0] -= p * 0.12 * z[0] * z[0]
	}
	h[3] -= 3 * p
	if m.halfHess {
		h[3] /= 2
	}
	h[2] = h[1]
	if m.asymmetric {
		h[2] = 0
	}
	if m.forgets {
		v -= 1
	}
	return v
}

func (m *regression) LogJointHessDiag(diag, g, z []float64) float64 {
	h := make([]float64, 4)
	v := m.LogJointHess(h, g, z)
	diag[0], diag[1] = h[0], h[3]
	if m.diag {
		diag[1] *= 1.001
	}
	return v
}

func (m *regression) NumData() int { return len(m.x) }

type onlyModel struct{ models.Model }

var lastBatch = &regression{}

func (m *regression) Batch(idx []int, scale float64) models.Model {
	b := &regression{scale: scale * m.scale, broken: m.broken}
	if m.sharedBatch {
		b = lastBatch
		*b = regression{scale: scale * m.scale, broken: m.broken}
	}
	if m.noScale {
		b.scale = m.scale
	}
	if m.dropsRow && len(idx) > 1 {
		idx = idx[1:]
	}
	for _, i := range idx {
		b.x, b.y = append(b.x, m.x[i]), append(b.y, m.y[i])
	}
	if m.poorBatch {
		return onlyModel{b}
	}
	return b
}

func (m *regression) Fork() models.Model {
	f := *m
	if m.wrongFork {
		f.y = slices.Repeat([]float64{0}, len(m.y))
	}
	if m.poorFork {
		return onlyModel{&f}
	}
	return &f
}

func (m *regression) ConjugateNatural(dst []float64, family string) (float64, bool) {
	if !m.quadratic() || family != "FullGaussian(2)" {
		return 0, false
	}
	h := make([]float64, 4)
	c := m.LogJointHess(h, dst[:2], make([]float64, 2))
	for i, v := range h {
		dst[2+i] = v / 2
	}
	if m.wrongNatural {
		copy(dst[2:], h)
		return c, true
	}
	return c + 0.5, true
}

func (m *regression) Start(mean, precision []float64) {
	mean[0], mean[1], precision[0], precision[1] = 0, 0, 1, 1
	if m.badStart {
		precision[1] = 0
	}
}

var points = [][]float64{{0.3, -0.4}, {-1.5, 2}, {0, 0}}

func TestSoundModelPasses(t *testing.T) {
	Test(t, newRegression(broken{}), points)
}

// TestBrokenModelsAreCaught breaks one law at a time.
func TestBrokenModelsAreCaught(t *testing.T) {
	for _, c := range []struct {
		name string
		b    broken
		says string
	}{
		{"sign of the gradient", broken{gradSign: true}, "derivative in parameter 1"},
		{"half the Hessian", broken{halfHess: true}, "second derivative in parameters 1 and 1"},
		{"asymmetric Hessian", broken{asymmetric: true}, "not symmetric"},
		{"diagonal", broken{diag: true}, "LogJointHessDiag says"},
		{"adds to the gradient", broken{adds: true}, "derivative in parameter 0"},
		{"changes z", broken{changesZ: true}, "changed z"},
		{"another value", broken{forgets: true}, "LogJointHess says log p"},
		{"prior scaled", broken{priorScaled: true}, "the sum of two batches less the prior"},
		{"scale forgotten", broken{noScale: true}, "is the prior whatever its rows"},
		{"row dropped", broken{dropsRow: true}, "the batch of all rows"},
		{"poor batch", broken{poorBatch: true}, "the result of Batch is not a models.Gradienter"},
		{"poor fork", broken{poorFork: true}, "the result of Fork is not a models.Gradienter"},
		{"wrong fork", broken{wrongFork: true}, "differ from the model's"},
		{"batches shared by forks", broken{sharedBatch: true}, "changed a batch of the model"},
		{"wrong constant", broken{wrongConstant: true}, "⟨η, T(z)⟩ + c"},
		{"wrong natural parameter", broken{wrongNatural: true}, "⟨η, T(z)⟩ + c"},
		{"bad start", broken{badStart: true}, "Start proposes precision 0"},
		{"noise", broken{noisy: true}, "smooth"},
		{"outside the support", broken{infinite: true}, "want a finite value"},
	} {
		errs := Check(newRegression(c.b), points)
		found := false
		for _, err := range errs {
			found = found || strings.Contains(err.Error(), c.says)
		}
		if !found {
			t.Errorf("%s: %d errors, none says %q: %v", c.name, len(errs), c.says, errs)
		}
	}
}

func TestPointsAreChecked(t *testing.T) {
	if errs := Check(newRegression(broken{}), nil); len(errs) != 1 {
		t.Errorf("no points: %v", errs)
	}
	if errs := Check(newRegression(broken{}), [][]float64{{1}}); len(errs) != 1 {
		t.Errorf("a point too short: %v", errs)
	}
}

// TestDifferentiate compares differences with derivatives known, near the edge
// of a support and at it.
func TestDifferentiate(t *testing.T) {
	f := func(dst, z []float64) { dst[0], dst[1] = math.Log(z[0]), z[0]*math.Exp(z[1]) }
	for _, x := range []float64{1e-6, 0.01, 1, 1e4} {
		num, noise, ok := differentiate(f, 2, []float64{x, 0.7}, 0)
		for i, want := range []float64{1 / x, math.Exp(0.7)} {
			if !ok || math.Abs(num[i]-want) > 1e-8*want || noise[i] > 1e-6*want {
				t.Errorf("x = %g, value %d: %g ± %g (%v), want %g", x, i, num[i], noise[i], ok, want)
			}
		}
	}
	if _, _, ok := differentiate(f, 2, []float64{-1, 0}, 0); ok {
		t.Error("differences outside the support")
	}
}
