package estimators

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/families"
	"natgrad/models"
)

func TestCapabilityErrors(t *testing.T) {
	const d = 2
	m := testExponential(d)
	full, product := families.FullGaussian(d), families.Repeat(d, families.Gamma())
	for _, c := range []struct {
		e     Estimator
		m     models.Model
		f     families.Family
		needs string
	}{
		{&Price{}, gradients{m}, full, "models.Hessianer"},
		{&Price{}, gradients{m}, families.DiagGaussian(d), "models.HessDiager"},
		{&Price{}, m, product, "families.Gaussian"},
		{&Stein{}, values{m}, full, "models.Gradienter"},
		{&Stein{}, m, product, "families.Gaussian"},
		{&Pathwise{}, values{m}, full, "models.Gradienter"},
		{&Pathwise{}, values{m}, product, "models.Gradienter"},
		{&Pathwise{}, m, families.Product(families.Gamma(), families.Categorical(3)), "families.Pathwise"},
		{&Quadrature{}, m, full, "*models.GLM"},
		{&Quadrature{}, regression(t, 5, d, models.BernoulliLogit{}), product, "Gaussian family"},
		{&Exact{}, m, full, "models.Conjugate"},
		{&Minibatch{}, m, full, "models.Data"},
		{&Stein{Summer: &Goroutines{N: 2}}, gradients{m}, full, "models.Forker"},
		{&Score{Summer: &Goroutines{N: 2}}, values{m}, full, "models.Forker"},
	} {
		err := c.e.Init(c.m, c.f)
		var ce *CapabilityError
		if !errors.As(err, &ce) || !strings.Contains(ce.Needs, c.needs) || !strings.Contains(fmt.Sprintf("%T", c.e), ce.Estimator) || ce.Advice == "" {
			t.Errorf("%T of %T and %s: error %v, want one that needs %s", c.e, c.m, c.f, err, c.needs)
		}
		if ce != nil {
			if want := "estimators: " + ce.Estimator + " needs "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("message %q, want it to begin with %q", err, want)
			}
		}
	}
	for _, c := range []struct {
		e Estimator
		m models.Model
	}{
		{&Price{}, hessians{m}}, {&Stein{}, gradients{m}}, {&Pathwise{}, gradients{m}}, {&Score{}, values{m}},
	} {
		if err := c.e.Init(c.m, full); err != nil {
			t.Errorf("%T of %T: %v", c.e, c.m, err)
		}
	}
}

// broken is a quadratic that returns something that is not finite in a half
// space.
type broken struct {
	*quadratic
	what string
}

func (b *broken) Fork() models.Model { return b }

func (b *broken) LogJoint(z []float64) float64 {
	if b.what == "log-joint" && z[1] > 0.3 {
		return math.Inf(-1)
	}
	return b.quadratic.LogJoint(z)
}

func (b *broken) LogJointGrad(g, z []float64) float64 {
	b.quadratic.LogJointGrad(g, z)
	if b.what == "gradient" && z[1] > 0.3 {
		g[2] = math.NaN()
	}
	return b.LogJoint(z)
}

func (b *broken) LogJointHess(h, g, z []float64) float64 {
	b.quadratic.LogJointHess(h, g, z)
	if b.what == "Hessian" && z[1] > 0.3 {
		h[7] = math.Inf(1)
	}
	return b.LogJointGrad(g, z)
}

func TestNonFiniteErrors(t *testing.T) {
	const d = 3
	f := families.FullGaussian(d)
	q := f.New()
	for _, c := range []struct {
		what  string
		index int
		es    []namedEstimator
	}{
		{"log-joint", -1, withSummer(nil)},
		{"gradient", 2, withSummer(nil)[:5]},
		{"Hessian", 2, withSummer(nil)[:2]},
	} {
		m := &broken{testQuadratic(d), c.what}
		for _, e := range c.es {
			var first *NonFiniteError
			for _, s := range []Summer{&Goroutines{N: 1}, &Goroutines{N: 4}, backwards{2}} {
				for _, e2 := range withSummer(s) {
					if e2.name != e.name {
						continue
					}
					initOrFail(t, e2, m, f)
					dst := make(families.Natural, f.NumParams())
					_, err := e2.Estimate(context.Background(), dst, q, Stream{Seed: 2})
					var nf *NonFiniteError
					if !errors.As(err, &nf) {
						t.Fatalf("%s: error %v, want a NonFiniteError", e.name, err)
					}
					if nf.What != c.what || nf.Index != c.index || nf.Draw < 0 || len(nf.Z) != d || nf.Z[1] <= 0.3 || finite(nf.Value) {
						t.Errorf("%s: error %+v, want %s at parameter %d, a draw and its point", e.name, *nf, c.what, c.index)
					}
					if first == nil {
						first = nf
					}
					first.Value, nf.Value = 0, 0 // NaN is not itself
					if diff := cmp.Diff(first, nf); diff != "" {
						t.Errorf("%s: another error with %T: %s", e.name, s, diff)
					}
				}
			}
		}
	}
}

func TestNonFiniteErrorText(t *testing.T) {
	for _, c := range []struct {
		e    NonFiniteError
		want string
	}{
		{NonFiniteError{What: "gradient", Value: math.NaN(), Index: 2, Draw: 5}, "estimators: gradient is NaN at parameter 2 in draw 5; want a finite value wherever q has mass"},
		{NonFiniteError{What: "expected log-likelihood", Value: math.Inf(-1), Index: 7, Draw: -1}, "estimators: expected log-likelihood is -Inf at data row 7; want a finite value wherever q has mass"},
		{NonFiniteError{What: "log-joint", Value: math.Inf(1), Index: -1, Draw: 0}, "estimators: log-joint is +Inf in draw 0; want a finite value wherever q has mass"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestProgrammerErrorsPanic(t *testing.T) {
	const d = 2
	m := testQuadratic(d)
	f := families.FullGaussian(d)
	q := f.New()
	ctx := context.Background()
	for _, c := range []struct {
		want string
		f    func(e Estimator)
	}{
		{badInit, func(e Estimator) { e.Estimate(ctx, make(families.Natural, 6), q, Stream{}) }},
		{badLen, func(e Estimator) { e.Init(m, f); e.Estimate(ctx, make(families.Natural, 5), q, Stream{}) }},
		{badMember, func(e Estimator) {
			e.Init(m, f)
			e.Estimate(ctx, make(families.Natural, 6), families.DiagGaussian(3).New(), Stream{})
		}},
		{badDim, func(e Estimator) { e.Init(m, families.FullGaussian(3)) }},
	} {
		for _, e := range []Estimator{&Price{}, &Stein{}, &Pathwise{}, &Score{}} {
			func() {
				defer func() {
					if p := recover(); p != c.want {
						t.Errorf("%T: panic %v, want %q", e, p, c.want)
					}
				}()
				c.f(e)
			}()
		}
	}
	for _, e := range []Estimator{&Price{Draws: -1}, &Stein{Draws: -1}, &Pathwise{Draws: -1}, &Score{Draws: -1}} {
		func() {
			defer func() {
				if p := recover(); p != badDraws {
					t.Errorf("%T: panic %v, want %q", e, p, badDraws)
				}
			}()
			e.Init(m, f)
		}()
	}
}
