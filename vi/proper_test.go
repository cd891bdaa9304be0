package vi_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"natgrad/families"
	"natgrad/vi"
)

// properFamilies has all shapes whose domains are to be kept.
func properFamilies() []families.Family {
	var fs []families.Family
	for d := 1; d <= 6; d++ {
		fs = append(fs, families.FullGaussian(d))
	}
	return append(fs,
		families.DiagGaussian(1), families.DiagGaussian(5),
		families.Gamma(), families.InverseGamma(), families.Beta(),
		families.Dirichlet(2), families.Dirichlet(5),
		families.Categorical(2), families.Categorical(5),
		families.Product(families.Gamma(), families.FullGaussian(2), families.Categorical(3)),
		families.Repeat(3, families.Beta()),
		families.Wishart(1), families.Wishart(3), families.InverseWishart(2), families.NormalGamma(),
		families.SphericalNormalGamma(3), families.NormalWishart(1), families.NormalWishart(3),
		families.TiedNormalWishart(3, 2))
}

// properMethods are new ones of all kinds. bound is the step, in units of the
// Fisher length, that is never refused, 0 if there is none.
func properMethods() []struct {
	name  string
	m     vi.Method
	bound float64
} {
	return []struct {
		name  string
		m     vi.Method
		bound float64
	}{
		{"natural", &vi.Natural{Memory: -1}, 0.1},
		{"natural with memory", new(vi.Natural), 0},
		{"fisher", new(vi.Fisher), 0.1},
		{"mirror", new(vi.Mirror), 0.1},
		{"retraction", new(vi.Retraction), math.Inf(1)},
		{"euclidean", new(vi.Euclidean), 0.1},
		{"adam", new(vi.Adam), 0},
	}
}

// logUniform returns a random number from lo to hi, of any magnitude alike.
func logUniform(rnd *rand.Rand, lo, hi float64) float64 {
	return lo * math.Pow(hi/lo, rnd.Float64())
}

func isFinite[S ~[]float64](x S) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// improper says what of a member is not finite, or not what it must be.
func improper(q families.Distribution, rnd *rand.Rand) string {
	check := func(what string, x ...float64) string {
		if !isFinite(x) {
			return fmt.Sprintf("%s is %v", what, x)
		}
		return ""
	}
	v := make(families.Natural, q.Family().NumParams())
	for i := range v {
		v[i] = rnd.NormFloat64()
	}
	for _, s := range []string{
		check("λ", q.Natural(nil)...), check("μ", q.Mean(nil)...),
		check("the entropy", q.Entropy()), check("A", q.LogPartition()),
		check("Fv", q.FisherMulVec(nil, v)...),
	} {
		if s != "" {
			return s
		}
	}
	if g, ok := q.(families.Gaussian); ok {
		d := q.Family().Dim()
		for _, c := range []struct {
			what string
			cov  []float64
		}{{"the covariance", g.Cov(nil)}, {"the precision", g.Precision(nil)}} {
			if s := check(c.what, c.cov...); s != "" {
				return s
			}
			step := len(c.cov)/d + 1
			if len(c.cov) == d {
				step = 1
			}
			for i := 0; i < len(c.cov); i += step {
				if !(c.cov[i] > 0) {
					return fmt.Sprintf("the diagonal of %s has %g", c.what, c.cov[i])
				}
			}
		}
	}
	return ""
}

// Whatever the direction and the step, a method ends at a proper member or is
// refused. NATGRAD_LONG=1 makes it 100 000 steps for each family and method.
func TestStepsEndProperOrAreRefused(t *testing.T) {
	steps, searches := 2000, 100         // of Mirror, which searches for each
	if os.Getenv("NATGRAD_LONG") != "" { // a quarter of an hour
		steps, searches = 100000, 100000
	}
	for _, f := range properFamilies() {
		for k, c := range properMethods() {
			if err := c.m.Init(f); err != nil {
				if _, ok := f.New().(families.Retracter); !ok && c.name == "retraction" {
					continue // the family has none
				}
				t.Fatal(err)
			}
			n := steps
			if c.name == "mirror" {
				n = searches
			}
			t.Run(fmt.Sprintf("%v %s", f, c.name), func(t *testing.T) {
				t.Parallel()
				properSteps(t, f, c.m, c.bound, n, rand.New(rand.NewPCG(uint64(k), 55)))
			})
		}
	}
}

func properSteps(t *testing.T, f families.Family, m vi.Method, bound float64, steps int, rnd *rand.Rand) {
	next := f.New()
	accepted, reported := 0, 0
	fail := func(format string, args ...any) {
		if t.Errorf(format, args...); reported > 5 {
			t.FailNow()
		}
		reported++
	}
	var q families.Distribution
	for range steps {
		// Members not far from the standard one, or where the last step led.
		fresh := q == nil || rnd.IntN(2) == 0
		if fresh {
			q = randomMember(f, rnd)
		}
		length := logUniform(rnd, 1e-3, 1e6)
		nat := randomDirection(q, rnd, length)
		grad := q.FisherMulVec(nil, nat)
		if !isFinite(nat) || !isFinite(grad) {
			q = nil // the length overflows at the ends of the domain
			continue
		}
		m.Aim(q, nat, grad)
		ρ := logUniform(rnd, 1e-6, 1e6)
		dst := make(families.Natural, f.NumParams())
		moved := m.Move(dst, ρ) && next.SetNatural(dst)
		if !moved {
			if fresh && length*ρ < bound {
				fail("from %v along %v, a step of %g is refused, to %v", q.Natural(nil), nat, ρ, dst)
			}
			continue
		}
		if _, ok := m.(*vi.Mirror); ok && fresh {
			mirrorStep(fail, q, nat, ρ, dst)
		}
		accepted++
		if s := improper(next, rnd); s != "" {
			fail("from %v along %v, a step of %g to %v: %s", q.Natural(nil), nat, ρ, dst, s)
			q = nil
			continue
		}
		q, next = next, f.New()
	}
	t.Logf("%v by %v: %d of %d steps accepted", f, m, accepted, steps)
	if accepted < steps/20 {
		t.Errorf("%d of %d steps are accepted", accepted, steps)
	}
}

// mirrorStep checks that where Mirror moved to is where Natural does.
func mirrorStep(fail func(string, ...any), q families.Distribution, nat families.Natural, ρ float64, dst families.Natural) {
	λ := q.Natural(nil)
	for i, v := range nat {
		λ[i] += ρ * v
	}
	o := q.Family().New()
	if !o.SetNatural(λ) {
		// Points as near to an end of the domain as numbers can be: within 1e-10 nats
		// of a supremum.
		return
	}
	δ := o.Natural(nil)
	for i, v := range dst {
		δ[i] -= v
	}
	if l := fisherLength(o, δ); !(l < 1e-3) {
		fail("from %v along %v, a step of %g ends at %v, want %v, a length of %g away", q.Natural(nil), nat, ρ, dst, λ, l)
	}
}

// A step to a concentration of 1e8, which the mean parameter hardly knows: Newton's
// method in it is lost, and Mirror does not say that it found something.
func TestMirrorFarStep(t *testing.T) {
	q := member(t, families.Gamma(), -0.21600436521457672, -1.8836523934459939)
	nat := families.Natural{342048.10569210583, -104541.55837776812}
	m, dst := new(vi.Mirror), make(families.Natural, 2)
	if err := m.Init(q.Family()); err != nil {
		t.Fatal(err)
	}
	m.Aim(q, nat, q.FisherMulVec(nil, nat))
	for _, ρ := range []float64{1e-6, 1e-4, 784.5204258932179} {
		if m.Move(dst, ρ) {
			mirrorStep(t.Errorf, q, nat, ρ, dst)
		} else if ρ < 1 {
			t.Errorf("a step of %g is refused", ρ)
		}
	}
}
