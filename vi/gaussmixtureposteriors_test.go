package vi_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"natgrad/families"
	"natgrad/families/familytest"
	"natgrad/vi"
)

// cancerMortality is the beta-binomial model of deaths y among n people at risk in
// twenty cities (Tsutakawa et al. 1985), with z = (logit η, log K), on which MixEF was
// shown (Lin, Khan & Schmidt 2019). Binomial coefficients are left out.
type cancerMortality struct{ y, n []float64 }

func (cancerMortality) Dim() int { return 2 }

func (m cancerMortality) LogJoint(z []float64) float64 {
	return m.LogJointGrad(make([]float64, 2), z)
}

func (m cancerMortality) LogJointGrad(g, z []float64) float64 {
	η, k := 1/(1+math.Exp(-z[0])), math.Exp(z[1])
	a, b := k*η, k*(1-η)
	lgamma := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	l := z[1] - 2*math.Log1p(k) + float64(len(m.y))*(lgamma(k)-lgamma(a)-lgamma(b))
	ψa, ψb, ψk := families.Digamma(a), families.Digamma(b), families.Digamma(k)
	var da, db float64
	for i, y := range m.y {
		n := m.n[i]
		l += lgamma(a+y) + lgamma(b+n-y) - lgamma(k+n)
		dk := ψk - families.Digamma(k+n)
		da += families.Digamma(a+y) - ψa + dk
		db += families.Digamma(b+n-y) - ψb + dk
	}
	g[0] = (da - db) * k * η * (1 - η)
	g[1] = da*a + db*b + 1 - 2*k/(1+k)
	return l
}

func readCancerMortality(t testing.TB) (m cancerMortality) {
	t.Helper()
	f, err := os.Open(familytest.Shared(t, "data/mixture/cancermortality.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for j, x := range []*[]float64{&m.y, &m.n} {
			v, err := strconv.ParseFloat(row[j], 64)
			if err != nil {
				t.Fatal(err)
			}
			*x = append(*x, v)
		}
	}
	return m
}

// The posterior is skewed, which one Gaussian misses. By quadrature the divergence falls
// with every component, and with four of them moments are near those of the posterior,
// by quadrature too.
func TestGaussMixtureOfCancerMortality(t *testing.T) {
	m := readCancerMortality(t)
	text, err := os.ReadFile(familytest.Shared(t, "data/other_posteriors/cancermortality_betabinomial/reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Mean, SD []float64
		Cov      matrix
		Evidence float64 `json:"log_normaliser"`
	}
	if err := json.Unmarshal(text, &ref); err != nil {
		t.Fatal(err)
	}
	last := math.Inf(1)
	for i, c := range []struct{ kl, mean, cov float64 }{ // at most; errors in standard deviations, and of correlations
		{0.14, 0.15, 0.45}, {0.034, 0.03, 0.15}, {0.016, 0.015, 0.1}, {0.009, 0.02, 0.06},
	} {
		k := i + 1
		if testing.Short() && k > 2 {
			t.Log("short: no more than 2 components")
			break
		}
		res := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(k, 2)}, nil)
		kl := gridKL(t, res.Q, m, ref.Evidence, 120, []float64{-9.5, 3}, []float64{-4.5, 16})
		if !(kl > 0 && kl < c.kl && kl < last) {
			t.Errorf("%d components: KL(q‖p) = %.4f, want at most %g and less than %.4f", k, kl, c.kl, last)
		}
		last = kl
		if want := ref.Evidence - kl; math.Abs(res.ELBO-want) > 3*res.StdErr+0.002 {
			t.Errorf("%d components: ELBO %.4f ± %.4f, want %.4f", k, res.ELBO, res.StdErr, want)
		}
		if math.Abs(res.Evidence-ref.Evidence) > 4*res.EvidenceStdErr+0.005 {
			t.Errorf("%d components: evidence %.4f ± %.4f, want %.4f", k, res.Evidence, res.EvidenceStdErr, ref.Evidence)
		}
		loc, cov := mixtureMoments(res.Q)
		for i, s := range ref.SD {
			if e := (loc[i] - ref.Mean[i]) / s; !(math.Abs(e) < c.mean) {
				t.Errorf("%d components: mean %d is off by %.3f standard deviations", k, i, e)
			}
			for j, r := range ref.SD {
				if e := (cov[2*i+j] - ref.Cov[i][j]) / (s * r); !(math.Abs(e) < c.cov) {
					t.Errorf("%d components: covariance %d, %d is off by %.3f", k, i, j, e)
				}
			}
		}
		if k > 1 && res.Verdict != vi.OK {
			t.Errorf("%d components: %v, %q", k, res.Verdict, res.Reasons)
		}
		// What there is to report is that of the posterior, by weights where they are needed.
		for i, p := range res.Summary() {
			if math.Abs(p.Mean-ref.Mean[i]) > 0.06*ref.SD[i] || math.Abs(p.SD/ref.SD[i]-1) > 0.08 {
				t.Errorf("%d components: %+v, want %g ± %g", k, p, ref.Mean[i], ref.SD[i])
			}
		}
	}
}

// In ten dimensions a second component takes away four fifths of what one Gaussian lacks
// of the evidence, which is known: given τ the rows are Gaussian, and ten thousand values
// of log τ are enough for the rest.
func TestGaussMixtureOfEightSchools(t *testing.T) {
	if testing.Short() {
		t.Skip("short: many gradients")
	}
	var sum, mean, h float64 = 0, 0, 30. / 10000
	for i := range 10000 {
		τ := math.Exp(-20 + h*float64(i))
		// μ ~ N(0, 25) and y_j ~ N(μ, σ_j² + τ²).
		s, sy, l := 1./25, 0., -math.Log(5)
		for j, y := range schoolsY {
			v := schoolsσ[j]*schoolsσ[j] + τ*τ
			s += 1 / v
			sy += y / v
			l -= 0.5 * (math.Log(2*math.Pi*v) + y*y/v)
		}
		p := h * τ * 2 / (5 * math.Pi * (1 + τ*τ/25)) * math.Exp(l+0.5*sy*sy/s-0.5*math.Log(s))
		sum += p
		mean += p * sy / s
	}
	evidence := math.Log(sum)
	m := eightSchools{}
	for k, most := range map[int]float64{1: 0.5, 2: 0.1} {
		res := converged(t, vi.Problem{Model: m, Family: families.GaussMixture(k, m.Dim())}, nil)
		if lacks := evidence - res.ELBO; !(lacks > -4*res.StdErr && lacks < most) {
			t.Errorf("%d components: ELBO %.4f ± %.4f, want at most %.2f below the evidence %.4f", k, res.ELBO, res.StdErr, most, evidence)
		}
		if math.Abs(res.Evidence-evidence) > 4*res.EvidenceStdErr+0.01 {
			t.Errorf("%d components: evidence %.4f ± %.4f, want %.4f", k, res.Evidence, res.EvidenceStdErr, evidence)
		}
		if p := res.Summary()[8]; math.Abs(p.Mean-mean/sum) > 0.1 {
			t.Errorf("%d components: %+v, want the mean %.3f", k, p, mean/sum)
		}
	}
}
