package vi_test

import (
	"math"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/vi"
)

// eightSchools is the model of Rubin (1981) as Gelman et al. have it: effects
// θ_j ~ N(μ, τ²) seen with known noise, μ ~ N(0, 5²), τ half-Cauchy of scale 5,
// in l = log τ. Centred, z = (θ, μ, l); else (θ̃, μ, l) with θ = μ + τ θ̃. It has
// a neck, and is not log-concave.
type eightSchools struct{ centred bool }

var (
	schoolsY = []float64{28, 8, -3, 7, -1, 1, 18, 12}
	schoolsσ = []float64{15, 10, 16, 11, 9, 11, 10, 18}
)

func (eightSchools) Dim() int { return 10 }

func (m eightSchools) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 10), z) }

func (m eightSchools) LogJointGrad(grad, z []float64) float64 {
	const log2Pi = 1.8378770664093454836
	μ, l := z[8], z[9]
	τ := math.Exp(l)
	f := -0.5*μ*μ/25 - math.Log(5) - log2Pi/2 + math.Log(2/(5*math.Pi)) - math.Log1p(τ*τ/25) + l
	grad[8] = -μ / 25
	grad[9] = 1 - 2*τ*τ/(25+τ*τ)
	for j, y := range schoolsY {
		s2 := schoolsσ[j] * schoolsσ[j]
		f -= log2Pi + 0.5*math.Log(s2)
		if m.centred {
			r, e := y-z[j], (z[j]-μ)/τ
			f -= 0.5*r*r/s2 + 0.5*e*e + l
			grad[j] = r/s2 - e/τ
			grad[8] += e / τ
			grad[9] += e*e - 1
			continue
		}
		r := y - μ - τ*z[j]
		f -= 0.5*r*r/s2 + 0.5*z[j]*z[j]
		grad[j] = τ*r/s2 - z[j]
		grad[8] += r / s2
		grad[9] += τ * z[j] * r / s2
	}
	return f
}

// Eight schools, by averages over many fixed draws: the optimum of each family.
func TestGoldEightSchoolsByAverage(t *testing.T) {
	g := gold(t).Schools
	for _, c := range []struct {
		name string
		m    eightSchools
		f    families.Family
		opt  gaussianOptimum
	}{
		{"diag", eightSchools{}, families.DiagGaussian(10), g.MeanField},
		{"full", eightSchools{}, families.FullGaussian(10), g.Full},
		{"centred, diag", eightSchools{centred: true}, families.DiagGaussian(10), g.Centered},
		{"centred, full", eightSchools{centred: true}, families.FullGaussian(10), g.CenteredFull},
	} {
		p := vi.Problem{Model: c.m, Family: c.f}
		near := converged(t, p, &vi.Settings{Estimator: &estimators.SampleAverage{Draws: 512, Seed: 1}})
		res := converged(t, p, &vi.Settings{Start: near.Q, Tolerance: 1e-4, Estimator: &estimators.SampleAverage{Draws: 16384}})
		loc := res.Q.(families.Gaussian).Loc(nil)
		var mean, logSD float64
		cov := res.Q.(families.Gaussian).Cov(nil)
		for j, m := range c.opt.Mean {
			sd := math.Sqrt(cov[j*len(cov)/10+j*(len(cov)/100)])
			mean = math.Max(mean, math.Abs(loc[j]-m)/c.opt.SD[j])
			logSD = math.Max(logSD, math.Abs(math.Log(sd/c.opt.SD[j])))
		}
		t.Logf("%s: ELBO %.4f, means %.4f sd off, sds %.4f, its %d", c.name, res.ELBO-c.opt.ELBO, mean, logSD, res.Iterations)
		if e := math.Abs(res.ELBO - c.opt.ELBO); !(e <= 0.01) || !(mean <= 0.02) || !(logSD <= 0.02) {
			t.Errorf("%s: ELBO %.4f, %.4f off; means %.4f sd off, logarithms of sds %.4f", c.name, res.ELBO, e, mean, logSD)
		}
	}
}

// Without settings: the verdict says that the centred form is not to be trusted.
func TestVerdictOnEightSchools(t *testing.T) {
	for _, c := range []struct {
		centred bool
		f       families.Family
		want    func(vi.Verdict) bool
	}{
		{true, nil, func(v vi.Verdict) bool { return v >= vi.Warn }},
		{true, families.DiagGaussian(10), func(v vi.Verdict) bool { return v >= vi.Warn }},
		{false, nil, func(v vi.Verdict) bool { return v == vi.OK || v == vi.Warn }},
		{false, families.DiagGaussian(10), func(v vi.Verdict) bool { return v == vi.OK || v == vi.Warn }},
	} {
		for seed := range uint64(3) {
			res := converged(t, vi.Problem{Model: eightSchools{c.centred}, Family: c.f}, &vi.Settings{Seed: seed})
			if !c.want(res.Verdict) {
				t.Errorf("centred %v under %v, seed %d: %v, k̂ = %.2f, %.2f: %q", c.centred, c.f, seed, res.Verdict, res.KHat, res.WeightsKHat, res.Reasons)
			}
			t.Logf("centred %v under %v: %v k̂ %.2f %.2f draws %d grads %d sampling %.3f", c.centred, c.f, res.Verdict, res.KHat, res.WeightsKHat, res.Averaged, res.GradEvals, res.Sampling)
		}
	}
}

// Eight schools, from noisy gradients alone.
func TestGoldEightSchools(t *testing.T) {
	g := gold(t).Schools
	for _, c := range []struct {
		name string
		m    eightSchools
		f    families.Family
		opt  gaussianOptimum
	}{
		{"diag", eightSchools{}, families.DiagGaussian(10), g.MeanField},
		{"full", eightSchools{}, families.FullGaussian(10), g.Full},
		{"centred, diag", eightSchools{centred: true}, families.DiagGaussian(10), g.Centered},
	} {
		cov := c.opt.Cov.flat()
		if len(cov) == 0 {
			for _, s := range c.opt.SD {
				cov = append(cov, s*s)
			}
		}
		best := gaussianOf(t, c.f, c.opt.Mean, cov)
		for seed := range uint64(3) {
			const tolerance = 0.1
			res := converged(t, vi.Problem{Model: c.m, Family: c.f}, &vi.Settings{Seed: seed, Tolerance: tolerance, Estimator: new(estimators.Stein)})
			δ := res.Q.Natural(nil)
			for i, λ := range best.Natural(nil) {
				δ[i] -= λ
			}
			if l := fisherLength(best, δ); !(l <= 4*tolerance) || res.Estimator != "Stein" {
				t.Errorf("%s by %s, seed %d: off by a length of %g after %d iterations", c.name, res.Estimator, seed, l, res.Iterations)
			}
			if e := math.Abs(res.ELBO - c.opt.ELBO); !(e <= 8*tolerance*tolerance+4*res.StdErr) {
				t.Errorf("%s, seed %d: ELBO %g ± %g, want %g", c.name, seed, res.ELBO, res.StdErr, c.opt.ELBO)
			}
		}
	}
}
